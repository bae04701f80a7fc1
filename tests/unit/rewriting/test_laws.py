"""The law of variables: before, in the legacy system, and after, in the new one, MDM loads the same configuration."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.config.migrator import ConfigurationMigrator
from mdm.config.models import MDMConfig
from mdm.config.rules import legacy_variables, rules_by_key
from mdm.config.selection import Surroundings
from mdm.config.systems import load_legacy, load_new
from mdm.errors import InvalidConfigError
from mdm.rewriting.variables import RefusedError, new_names, takes_any_text, translated
from tests.migration.strategies import right_values

from .conftest import rewritten

SCHEMA = MDMConfig.schema()
NAMES = [
    name for name in legacy_variables() if name not in ("MDM_HOME_DIR", "MDM_HOME", "MDM_MDM_HOME", "MDM_BASE_PATH")
]
ODD = [
    "",
    "0",
    "1",
    "yes",
    "Off",
    "null",
    "a b",
    "it's",
    'say "x"',
    "12,34",
    "50%",
    "text",
    "#x",
    "2G",
    "SQLite",
    "\\n",
]


@st.composite
def assignments(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Return legacy variables with texts, right ones and others."""
    found = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True)):
        setting = SCHEMA[rules_by_key()[legacy_variables()[name]].to[0]]
        value = draw(st.one_of(right_values(setting), st.sampled_from(ODD)))
        text = ",".join(value) if isinstance(value, list) else str(value)
        found.append((name, text))
    return found


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A legacy home, and the same one migrated."""
    homes = tmp_path_factory.mktemp("legacy"), tmp_path_factory.mktemp("new")
    for home in homes:
        (home / ".mdm").mkdir()
        (home / ".mdm" / "config.yaml").write_text("plugin: {x: 1}\n")
    around = Surroundings({"HOME": str(homes[1])}, homes[1])
    assert ConfigurationMigrator(surroundings=around).perform_migration(dry_run=False)["success"]
    return homes


def loaded(load: Any, home: Path, variables: dict[str, str]) -> dict[str, Any] | str:
    """Return every setting, or that the configuration is refused."""
    try:
        config = load(Surroundings({"HOME": str(home), **variables}, home)).config
    except InvalidConfigError:
        return "refused"
    return {
        k: str(config.value(k)).replace(str(home), "~")
        for k in SCHEMA
        if k not in ("refactoring.use_new_config", "legacy")
    }


def from_dotenv(path: Path) -> dict[str, str]:
    return {name: text for name, text in dotenv_values(path, interpolate=False).items() if text is not None}


def from_sh(path: Path) -> dict[str, str]:
    printed = subprocess.run(["sh", "-c", f". {path}; env -0"], env={}, capture_output=True, check=True).stdout
    pairs = [line.split("=", 1) for line in printed.decode().split("\0") if "=" in line]
    return {name: text for name, text in pairs if name.startswith("MDM_")}


def in_dotenv(pairs: list[tuple[str, str]]) -> str:
    escaped = [(name, text.replace("\\", "\\\\").replace("'", "\\'")) for name, text in pairs]
    return "".join(f"{'export ' * (len(text) % 2)}{name}='{text}' # {name}\n" for name, text in escaped)


def in_sh(pairs: list[tuple[str, str]]) -> str:
    escaped = [(name, text.replace("'", "'\\''")) for name, text in pairs]
    return "set -a\n" + "".join(f"{'export ' * (len(text) % 2)}{name}='{text}'\n" for name, text in escaped)


@dataclass(frozen=True)
class Dialect:
    """How variables are written to a file, and what whoever reads the file gets."""

    name: str
    write: Callable[[list[tuple[str, str]]], str]
    read: Callable[[Path], dict[str, str]]


@pytest.mark.parametrize(
    "dialect", [Dialect(".env", in_dotenv, from_dotenv), Dialect("a.sh", in_sh, from_sh)], ids=["dotenv", "sh"]
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=assignments())
def test_the_configuration_is_the_same(
    dialect: Dialect, systems: tuple[Path, Path], tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    before, after = tmp_path / f"before{dialect.name}", tmp_path / f"after{dialect.name}"
    before.write_text(dialect.write(pairs))
    text = rewritten(dialect.name, before.read_text())
    after.write_text(text)
    assert loaded(load_new, systems[1], dialect.read(after)) == loaded(load_legacy, systems[0], dialect.read(before))
    assert rewritten(dialect.name, text) == text


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    text=st.one_of(
        st.text(st.characters(codec="ascii"), max_size=6),
        st.sampled_from(ODD),
        st.from_regex(r"[0-9.,:-]{1,5}[kMGT%]?\Z"),
    ),
)
def test_what_takes_any_text_takes_this_one(name: str, text: str) -> None:
    if takes_any_text(name):
        assert result(name, text) in (((new_names(name)[0], text),), "refused")


def result(name: str, text: str) -> object:
    try:
        return translated(name, text)
    except RefusedError:
        return "refused"


PIECES = [
    *(
        "MDM_BATCH_SIZE",
        "MDM_BACKEND",
        "MDM_FEATURES_ENABLED",
        "=",
        "500",
        "false",
        "DuckDB",
        " ",
        "\n",
        "\r\n",
        "\t",
        "  ",
    ),
    *("'", '"', "$", "${", "}", "$(", ")", "(", "`", "\\", "#", ";", "<<E\n", "E\n", ":-", "ENV ", "RUN ", "ARG "),
    *(
        "export ",
        "unset ",
        "set -x ",
        "environment:\n",
        "services:\n",
        "- ",
        ": ",
        "|\n",
        "{",
        "[",
        "]",
        "*a",
        "&a ",
        "é",
    ),
    *(
        "apiVersion: v1\nkind: Pod\n",
        "env:\n",
        "name: ",
        "value: ",
        "run: ",
        "Environment=",
        "%",
        "{{",
        "${{ ",
        "---\n",
    ),
]


@pytest.mark.parametrize(
    "name", [".env", "a.sh", "a.fish", "Dockerfile", "compose.yml", "a.service", ".github/workflows/a.yml", "k.yaml"]
)
@settings(max_examples=50, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_whatever_a_file_holds_twice_is_once(name: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    once = rewritten(name, text)
    assert rewritten(name, once) == once
