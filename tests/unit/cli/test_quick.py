"""What is answered without the command line proper is what that would have answered."""

from __future__ import annotations

import io
import os
import runpy
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mdm.cli import plain_table as written
from mdm.cli.arguments import hoisted
from mdm.cli.fast import fast_answer
from mdm.cli.guard import guarded
from mdm.cli.plain import fingerprint, plain_table, plain_variables, variable_of
from mdm.cli.quick import quick_answer
from mdm.config.models import MDMConfig
from mdm.config.schema import plain, to_text
from mdm.config.sources.base import read_text

ROOT = Path(__file__).parents[3]
KEYS = sorted(plain_table())
TEXTS = (
    *(
        [
            "true",
            "false",
            "yes",
            "on",
            "off",
            "OFF",
            "no",
            "null",
            "none",
            "None",
            "NULL",
            "~",
            "0",
            "1",
            "-1",
            "-0",
            "+5",
            "010",
            "0x10",
            "0b1",
            "1_000",
            "1e3",
            "1.0",
            "0.5",
            "0.01",
            "10000",
        ]
    ),
    *(
        [
            "999999999999999",
            "1000000000000000",
            "2",
            "2.0",
            "2.0.0",
            "2.1",
            "2.0.0-rc1",
            "2026-01-01",
            "1:30",
            "nan",
            ".inf",
            "inf",
            "y",
            "n",
            "a",
            "a.b-c",
        ]
    ),
    *(
        [
            "sqlite",
            "duckdb",
            "WAL",
            "wal",
            "DEBUG",
            "debug",
            "INFO",
            "csv",
            "zip",
            "gzip",
            "1GB",
            "1gb",
            "1.5GiB",
            "0GB",
            "512MB",
            "12",
            "localhost",
        ]
    ),
    *(["/tmp", "~/x", "~root", "~nobody/x", "..", "data/x", "x/", "/", "./x", "1"]),
    *(
        "1 day",
        "5 days",
        "5 files",
        "0 days",
        "1 week",
        "a b",
        "monday",
        "12:00",
        "${HOME}",
        "[1]",
        "{a: 1}",
        "",
        "*a",
        "&a b",
    ),
)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder ``.mdm`` of a home for this process, which is in an empty folder."""
    for name in list(os.environ):
        if "MDM" in name.upper():
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    (tmp_path / ".mdm").mkdir()
    return tmp_path / ".mdm"


def full_answer(*arguments: str) -> tuple[int, str, str]:
    """Return what the command line proper does."""

    def run(line: Sequence[str]) -> int:
        answer = fast_answer(hoisted(line))
        assert answer is not None
        answer()
        return 0

    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(stream, encoding="utf-8") for stream in written)
    with redirect_stdout(out), redirect_stderr(err):
        code = guarded(run, arguments)
        out.flush()
        err.flush()
    return code, written[0].getvalue().decode(), written[1].getvalue().decode()


def quick(*arguments: str, **variables: str) -> str | None:
    return quick_answer(arguments, {**os.environ, **variables})


def test_the_table_is_that_of_the_models() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "plain_table.py"))["table"]()

    assert Path(written.__file__).read_text(encoding="utf-8") == made, "run make table"
    assert fingerprint() == written.MODELS
    assert sorted(MDMConfig.schema()) == KEYS


def test_models_that_have_changed_are_asked(monkeypatch: pytest.MonkeyPatch, bare: Path) -> None:
    assert quick("config", "get", "performance.batch_size") == "10000\n"
    plain_table.cache_clear()
    monkeypatch.setattr(written, "MODELS", 1)
    try:
        assert quick("config", "get", "performance.batch_size") is None
    finally:
        plain_table.cache_clear()


@pytest.mark.parametrize("key", KEYS)
def test_what_is_taken_at_first_sight_is_valid(key: str) -> None:
    setting, row = MDMConfig.schema()[key], plain_table()[key]
    for text in {*TEXTS, *setting.choices}:
        if row.takes(text):
            value = plain(setting.parse(text))
            if row.is_answerable:
                assert to_text(value) == text
        if plain_variables({variable_of(key): text}) is not None:
            assert to_text(plain(setting.parse(read_text(setting, text)))) == text or not row.is_answerable


@pytest.mark.parametrize("key", [key for key in KEYS if plain_table()[key].is_answerable])
def test_defaults(bare: Path, key: str) -> None:
    assert (0, quick("config", "get", key), "") == full_answer("config", "get", key)


def spelled(key: str, value: str) -> str:
    section, _, name = key.rpartition(".")
    return f"{section}:\n  {name}: {value}\n" if section else f"{name}: {value}\n"


lines = st.one_of(
    st.builds(spelled, st.sampled_from(KEYS), st.sampled_from(TEXTS)),
    st.sampled_from(KEYS).flatmap(
        lambda key: st.sampled_from(MDMConfig.schema()[key].choices or ("500", "true")).map(lambda v: spelled(key, v))
    ),
    st.sampled_from(
        (
            *(
                "# c\n",
                "\n",
                "  # c\n",
                'version: "2.0.0"\n',
                "performance:\n",
                "  chunk_size: 5000\n",
                "  x: 1\n",
                "---\n",
            ),
            *(
                "a: 1\n",
                "  batch_size: '500'\n",
                "  batch_size: 500  # why\n",
                "  batch_size: 500#\n",
                "\tx: 1\n",
                "x",
                "\r",
            ),
        )
    ),
)
files = st.lists(lines, max_size=5).map(lambda parts: 'version: "2.0.0"\n' + "".join(parts))
FLAGS = (
    '{"flags": {"use_new_config": true}, "history": []}',
    '{"flags": {"use_new_config": false}, "history": []}',
    "{",
)
variables = st.dictionaries(
    st.sampled_from([variable_of(key) for key in KEYS] + ["MDM_X", "MDM_BATCH_SIZE"]),
    st.sampled_from(TEXTS),
    max_size=2,
)


@given(
    file=files,
    environ=variables,
    flags=st.none() | st.sampled_from(FLAGS),
    legacy=st.booleans(),
    key=st.sampled_from(KEYS),
    as_json=st.booleans(),
)
@example(
    file="version: 2\nexport:\n  compression: none\n",
    environ={},
    flags=None,
    legacy=False,
    key="export.compression",
    as_json=True,
)
@example(file="version: 2\n", environ={}, flags=FLAGS[0], legacy=True, key="debug", as_json=False)
@settings(max_examples=150, deadline=None)
def test_law_both_answer_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    file: str,
    environ: dict[str, str],
    flags: str | None,
    legacy: bool,
    key: str,
    as_json: bool,
) -> None:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        bare.__wrapped__(home, patch)  # type: ignore[attr-defined]
        for name, text in environ.items():
            patch.setenv(name, text)
        (home / ".mdm" / "mdm.yaml").write_bytes(file.encode())
        if flags is not None:
            (home / ".mdm" / "feature_flags.json").write_text(flags)
        if legacy:
            (home / ".mdm" / "config.yaml").write_text("batch_size: 700\n")
        line = ("config", "get", key, "--json") if as_json else ("config", "get", key)
        if (answer := quick(*line)) is not None:
            assert full_answer(*line) == (0, answer, "")


@pytest.mark.parametrize(
    "name",
    [
        "mdm.yaml",
        "config.yaml",
        "settings.json",
        ".mdm-transaction",
        "feature_flags.json",
        "../project/mdm.yaml",
        "../project/.mdm.yaml",
    ],
)
def test_what_is_not_plain_is_left_to_the_command_line(bare: Path, name: str) -> None:
    (bare / name).write_text("batch_size: 700\n")

    assert quick("config", "get", "performance.batch_size") is None


def test_what_a_migration_leaves_is_plain(bare: Path) -> None:
    (bare / "config.yaml").write_text("batch_size: 700\ndatabase: {backend: duckdb}\n")
    with redirect_stdout(io.StringIO()):
        from mdm.config.migrator import ConfigurationMigrator

        ConfigurationMigrator().apply()

    assert quick("config", "get", "performance.batch_size") == "700\n"
    assert quick("config", "get", "database.default_backend", "--json") == '"duckdb"\n'
    assert quick("config", "get", "database.default_backend", MDM_DATABASE__DEFAULT_BACKEND="sqlite") == "sqlite\n"
    assert quick("config", "get", "database.postgresql_password") is None
