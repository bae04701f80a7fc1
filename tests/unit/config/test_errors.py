"""What bad input gets: every problem at once, each with its place, what is allowed, and no secret."""

from __future__ import annotations

import os
import pickle
import time
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.config.layers import Notice
from mdm.config.models import MDMConfig
from mdm.errors import ConfigError, InvalidConfigError, MdmError, Problem

from .conftest import Home


def problems(home: Home, text: str) -> list[str]:
    with pytest.raises(InvalidConfigError) as caught:
        MDMConfig.load_from_file(home.write(text))
    return [f"{problem} [{problem.hint}]" if problem.hint else str(problem) for problem in caught.value.problems]


def notices(home: Home, text: str) -> tuple[Notice, ...]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MDMConfig.load_from_file(home.write(text)).state.reading.notices


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("performance:\n  batch_size: 50\n", "~/.mdm/mdm.yaml:2:15: performance.batch_size: 50 is below the minimum 100"),
        ("performance: {max_workers: 33}\n", "~/.mdm/mdm.yaml:1:28: performance.max_workers: 33 is above the maximum 32"),
        ("database:\n  defualt_backend: x\n", "~/.mdm/mdm.yaml:2:20: database.defualt_backend: unknown setting [did you mean database.default_backend?]"),
        ("database:\n  backend: duckdb\n", "~/.mdm/mdm.yaml:2:12: database.backend: legacy key [it is database.default_backend now;"),
        ("batch_size: 5\n", "~/.mdm/mdm.yaml:1:13: batch_size: legacy key [it is performance.batch_size now;"),
        ("performance:\n  batch_size: many\n", "performance.batch_size: many does not fit; int 100..1000000 is expected"),
        ("performance:\n  batch_size:\n", "performance.batch_size: null is not allowed; int 100..1000000 is expected"),
        ("performance:\n  batch_size: yes\n", "performance.batch_size: true: int 100..1000000 is expected"),
        ("performance:\n  batch_size: [1]\n", "performance.batch_size: [1] does not fit"),
        ("performance:\n  batch_size: {a: 1}\n", "performance.batch_size: a mapping where int 100..1000000 is expected"),
        ("performance: 7\n", "performance: settings are expected here, indented below it"),
        ("logging:\n  level: debgu\n", "logging.level: DEBGU is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL [did you mean DEBUG?]"),
        ("logging:\n  max_file_size: 10\n", "logging.max_file_size: 10: not a size; write a number with a unit, such as 512MB or 1.5GiB"),
        ("database:\n  duckdb_memory_limit: 0GB\n", "database.duckdb_memory_limit: 0GB: not even a byte; write a size above 0, such as 512MB or 1.5GiB"),
        ("logging:\n  format: '{bogus}'\n", "logging.format: {bogus}: no log record has {bogus}; write for example {time}, {level}, {message}"),
        ("logging:\n  format: '{level.size}'\n", "logging.format: {level.size}: no log record has {level.size}"),
        ("logging:\n  format: '{line:{width}}'\n", "not a format string: a field inside the format of a field"),
        ("logging:\n  format: '{line:{line:{line:{line}}}}'\n", "not a format string: a field inside the format of a field"),
        ("logging:\n  format: '{time'\n", "logging.format: {time: not a format string"),
        ("features:\n  numeric_aggregations: [mean, mode]\n", "features.numeric_aggregations: mode is not one of mean, std"),
        ("paths:\n  home: ''\n", "paths.home: '': empty; a path is needed"),
        ("version: '3.0'\n", "version: 3.0: written for a newer version of MDM; this program knows 2.0, so upgrade it [pip install --upgrade ml-data-manager]"),
        ("version: 2026-01-01\n", "version: 2026-01-01: not a version of the schema"),
        ("database: {sqlite_cache_size: x}\n", "[PRAGMA cache_size"),
        ("debug: perhaps\n", "debug: perhaps does not fit; bool is expected"),
        ("database:\n  postgresql_host: ${NOWHERE}\n", "database.postgresql_host: ${NOWHERE} is not set [set the variable, or give a default: ${NAME:-default}]"),
        ("paths:\n  cache_path: ${paths.temp_path}\n  temp_path: ${paths.cache_path}\n", "refers to itself: paths.cache_path -> paths.temp_path -> paths.cache_path"),
    ],
)  # fmt: skip
def test_message(home: Home, text: str, expected: str) -> None:
    assert expected in problems(home, text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "{time:YYYY-MM-DD!UTC} {level: <8} {extra[user]} {process.id}",
        "<red>{level.name}</red> {line:>6} {{x}}",
        "json",
    ],
)
def test_formats_that_a_log_record_can_fill(home: Home, text: str) -> None:
    assert MDMConfig(logging={"format": text}).logging.format == text


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ("databse", "database"),
        ("perfomance", "performance"),
        ("performance.workers", "performance.max_workers"),
        ("features.debug", "debug"),
        ("features.colour", ""),
    ],
)
def test_suggestions(home: Home, given: str, nearest: str) -> None:
    with pytest.raises(InvalidConfigError) as caught:
        MDMConfig(**({given: {}} if "." not in given else {given.split(".", maxsplit=1)[0]: {given.split(".")[1]: 1}}))
    hint = caught.value.problems[0].hint
    assert hint == (f"did you mean {nearest}?" if nearest else "'mdm config reference' lists all settings")


def test_all_problems_at_once_from_all_sources(home: Home) -> None:
    home.setenv(MDM_PERFORMANCE__MAX_WORKERS="0", MDM_FEATURES__TEXT_NGRAM_RANGE="[1", MDM_LOGGING__LEVEL="loud")
    found = problems(home, "performance:\n  batch_size: 50\nexport:\n  compresion: zip\nlogging:\n  rotation: soon\n")
    starts = [line.split(": ")[:2] for line in found]
    assert sorted(starts) == [
        ["MDM_FEATURES__TEXT_NGRAM_RANGE", "features.text_ngram_range"],
        ["MDM_LOGGING__LEVEL", "logging.level"],
        ["MDM_PERFORMANCE__MAX_WORKERS", "performance.max_workers"],
        ["~/.mdm/mdm.yaml:2:15", "performance.batch_size"],
        ["~/.mdm/mdm.yaml:4:15", "export.compresion"],
        ["~/.mdm/mdm.yaml:6:13", "logging.rotation"],
    ]


def test_problems_of_a_file_come_in_the_order_of_its_lines(home: Home) -> None:
    text = "performance:\n  batch_size: 5\n  nix: 1\ndatabase:\n  postgresql_port: x\nlogging: {level: x, nix: 1}\n"
    places = [line.split(": ")[0].split(":")[1:] for line in problems(home, text)]
    assert places == [["2", "15"], ["3", "8"], ["5", "20"], ["6", "18"], ["6", "26"]]


def test_a_key_below_legacy_is_free(home: Home) -> None:
    config = MDMConfig.load_from_file(home.write("legacy:\n  api: {key: x}\n  defualt_backend: 1\n"))
    assert config.legacy == {"api": {"key": "x"}, "defualt_backend": 1}


def test_errors_are_config_errors_and_value_errors(home: Home) -> None:
    with pytest.raises(ConfigError) as caught:
        MDMConfig(debug="perhaps")
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, MdmError)
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


@pytest.mark.parametrize("reads", [{"MDM_ENV_FILE": "/nowhere/.env"}, {"MDM_SECRETS_DIR": "/nowhere"}])
def test_a_named_source_that_is_missing_is_a_problem(home: Home, reads: dict[str, str]) -> None:
    home.setenv(**reads)
    with pytest.raises(InvalidConfigError, match=next(iter(reads))):
        MDMConfig()


# Files that are broken or hostile ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a: [1, 2\n", "not valid YAML"),
        (b"a: b: c\n", "mdm.yaml:1:5: not valid YAML"),
        (b"database:\n\tdefault_backend: x\n", "indent with spaces, not tabs"),
        (b"a: 1\n---\nb: 2\n", "several documents"),
        (b"- 1\n", "mdm.yaml:1:1: settings are expected here"),
        (b"text\n", "settings are expected here"),
        (b"a: !!python/object/apply:os.system ['true']\n", "the tag tag:yaml.org,2002:python/object/apply is not"),
        (b"debug: !mine 1\n", "a tag of one's own is not allowed"),
        (b"!!python/dict {a: 1}\n", "is not allowed"),
        (b"a: &a [*a]\n", "an anchor that holds itself"),
        (b"\xff\xfea\x00:\x00", "not UTF-8 text"),
        (b"a: \xff\n", "mdm.yaml:1: not UTF-8 text"),
        (b"a: \x00\n", "not allowed"),
        (b"a: \x1b[31m\n", "not allowed"),
        (b"[" * 10_000, "not valid YAML|nested more than 100 levels"),
        (b"".join(b" " * i + b"a:\n" for i in range(1_200)), "nested more than 100 levels"),
        (b"".join(b" " * i + b"a:\n" for i in range(600)) + b" " * 600 + b"a: 1\n", "nested more than 100 levels"),
        (b"- " * 100_000, "nested more than 100 levels"),
        (b"a: 2024-13-45\n", "not a valid timestamp"),
        (b"? [a]\n: 1\n", "a key cannot be a list or a mapping"),
        (b"#" * 50_000_000, "larger than"),
        (b"a,\n" * 100_000, "too many entries"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_a_file_that_cannot_be_read(home: Home, content: bytes, says: str) -> None:
    path = home.write("")
    path.write_bytes(content)
    began = time.process_time()
    with pytest.raises(InvalidConfigError, match=says):
        MDMConfig.load_from_file(path)
    assert time.process_time() - began < 5  # it ends; how fast is measured elsewhere


def test_an_alias_bomb_ends(home: Home) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "aliases repeat too much" in problems(home, "\n".join(lines))[0]


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "loop", "dangling"])
def test_what_is_no_file(home: Home, kind: str) -> None:
    path = home.folder / "mdm.yaml"
    home.folder.mkdir(parents=True)
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case "dangling":
            path.symlink_to(home.folder / "nothing")
    with pytest.raises(InvalidConfigError) as caught:
        MDMConfig.load_from_file(path)
    assert "mdm.yaml" in caught.value.problems[0].where


@pytest.mark.parametrize(
    "content", ["", "# only a comment\n", "---\n", "null\n", "database:\n", "\ufeffdebug: false\n"]
)
def test_what_is_empty_counts_for_nothing(home: Home, content: str) -> None:
    assert MDMConfig.load_from_file(home.write(content)) == MDMConfig()


@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_load_or_are_refused(home: Home, content: bytes) -> None:
    path = home.write("")
    path.write_bytes(content)
    found: tuple[Problem, ...] = ()
    try:
        MDMConfig.load_from_file(path)
    except InvalidConfigError as error:
        found = error.problems
    assert all(problem.message and "mdm.yaml" in problem.where for problem in found)


def test_duplicate_keys_are_named_with_both_lines(home: Home) -> None:
    found = notices(home, "performance:\n  batch_size: 500\n  batch_size: 600\n")
    assert str(found[0]) == (
        "~/.mdm/mdm.yaml:3: performance.batch_size: set in line 2 and again in line 3; the last one counts"
        " (remove one of them)"
    )


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("database:\n  postgresql_user: 012\n", "database.postgresql_user", "012"),
        ("database:\n  postgresql_user: on\n", "database.postgresql_user", "on"),
        ("database:\n  postgresql_user: 2024-01-01\n", "database.postgresql_user", "2024-01-01"),
        ("database:\n  postgresql_user: 1_000\n", "database.postgresql_user", "1_000"),
        ("database:\n  sqlite_synchronous: OFF\n", "database.sqlite_synchronous", "OFF"),
        ("logging:\n  rotation: 12:30\n", "logging.rotation", "12:30"),
        ("version: 2.0\n", "version", "2.0"),
        ("database:\n  duckdb_threads: ~\n", "database.duckdb_threads", None),
        ("export:\n  compression: none\n", "export.compression", "none"),
    ],
)
def test_the_schema_decides_what_yaml_text_means(home: Home, text: str, key: str, expected: object) -> None:
    assert MDMConfig.load_from_file(home.write(text)).value(key) == expected


@pytest.mark.parametrize(("written", "read"), [("0144", 100), ("1:40", 100), ("0x64", 100), ("0b1100100", 100)])
def test_numbers_that_yaml_reads_in_its_own_way_are_pointed_out(home: Home, written: str, read: int) -> None:
    found = notices(home, f"performance:\n  batch_size: {written}\n")
    assert f"{written} is read as {read}" in str(found[0])


# Secrets ------------------------------------------------------------------------------------------------------------------

SECRET = "hunter2-tr0ub4dor"


@pytest.mark.parametrize(
    "text",
    [
        f"database:\n  postgresql_password: [{SECRET}]\n",
        f"database:\n  postgresql_password: {{x: {SECRET}}}\n",
        f"database:\n  postgresql_password: {SECRET}\n  postgresql_port: 0\n  unknown: 1\n",
        f"database:\n  postgresql_pasword: {SECRET}\n",
        f"database: {SECRET}\n",
        f"database:\n  postgresql_password: '{SECRET}\n",
        f"database:\n  postgresql_password: ${{NOPE}}{SECRET}\n",
        f"database:\n  postgresql:\n    password: {SECRET}\n",
    ],
)
def test_a_secret_is_in_no_error(home: Home, text: str) -> None:
    with pytest.raises(InvalidConfigError) as caught:
        MDMConfig.load_from_file(home.write(text))
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.problems)
    assert SECRET not in shown
    assert SECRET.encode() not in pickle.dumps(error)


def test_a_secret_is_in_no_repr(home: Home) -> None:
    home.setenv(MDM_DATABASE__POSTGRESQL_PASSWORD=SECRET)
    config = MDMConfig()
    shown = [
        repr(config),
        str(config.database),
        repr(config.state),
        repr(config.candidates("database.postgresql_password")),
    ]
    assert SECRET not in "".join(shown)
    assert SECRET not in config.model_dump_json()


def test_a_refused_assignment_of_a_secret_does_not_show_it(home: Home) -> None:
    config = MDMConfig()
    with pytest.raises(InvalidConfigError) as caught:
        config.assign("database.postgresql_password", [SECRET])
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_paths_in_errors_are_those_of_the_file(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.yaml"
    path.write_text("debug: perhaps\n")
    with pytest.raises(InvalidConfigError, match=r"elsewhere\.yaml:1:8: debug"):
        MDMConfig.load_from_file(path)
