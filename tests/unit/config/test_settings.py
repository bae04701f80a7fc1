"""Every setting: its contract, its default, its variable, its bounds. One test each, made from the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mdm.config.export import variable_text
from mdm.config.models import MDMConfig
from mdm.config.schema import Kind, Setting, plain
from mdm.errors import InvalidConfigError

from .conftest import Home

SCHEMA = MDMConfig.schema()
CONTRACT = Path(__file__).with_name("settings.json")

# A value other than the default for the settings whose type alone does not give one.
OTHERS: dict[str, Any] = {
    "database.sqlite_cache_size": 4000,
    "performance.feature_n_jobs": 2,
    "database.duckdb_memory_limit": "2GiB",
    "logging.format": "json",
    "logging.max_file_size": "5MB",
    "logging.rotation": "12:00",
    "logging.retention": "3 files",
    "features.text_ngram_range": [2, 3],
    "version": "2.0.1",
    "legacy": {"api": {"timeout": 300}},
}


def other_value(setting: Setting) -> Any:
    """Return a valid value that is not the default."""
    low, _ = setting.bounds
    if setting.key in OTHERS:
        return OTHERS[setting.key]
    if setting.choices:
        other = next(word for word in reversed(setting.choices) if word != setting.default)
        return [other] if setting.kind is Kind.LIST else other
    if setting.is_path:
        return "/somewhere/else"
    if setting.kind is Kind.BOOL:
        return not setting.default
    if setting.kind is Kind.NUMBER:
        return low + 1 if setting.annotation is not float and low is not None else 0.5
    return "other text"


def beyond(setting: Setting) -> list[Any]:
    """Return values just outside of the bounds, and one of a wrong type."""
    low, high = setting.bounds
    outside: list[Any] = [] if low is None else [low - 1]
    outside += [] if high is None else [high + 1]
    match setting.kind:
        case Kind.NUMBER:
            outside += ["many", True, [1]]
        case Kind.BOOL:
            outside += ["perhaps", 7]
        case Kind.LIST:
            outside += ["[", {"a": 1}, ["unheard of"]]
        case Kind.MAPPING:
            outside += [7]
        case Kind.TEXT:
            outside += [["a", "list"]]
    return outside + (["unheard of"] if setting.choices else [])


def test_the_contract_is_what_was_published() -> None:
    """Names, types and defaults are promises: a change here is a change of the public interface."""
    now = {key: [setting.type_name, plain(setting.default), setting.secret] for key, setting in SCHEMA.items()}
    assert now == json.loads(CONTRACT.read_text())


@pytest.mark.parametrize("setting", SCHEMA.values(), ids=lambda setting: setting.key)
def test_default(home: Home, setting: Setting) -> None:
    value = plain(MDMConfig().value(setting.key))
    folders = {"~/.mdm": ".", "{home}/": "", "{config_path}/": "config/"}
    if setting.key.startswith("paths."):
        start = next(start for start in folders if str(setting.default).startswith(start))
        assert value == str(home.folder / (folders[start] + str(setting.default).removeprefix(start)))
    else:
        assert value == plain(setting.default)


@pytest.mark.parametrize("setting", SCHEMA.values(), ids=lambda setting: setting.key)
def test_variable(home: Home, setting: Setting) -> None:
    value = other_value(setting)
    home.setenv(**{setting.env_name: variable_text(value)})
    config = MDMConfig()
    assert plain(config.value(setting.key)) == value
    assert [str(candidate.origin) for candidate in config.candidates(setting.key)] == [setting.env_name]


@pytest.mark.parametrize("setting", SCHEMA.values(), ids=lambda setting: setting.key)
def test_variable_matches_without_regard_to_case(home: Home, setting: Setting) -> None:
    home.setenv(**{setting.env_name.lower(): variable_text(other_value(setting))})
    assert plain(MDMConfig().value(setting.key)) == other_value(setting)


@pytest.mark.parametrize(
    ("setting", "value"),
    [pytest.param(s, value, id=f"{s.key}={value!r}") for s in SCHEMA.values() for value in beyond(s)],
)
def test_bounds(home: Home, setting: Setting, value: Any) -> None:
    config = MDMConfig()
    before = config.value(setting.key)
    with pytest.raises(InvalidConfigError) as caught:
        config.assign(setting.key, value)
    assert caught.value.problems[0].message.startswith(f"{setting.key}: ")
    assert config.value(setting.key) == before


@pytest.mark.parametrize(
    ("setting", "bound"),
    [pytest.param(s, b, id=f"{s.key}={b}") for s in SCHEMA.values() for b in s.bounds if b is not None and b == int(b)],
)
def test_a_bound_itself_is_allowed(home: Home, setting: Setting, bound: int) -> None:
    config = MDMConfig()
    config.assign(setting.key, int(bound))
    assert config.value(setting.key) == bound


@pytest.mark.parametrize("setting", [s for s in SCHEMA.values() if s.optional], ids=lambda setting: setting.key)
def test_none_in_a_variable(home: Home, setting: Setting) -> None:
    home.setenv(**{setting.env_name: "null"})
    config = MDMConfig()
    assert config.value(setting.key) is None
    assert config.candidates(setting.key)


def test_a_change_of_one_setting_changes_no_other(home: Home) -> None:
    defaults = MDMConfig()
    for setting in SCHEMA.values():
        config = MDMConfig()
        config.assign(setting.key, plain(setting.parse(other_value(setting))))
        changed = {key for key in SCHEMA if config.value(key) != defaults.value(key)}
        moves = setting.key in ("paths.home", "paths.config_path")
        follows = {key for key in SCHEMA if moves and key.startswith("paths.")}
        assert changed - follows <= {setting.key}
        assert setting.key in changed


@pytest.mark.parametrize("zero", [0, "0"])
def test_no_workers_at_all_are_refused(home: Home, zero: object) -> None:
    with pytest.raises(InvalidConfigError, match="-1 for all processors"):
        MDMConfig(performance={"feature_n_jobs": zero})


@pytest.mark.parametrize("pair", [[0, 1], [2, 1], [1], [1, 2, 3]])
def test_ngram_range_is_a_pair_in_order(home: Home, pair: list[int]) -> None:
    with pytest.raises(InvalidConfigError, match="text_ngram_range"):
        MDMConfig(features={"text_ngram_range": pair})


@pytest.mark.parametrize(
    ("size", "count"),
    [("512MB", 512_000_000), ("1GB", 10**9), ("1.5GiB", 3 * 2**29), ("10 KiB", 10_240), ("7B", 7), ("2tb", 2 * 10**12)],
)
def test_sizes(home: Home, size: str, count: int) -> None:
    config = MDMConfig(logging={"max_file_size": size})
    assert config.logging.max_file_size == size
    assert config.logging.max_file_size.bytes == count


@pytest.mark.parametrize("size", ["", "GB", "12", "1.GB", "-1GB", "1 G", "1e3MB", "1GBB", "٣GB"])
def test_what_is_no_size(home: Home, size: str) -> None:
    with pytest.raises(InvalidConfigError, match="not a size"):
        MDMConfig(logging={"max_file_size": size})


@pytest.mark.parametrize("rotation", ["1 day", "12:00", "monday", "w0", "sunday at 06:30", "daily", "2h 30min"])
def test_rotations(home: Home, rotation: str) -> None:
    assert MDMConfig(logging={"rotation": rotation}).logging.rotation == rotation


@pytest.mark.parametrize("version", ["2", "2.0", "2.0.0", "2.0.17"])
def test_versions_of_this_schema(home: Home, version: str) -> None:
    assert MDMConfig(version=version).version == version


@pytest.mark.parametrize(
    ("version", "says"), [("2.1.0", "newer"), ("3.0.0", "newer"), ("1.9", "not a version"), ("new", "not a version")]
)
def test_versions_of_other_schemas(home: Home, version: str, says: str) -> None:
    with pytest.raises(InvalidConfigError, match=says):
        MDMConfig(version=version)


def test_the_backend_error_starts_as_promised(home: Home) -> None:
    with pytest.raises(InvalidConfigError) as caught:
        MDMConfig(database={"default_backend": "oracle"})
    message = caught.value.problems[0].message.removeprefix("database.default_backend: ")
    assert message == "Invalid backend: oracle; choose sqlite, duckdb, postgresql"
