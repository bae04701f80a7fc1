"""Versions after 2.0, by two steps that are made up: the present schema plays version 2.2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.__main__ import main
from mdm.config.documents import Document, parse_document
from mdm.config.manager import ConfigurationManager
from mdm.config.models import MDMConfig
from mdm.config.section import ConfigWarning
from mdm.config.versions import Move, Step, as_current, drop, upgraded
from mdm.errors import InvalidConfigError

from .conftest import Home


def in_seconds(minutes: Any) -> Any:
    if not isinstance(minutes, int):
        raise ValueError("not a number of minutes")
    return minutes * 60


TO_2_1 = Step(
    "2.1.0",
    (
        Move("performance.rows_per_batch", "performance.batch_size"),
        Move("performance.timeout_minutes", "performance.timeout", in_seconds),
        drop("export.add_bom"),
    ),
)
TO_2_2 = Step(
    "2.2.0",
    (
        Move("performance.timeout", "database.connection_timeout"),
        Move("logging.level", "logging.level", {"loud": "DEBUG", "quiet": "ERROR"}.__getitem__),
    ),
)

OLD = """\
# ours
version: "2.0.0"  # of last year
performance:
  # measured
  rows_per_batch: 500  # twice
  timeout_minutes: 2   # slow server
  max_workers: 3
export:
  add_bom: true
  compression: 'none'
"""
NEW = """\
# ours
version: "2.2.0"  # of last year
performance:
  # measured
  batch_size: 500  # twice
  max_workers: 3
export:
  compression: 'none'
legacy:
  export:
    add_bom: true
database:
  connection_timeout: 120  # slow server
"""


@contextmanager
def steps(*known: Step) -> Iterator[None]:
    """Let these be the steps, and the present version the one that the last one leads to."""
    version = known[-1].version if known else "2.0.0"
    with patch("mdm.config.versions.STEPS", known), patch("mdm.config.types.SCHEMA_VERSION", version):
        yield


@pytest.fixture
def later() -> Iterator[None]:
    with steps(TO_2_1, TO_2_2):
        yield


def document(text: str) -> Document:
    return parse_document(text, Path("mdm.yaml"))


def contents(found: Document) -> dict[str, Any]:
    return {entry.key: entry.value for entry in found.entries}


def test_an_older_file_is_read_through_the_chain_with_its_own_places(later: None, home: Home) -> None:
    home.write(OLD)
    manager = ConfigurationManager()
    with pytest.warns(ConfigWarning) as warned:
        config = manager.get_config()
    assert [str(w.message) for w in warned] == [
        "~/.mdm/mdm.yaml: written for version 2.0.0, and read as 2.2.0 ('mdm config upgrade --execute' rewrites it)"
    ]
    assert (config.performance.batch_size, config.database.connection_timeout) == (500, 120)
    assert config.legacy == {"export": {"add_bom": True}}
    places = [
        str(config.candidates(key)[0].origin) for key in ("performance.batch_size", "database.connection_timeout")
    ]
    assert places == ["~/.mdm/mdm.yaml:5:19", "~/.mdm/mdm.yaml:6:20"]


def test_it_is_rewritten_with_its_comments(later: None) -> None:
    assert upgraded(document(OLD)).text == NEW


def test_a_json_file_stays_one(later: None) -> None:
    text = '{"version": "2.0.0", "performance": {"rows_per_batch": 500, "timeout_minutes": 2}, "export": {"add_bom": true}}'
    assert json.loads(upgraded(parse_document(text, Path("mdm.json"))).text) == {
        "version": "2.2.0",
        "performance": {"batch_size": 500},
        "legacy": {"export": {"add_bom": True}},
        "database": {"connection_timeout": 120},
    }


def test_the_command_shows_then_writes_after_a_backup(
    later: None, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.write(OLD)
    assert main(["config", "upgrade"]) == 0
    shown = capsys.readouterr().out
    assert {"-  rows_per_batch: 500  # twice", "+  batch_size: 500  # twice"} <= set(shown.splitlines())
    assert shown.endswith("dry run: nothing was written; 'mdm config upgrade --execute' writes it\n")
    assert home.file.read_text() == OLD
    assert main(["config", "upgrade", "--execute", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert home.file.read_text() == NEW
    assert Path(done["backup"], "mdm.yaml").read_text() == OLD
    assert main(["config", "upgrade"]) == 0
    assert capsys.readouterr().out == "nothing to do: ~/.mdm/mdm.yaml is of version 2.2.0\n"


def test_without_steps_there_is_nothing_to_do(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "upgrade"]) == 0
    assert capsys.readouterr().out == "nothing to do: there is no file in the new format\n"
    home.write('version: "2.0.0"\n')
    assert main(["config", "upgrade", "--execute"]) == 0
    assert capsys.readouterr().out == "nothing to do: ~/.mdm/mdm.yaml is of version 2.0.0\n"


def test_a_change_of_an_older_file_brings_it_up(later: None, home: Home) -> None:
    home.write(OLD)
    ConfigurationManager().set("performance.batch_size", 700)
    assert home.file.read_text() == NEW.replace("500", "700")


def test_values_without_counterpart_are_all_told_and_nothing_is_written(
    later: None, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'version: "2.0.0"\nperformance:\n  timeout_minutes: long\n  rows_per_batch: 5\n'
    home.write(text)
    assert main(["config", "upgrade", "--execute"]) == 2
    assert "mdm.yaml:3:20: performance.timeout_minutes: not a number of minutes" in capsys.readouterr().err
    home.write(text.replace("long", "${MINUTES:-2}"))
    assert main(["config", "validate"]) == 2
    assert "a reference, and performance.timeout has other values" in capsys.readouterr().err
    home.write(text.replace("long", "2"))
    assert main(["config", "upgrade", "--execute"]) == 2  # it would not load
    assert "mdm.yaml:4:19: performance.batch_size: 5 is below the minimum" in capsys.readouterr().err
    assert home.file.read_text() == text.replace("long", "2")


def test_a_key_that_is_there_already_stays_and_the_old_one_is_an_error(later: None, home: Home) -> None:
    home.write('version: "2.0.0"\nperformance: {rows_per_batch: 500, batch_size: 600}\n')
    with pytest.raises(InvalidConfigError, match=r"mdm\.yaml:2:31: performance\.rows_per_batch: unknown setting"):
        ConfigurationManager().get_config()


def test_of_a_newer_file_only_the_version_is_told(later: None, home: Home) -> None:
    home.write('version: "2.3.0"\nperformance: {threads: 5}\nbatch_size: 5\n')
    with pytest.raises(InvalidConfigError) as raised:
        ConfigurationManager().get_config()
    assert [str(problem) for problem in raised.value.problems] == [
        "~/.mdm/mdm.yaml:1:10: version: 2.3.0: written for a newer version of MDM; this program knows 2.2, so upgrade it"
    ]


@pytest.mark.parametrize(
    ("version", "told"),
    [
        pytest.param("9.1", "9.1: written for a newer version of MDM", id="newer"),
        pytest.param("first", "first: not a version of the schema", id="none"),
        pytest.param("\u0662.0", "\u0662.0: not a version of the schema", id="digits of another script"),
    ],
)
def test_what_is_of_no_known_version_is_not_called_upgraded(
    home: Home, capsys: pytest.CaptureFixture[str], version: str, told: str
) -> None:
    home.write(f"version: {version}\n")
    assert main(["config", "upgrade"]) == 2
    assert f"~/.mdm/mdm.yaml:1:10: version: {told}" in capsys.readouterr().err


def test_a_file_that_names_no_version_is_of_the_present_one(later: None, home: Home) -> None:
    home.write("performance: {batch_size: 600, max_workers: 3}\n")
    assert MDMConfig.load_from_file(home.file).performance.batch_size == 600


OLD_SETTINGS = {
    "performance.rows_per_batch": st.integers(100, 1000),
    "performance.timeout_minutes": st.integers(1, 60),
    "performance.max_workers": st.integers(1, 32),
    "export.add_bom": st.booleans(),
    "export.compression": st.sampled_from(["none", "zip"]),
    "logging.level": st.sampled_from(["loud", "quiet"]),
    "legacy.api.port": st.integers(),
    "cli.page_size": st.integers(1, 50),
}


@st.composite
def old_files(draw: st.DrawFn) -> str:
    """A file of version 2.0, its settings in any order, as blocks, between braces or with dotted keys, with comments."""
    chosen = draw(st.permutations(sorted(OLD_SETTINGS)))[: draw(st.integers(0, len(OLD_SETTINGS)))]
    sections: dict[str, list[str]] = {}
    for key in chosen:
        section, _, name = key.partition(".")
        sections.setdefault(section, []).append(f"{name}: {json.dumps(draw(OLD_SETTINGS[key]))}")
    lines = ["version: '2.0.0'"]
    for section, pairs in sections.items():
        flow = draw(st.booleans()) and section != "legacy"
        block = [f"  {pair}{draw(st.sampled_from(['', '  # why']))}" for pair in pairs if section != "legacy"]
        nested = ["  " + pair.replace("api.port", "api: {port") + "}" for pair in pairs if section == "legacy"]
        lines += [f"{section}: {{{', '.join(pairs)}}}"] if flow else [f"{section}:", *block, *nested]
    return "\n".join(lines) + "\n"


@settings(max_examples=40, deadline=None)
@given(old_files())
def test_laws_of_the_chain(text: str) -> None:
    with steps(TO_2_1):
        between = upgraded(document(text))
    with steps(TO_2_1, TO_2_2):
        after = upgraded(document(text))
        assert upgraded(between).text == after.text  # the chain is its steps, one after the other
        assert upgraded(after).text == after.text  # once is enough
        assert contents(after) == contents(as_current(document(text)))  # what is read is what would be written
        assert len(after.entries) == len(document(text).entries)  # nothing is lost
        assert after.text.count("# why") == text.count("# why")
        config = MDMConfig.model_validate(after.tree)
    assert set(contents(after)) - {"legacy.export.add_bom", "legacy.api.port"} <= set(config.schema())


@settings(max_examples=20, deadline=None)
@given(old_files())
def test_without_steps_a_file_is_what_it_is(text: str) -> None:
    found = document(text)
    assert upgraded(found) is as_current(found) is found
