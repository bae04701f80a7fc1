"""Which of several values counts, and where each comes from."""

from __future__ import annotations

import os
import warnings
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.config.layers import Layer
from mdm.config.manager import ConfigurationManager
from mdm.config.models import DatabaseConfig, MDMConfig
from mdm.config.section import ConfigWarning, DeprecatedVariableWarning
from mdm.config.selection import Surroundings
from mdm.config.sources.explicit import AssignmentSource

from .conftest import Home

KEY = "performance.batch_size"
FILE = "version: '2.0.0'\nperformance:\n  batch_size: 500\n"


def load(home: Home, text: str = FILE) -> MDMConfig:
    return MDMConfig.load_from_file(home.write(text))


@pytest.mark.parametrize(
    ("environ", "key", "expected", "origin"),
    [
        pytest.param({}, KEY, 500, "~/.mdm/mdm.yaml:3:15", id="file beats default"),
        pytest.param({"MDM_PERFORMANCE__BATCH_SIZE": "700"}, KEY, 700, "MDM_PERFORMANCE__BATCH_SIZE", id="variable"),
        pytest.param(
            {"MDM_PERFORMANCE__MAX_WORKERS": "7"},
            "performance.max_workers",
            7,
            "MDM_PERFORMANCE__MAX_WORKERS",
            id="variable of a section that is in the file",
        ),
        pytest.param({"MDM_DEBUG": "on"}, "debug", True, "MDM_DEBUG", id="top level"),
        pytest.param({}, "export.compression", "zip", "default", id="default"),
    ],
)
def test_value_and_origin(home: Home, environ: dict[str, str], key: str, expected: object, origin: str) -> None:
    home.setenv(**environ)
    config = load(home)
    origins = [str(value.origin) for value in config.candidates(key)]
    assert (config.value(key), (origins or ["default"])[0]) == (expected, origin)


def test_a_share_of_the_memory_in_a_legacy_variable_is_that_of_this_machine(home: Home) -> None:
    home.setenv(MDM_DUCKDB_MEMORY_LIMIT="50%")
    with pytest.warns(DeprecatedVariableWarning):
        limit = load(home).database.duckdb_memory_limit
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert limit == f"{whole // 2 // 1024**2}MiB"


def test_a_legacy_variable_beats_the_file_and_is_beaten_by_the_new_name(home: Home) -> None:
    home.setenv(MDM_BATCH_SIZE="600")
    with pytest.warns(DeprecatedVariableWarning, match="MDM_BATCH_SIZE is deprecated; use MDM_PERFORMANCE__BATCH_SIZE"):
        config = load(home)
    assert config.performance.batch_size == 600
    home.setenv(MDM_PERFORMANCE__BATCH_SIZE="700")
    with pytest.warns(DeprecatedVariableWarning):
        config = load(home)
    assert [(value.raw, str(value.origin)) for value in config.candidates(KEY)] == [
        ("700", "MDM_PERFORMANCE__BATCH_SIZE"),
        (600, "MDM_BATCH_SIZE"),
        (500, "~/.mdm/mdm.yaml:3:15"),
    ]


def test_each_legacy_variable_is_warned_of_once(home: Home) -> None:
    home.setenv(MDM_BATCH_SIZE="600", MDM_LOG_LEVEL="debug")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        config = MDMConfig()
    assert sorted(str(warning.message) for warning in caught) == [
        "MDM_BATCH_SIZE is deprecated; use MDM_PERFORMANCE__BATCH_SIZE",
        "MDM_LOG_LEVEL is deprecated; use MDM_LOGGING__LEVEL",
    ]
    assert {warning.filename for warning in caught} == {__file__}
    assert config.logging.level == "DEBUG"


def test_a_password_stays_text_whatever_it_looks_like(home: Home) -> None:
    home.setenv(MDM_DATABASE_POSTGRESQL_PASSWORD="12,34", MDM_DATABASE__POSTGRESQL_USER="true")
    with pytest.warns(DeprecatedVariableWarning):
        config = MDMConfig()
    assert config.database.postgresql_password.get_secret_value() == "12,34"
    assert config.database.postgresql_user == "true"


def test_an_unknown_variable_is_a_warning_with_a_suggestion(home: Home) -> None:
    home.setenv(MDM_DATABASE__DEFUALT_BACKEND="duckdb")
    with pytest.warns(ConfigWarning, match="did you mean MDM_DATABASE__DEFAULT_BACKEND?"):
        assert MDMConfig().database.default_backend == "sqlite"


def test_no_far_fetched_suggestion_for_a_variable(home: Home) -> None:
    home.setenv(MDM_FEATURES_DEBUG="1")
    with pytest.warns(ConfigWarning, match="MDM_FEATURES_DEBUG is not a setting of MDM") as caught:
        MDMConfig()
    assert "did you mean" not in str(caught[0].message)


def test_a_variable_that_a_file_refers_to_is_not_unknown(home: Home) -> None:
    home.setenv(MDM_PG_PASSWORD="s3cret")
    config = load(home, "database:\n  postgresql_password: ${MDM_PG_PASSWORD}\n")
    assert config.database.postgresql_password.get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    "text", ["legacy: {plugin: {speed: 2, kind: a}}\nversion: 2.0.0\n", "plugin: {speed: 2, kind: a}\n"]
)
def test_the_variable_of_a_legacy_key_without_counterpart_counts_in_both_systems(home: Home, text: str) -> None:
    home.write(text)
    home.setenv(MDM_PLUGIN_SPEED="7", MDM_PLUGIN_COLOUR="red")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        config = ConfigurationManager().get_config()
    assert sorted(str(warning.message) for warning in caught) == [
        "MDM_PLUGIN_COLOUR is not a setting of MDM",
        "MDM_PLUGIN_SPEED is deprecated; it sets legacy.plugin.speed",
    ]
    assert config["plugin"] == config.legacy["plugin"] == {"speed": 7, "kind": "a"}
    assert str(config.candidates("legacy")[0].origin) == "MDM_PLUGIN_SPEED"


# Six sources for one setting, lowest first; every pair of them is tried below.
RANKED = ("file", "secrets", "dotenv", "legacy variable", "variable", "explicit")


def arrange(home: Home, *sources: str) -> ConfigurationManager:
    """Give the setting a value in each of *sources*, the place in RANKED times 1000, and return a manager for it."""
    number = {name: str((RANKED.index(name) + 1) * 1000) for name in sources}
    if "file" in sources:
        home.write(FILE.replace("500", number["file"]))
    if "secrets" in sources:
        home.write(number["secrets"] + "\n", "secrets/mdm_performance__batch_size")
        home.setenv(MDM_SECRETS_DIR=str(home.folder / "secrets"))
    if "dotenv" in sources:
        home.write(f"# comment\nMDM_PERFORMANCE__BATCH_SIZE='{number['dotenv']}'\n", "mdm.env")
        home.setenv(MDM_ENV_FILE=str(home.folder / "mdm.env"))
    if "legacy variable" in sources:
        home.setenv(MDM_BATCH_SIZE=number["legacy variable"])
    if "variable" in sources:
        home.setenv(MDM_PERFORMANCE__BATCH_SIZE=number["variable"])
    explicit = AssignmentSource((f"{KEY}={number['explicit']}",)) if "explicit" in sources else None
    return ConfigurationManager(explicit=(explicit,) if explicit else ())


@pytest.mark.parametrize(("low", "high"), list(combinations(RANKED, 2)))
def test_the_higher_source_wins_and_the_lower_is_remembered(home: Home, low: str, high: str) -> None:
    active = arrange(home, low, high).load()
    found = active.config.candidates(KEY)
    assert active.config.performance.batch_size == (RANKED.index(high) + 1) * 1000
    assert len(found) == 2
    assert found[0].origin.layer > found[1].origin.layer


def test_all_sources_at_once_in_their_order(home: Home) -> None:
    found = arrange(home, *RANKED).load().config.candidates(KEY)
    assert [str(value.raw) for value in found] == ["6000", "5000", "4000", "3000", "2000", "1000"]
    assert [value.origin.layer for value in found] == sorted((v.origin.layer for v in found), reverse=True)
    assert str(found[3].origin) == "~/.mdm/mdm.env:2 (MDM_PERFORMANCE__BATCH_SIZE)"


@given(chosen=st.sets(st.sampled_from(RANKED), min_size=1))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_precedence_does_not_depend_on_what_else_is_set(home: Home, chosen: set[str]) -> None:
    home.file.unlink(missing_ok=True)
    for name in ("MDM_SECRETS_DIR", "MDM_ENV_FILE", "MDM_BATCH_SIZE", "MDM_PERFORMANCE__BATCH_SIZE"):
        home.monkeypatch.delenv(name, raising=False)
    config = arrange(home, *chosen).load("new").config
    assert config.performance.batch_size == max((RANKED.index(name) + 1) * 1000 for name in chosen)


def test_a_section_alone_reads_the_same_variables(home: Home) -> None:
    home.setenv(MDM_DATABASE__POSTGRESQL_PORT="6543", MDM_DATABASE_BACKEND="duckdb", MDM_PERFORMANCE__BATCH_SIZE="1")
    with pytest.warns(DeprecatedVariableWarning):
        section = DatabaseConfig(postgresql_host="db")
    assert (section.postgresql_host, section.postgresql_port, section.default_backend) == ("db", 6543, "duckdb")


def test_code_beats_the_environment(home: Home) -> None:
    home.setenv(MDM_DATABASE__DEFAULT_BACKEND="duckdb")
    assert MDMConfig(database={"default_backend": "postgresql"}).database.default_backend == "postgresql"
    assert MDMConfig(database=DatabaseConfig(default_backend="sqlite")).database.default_backend == "sqlite"


@pytest.mark.parametrize(
    ("variable", "text", "key", "expected"),
    [
        ("MDM_FEATURES__NUMERIC_AGGREGATIONS", '["mean", "std"]', "features.numeric_aggregations", ["mean", "std"]),
        ("MDM_FEATURES__NUMERIC_AGGREGATIONS", "mean, std", "features.numeric_aggregations", ["mean", "std"]),
        ("MDM_FEATURES__NUMERIC_AGGREGATIONS", "mean", "features.numeric_aggregations", ["mean"]),
        ("MDM_FEATURES__NUMERIC_AGGREGATIONS", "", "features.numeric_aggregations", []),
        ("MDM_FEATURES__TEXT_NGRAM_RANGE", "[2, 3]", "features.text_ngram_range", (2, 3)),
        ("MDM_FEATURES__TEXT_NGRAM_RANGE", "2,3", "features.text_ngram_range", (2, 3)),
        ("MDM_LOGGING__FILE", "null", "logging.file", None),
        ("MDM_LOGGING__FILE", "/var/log/mdm.log", "logging.file", Path("/var/log/mdm.log")),
        ("MDM_LEGACY", '{"api": {"timeout": 3}}', "legacy", {"api": {"timeout": 3}}),
        ("MDM_EXPORT__COMPRESSION", "none", "export.compression", "none"),
        ("MDM_LOGGING__LEVEL", "error", "logging.level", "ERROR"),
    ],
)
def test_text_of_variables(home: Home, variable: str, text: str, key: str, expected: object) -> None:
    home.setenv(**{variable: text})
    assert MDMConfig().value(key) == expected


# Which file is read ---------------------------------------------------------------------------------------------------


def test_the_file_of_the_current_folder_beats_the_one_at_home(home: Home) -> None:
    home.write(FILE)
    (home.here / "mdm.yaml").write_text(FILE.replace("500", "800"))
    active = ConfigurationManager().load()
    assert (active.config.performance.batch_size, active.files) == (800, (home.here / "mdm.yaml",))


def test_a_variable_names_the_file(home: Home) -> None:
    home.write(FILE)
    home.setenv(MDM_CONFIG_FILE=str(home.write(FILE.replace("500", "900"), "other.yaml")))
    assert ConfigurationManager().load().config.performance.batch_size == 900


def test_a_strangers_file_in_the_current_folder_is_passed_over(home: Home) -> None:
    home.write(FILE)
    path = home.here / "mdm.yaml"
    path.write_text(FILE.replace("500", "800"))
    home.monkeypatch.setattr("os.getuid", lambda: 4321)
    if path.stat().st_uid == 0:
        pytest.skip("root's own files are trusted")
    active = ConfigurationManager().load()
    assert active.config.performance.batch_size == 500
    assert "belongs to another user" in str(active.notices[0])


def test_a_legacy_file_in_the_current_folder_does_not_stop_the_new_system(home: Home) -> None:
    home.write(FILE)
    (home.here / "mdm.yaml").write_text("database:\n  backend: duckdb\n")
    active = ConfigurationManager().load("new")
    assert (active.config.database.default_backend, active.config.performance.batch_size) == ("sqlite", 500)
    assert "mdm config analyze" in str(active.notices[0])


def test_surroundings_stand_in_for_the_process(home: Home, tmp_path: Path) -> None:
    (tmp_path / "mdm.yaml").write_text(FILE)
    around = Surroundings({"HOME": "/nonexistent"}, tmp_path)
    active = ConfigurationManager(surroundings=around).load()
    assert active.config.performance.batch_size == 500
    assert active.config.candidates(KEY)[0].origin.layer is Layer.FILE
