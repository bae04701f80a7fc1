"""The model as an object: attributes, assignment, copies, files, and the legacy dictionary."""

from __future__ import annotations

import copy
import json
import pickle
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.config import MDMConfig
from mdm.config.export import env_vars
from mdm.config.models import PerformanceConfig
from mdm.errors import EditError, InvalidConfigError

from .conftest import Home
from .strategies import SCHEMA, settings_of, values_of

SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assigned(values: dict[str, Any]) -> MDMConfig:
    config = MDMConfig()
    for key, value in values.items():
        config.assign(key, value)
    return config


# Attributes and assignment --------------------------------------------------------------------------------------------


def test_a_refused_assignment_changes_nothing(home: Home) -> None:
    config = MDMConfig()
    with pytest.raises(InvalidConfigError, match="5 is below the minimum 100"):
        config.performance.batch_size = 5
    with pytest.raises(InvalidConfigError):
        config.database = {"default_backend": "oracle"}  # type: ignore[assignment]
    assert config == MDMConfig()
    assert not config.candidates("performance.batch_size")


def test_an_unknown_attribute_is_refused(home: Home) -> None:
    with pytest.raises(InvalidConfigError, match="unknown setting"):
        MDMConfig().database.defualt_backend = "duckdb"  # type: ignore[attr-defined]


def test_paths_follow_home_unless_they_are_set(home: Home) -> None:
    config = MDMConfig(paths={"home": "/data/mdm", "cache_path": "/fast/cache"})
    assert config.paths.datasets_path == Path("/data/mdm/datasets")
    config.paths.home = Path("/elsewhere")
    assert config.paths.custom_features_path == Path("/elsewhere/config/custom_features")
    assert config.paths.cache_path == Path("/fast/cache")


def test_a_relative_path_lies_under_home(home: Home) -> None:
    config = MDMConfig(paths={"home": "/data", "cache_path": "c"}, logging={"file": "logs/mdm.log"})
    assert (config.paths.cache_path, config.logging.file) == (Path("/data/c"), Path("/data/logs/mdm.log"))
    config.logging.file = Path("other.log")
    assert config.logging.file == Path("/data/other.log")


def test_reading_touches_no_folder_and_ensure_directories_makes_them(home: Home) -> None:
    config = MDMConfig(logging={"file": "~/.mdm/logs/mdm.log"})
    assert not home.folder.exists()
    config.paths.ensure_directories()
    assert config.paths.custom_features_path.is_dir()
    assert stat.S_IMODE(config.paths.home.stat().st_mode) == 0o700


def test_copies_share_nothing(home: Home) -> None:
    config = MDMConfig(debug=True)
    for other in (copy.copy(config), copy.deepcopy(config), config.model_copy(), pickle.loads(pickle.dumps(config))):
        assert other == config
        other.performance.batch_size = 700
        assert (config.performance.batch_size, other["batch_size"]) == (10_000, 700)
        assert not config.candidates("performance.batch_size")


def test_a_pickle_holds_no_other_variables_of_the_environment(home: Home) -> None:
    home.setenv(SOME_TOKEN="tr0ub4dor", MDM_DEBUG="1")
    assert b"tr0ub4dor" not in pickle.dumps(MDMConfig())


# The legacy dictionary --------------------------------------------------------------------------------------------------


def test_the_legacy_dictionary(home: Home) -> None:
    config = MDMConfig(database={"default_backend": "duckdb"}, legacy={"api": {"timeout": 3}})
    assert config.get("database", {}).get("backend") == "duckdb"
    assert config.get("nothing", {}).get("at all", 7) == 7
    assert config["batch_size"] == 10_000
    assert "batch_size" in config
    assert "api" in list(config)
    assert config["api"] == {"timeout": 3}
    assert dict(config) == {key: config[key] for key in config.keys()}  # noqa: SIM118
    assert json.loads(json.dumps(dict(config)))["database"]["sqlite"]["journal_mode"] == "WAL"
    with pytest.raises(KeyError):
        config["nothing"]


def test_the_legacy_dictionary_follows_assignments(home: Home) -> None:
    config = MDMConfig()
    assert (config["batch_size"], config["log_level"]) == (10_000, "INFO")
    config.performance.batch_size = 700
    config.logging.level = "DEBUG"
    assert (config["batch_size"], config["performance"]["batch"]["size"], config["log_level"]) == (700, 700, "DEBUG")


def test_an_old_spelling_counts_while_it_means_the_present_value(home: Home) -> None:
    config = MDMConfig(performance={"memory_limit_mb": 2048}, legacy={"performance": {"memory_limit": "2GB"}})
    assert config["performance"]["memory_limit"] == "2GB"
    config.performance.memory_limit_mb = 4096
    assert config["performance"]["memory_limit"] == "4096MB"


# Saving -----------------------------------------------------------------------------------------------------------------


@given(values=settings_of())
@SETTINGS
def test_what_is_saved_loads_back_equal(home: Home, values: dict[str, Any]) -> None:
    home.file.unlink(missing_ok=True)
    config = assigned(values)
    config.save_to_file(home.file)
    loaded = MDMConfig.load_from_file(home.file)
    assert loaded == config
    assert {key for key in SCHEMA if loaded.candidates(key)} == {*values, "version"}


@given(first=settings_of(), second=settings_of(), data=st.data())
@SETTINGS
def test_saving_over_another_file_gives_what_was_saved(
    home: Home, first: dict[str, Any], second: dict[str, Any], data: st.DataObject
) -> None:
    home.file.unlink(missing_ok=True)
    assigned(first).save_to_file(home.file)
    other = assigned(second)
    other.save_to_file(home.file)
    assert MDMConfig.load_from_file(home.file) == other
    key = data.draw(st.sampled_from(sorted(SCHEMA.keys() - {"version", "legacy"})))
    loaded = MDMConfig.load_from_file(home.file)
    loaded.assign(key, data.draw(values_of(SCHEMA[key])))
    loaded.save_to_file(home.file)
    assert MDMConfig.load_from_file(home.file) == loaded


@given(values=settings_of())
@SETTINGS
def test_exported_variables_reproduce_the_configuration(home: Home, values: dict[str, Any]) -> None:
    config = assigned(values)
    with pytest.MonkeyPatch.context() as patch:
        for name, text in env_vars(config, include_secrets=True).items():
            patch.setenv(name, text)
        assert MDMConfig() == config


COMMENTED = """\
# My settings

performance:
    batch_size:   500   # rows
    max_workers: '8'

# the database
database: {default_backend: "duckdb", sqlite_cache_size: -64000}   # all of it
version: '2.0.0'
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_text_of_the_value_changes(home: Home, newline: str) -> None:
    text = COMMENTED.replace("\n", newline)
    config = MDMConfig.load_from_file(home.write(text))
    config.performance.batch_size = 700
    config.database.default_backend = "sqlite"
    config.save_to_file(home.file)
    assert home.file.read_bytes().decode() == text.replace("500 ", "700 ").replace("duckdb", "sqlite")


def test_a_list_that_was_changed_in_place_is_saved_and_checked(home: Home) -> None:
    path = home.write("features:\n  numeric_aggregations: [mean]  # few\n")
    config = MDMConfig.load_from_file(path)
    config.features.numeric_aggregations.append("max")
    config.save_to_file(path)
    before = path.read_text()
    assert "numeric_aggregations: [mean, max]  # few\n" in before
    config.features.numeric_aggregations.append("zzz")  # type: ignore[arg-type]
    with pytest.raises(InvalidConfigError, match="zzz is not one of"):
        config.save_to_file(path)
    assert path.read_text() == before


def test_saving_unchanged_changes_no_byte(home: Home) -> None:
    MDMConfig.load_from_file(home.write(COMMENTED)).save_to_file(home.file)
    assert home.file.read_text() == COMMENTED


def test_a_value_of_the_environment_is_not_baked_in(home: Home) -> None:
    home.setenv(MDM_PERFORMANCE__BATCH_SIZE="900", MDM_DEBUG="true")
    config = MDMConfig.load_from_file(home.write(COMMENTED))
    config.performance.max_workers = 2
    config.save_to_file(home.file)
    assert home.file.read_text() == COMMENTED.replace("'8'", "2")


@pytest.mark.parametrize("as_section", [pytest.param(False, id="mapping"), pytest.param(True, id="section")])
def test_of_a_section_that_is_assigned_only_what_was_given_is_saved(home: Home, as_section: bool) -> None:
    home.setenv(MDM_PERFORMANCE__MAX_WORKERS="8")
    config = MDMConfig()
    given: Any = PerformanceConfig(batch_size=600) if as_section else {"batch_size": 600}
    config.performance = given
    assert (config.performance.batch_size, config.performance.max_workers) == (600, 8)
    config.save_to_file(home.file)
    assert home.file.read_text().endswith('version: "2.0.0"\nperformance:\n  batch_size: 600\n')
    assert MDMConfig.load_from_file(home.file) == config
    constructed = MDMConfig(performance=given)
    constructed.save_to_file(home.file)
    assert "max_workers" not in home.file.read_text()


def test_a_mapping_changes_the_fields_that_it_names(home: Home) -> None:
    home.write("version: 2.0.0\nperformance: {max_workers: 9}\n")
    config: Any = MDMConfig.load_from_file(home.file)
    config.performance.chunk_size = 2000
    config.performance = {"batch_size": 600}
    found = config.performance
    assert (found.batch_size, found.max_workers, found.chunk_size) == (600, 9, 2000)
    with pytest.raises(InvalidConfigError, match="5 is below the minimum 100"):
        config.performance = {"max_workers": 3, "batch_size": 5}
    assert config.performance.max_workers == 9
    with pytest.raises(InvalidConfigError, match=r"performance\.batchsize: unknown setting"):
        config.performance = {"batchsize": 500}
    config.paths = {"home": "/elsewhere"}
    assert config.paths.datasets_path == Path("/elsewhere/datasets")


def test_a_section_takes_the_place_of_the_present_one(home: Home) -> None:
    home.write("version: 2.0.0\nperformance: {max_workers: 9, chunk_size: 2000}\n")
    config = MDMConfig.load_from_file(home.file)
    config.performance.compression_level = 1
    config.performance = PerformanceConfig(batch_size=700, chunk_size=2000)
    assert (config.performance.max_workers, config.performance.compression_level) == (4, 6)
    config.save_to_file(home.file)
    assert "compression_level" not in home.file.read_text()
    assert MDMConfig.load_from_file(home.file) == config


def test_a_value_set_on_purpose_is_kept_though_it_is_the_default(home: Home) -> None:
    config = MDMConfig()
    config.performance.batch_size = 10_000
    config.save_to_file(home.file)
    assert "batch_size: 10000" in home.file.read_text()


def test_a_reference_is_kept(home: Home) -> None:
    text = "version: '2.0.0'\npaths:\n  home: ${DATA:-/srv}/mdm\n  cache_path: ${paths.home}/c # here\n"
    config = MDMConfig.load_from_file(home.write(text))
    assert config.paths.cache_path == Path("/srv/mdm/c")
    config.debug = True
    config.save_to_file(home.file)
    assert home.file.read_text() == text + "debug: true\n"
    config.save_to_file(home.folder / "copy.yaml")
    assert (home.folder / "copy.yaml").read_text() == home.file.read_text()


def test_what_others_wrote_meanwhile_is_kept(home: Home) -> None:
    config = MDMConfig.load_from_file(home.write(COMMENTED))
    home.write(COMMENTED.replace("'8'", "3"))
    config.performance.batch_size = 700
    config.save_to_file(home.file)
    assert home.file.read_text() == COMMENTED.replace("'8'", "3").replace("500 ", "700 ")


def test_a_file_with_a_secret_is_the_owners_alone(home: Home) -> None:
    home.write("version: '2.0.0'\n").chmod(0o644)
    config = MDMConfig.load_from_file(home.file)
    config.save_to_file(home.file)
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o644
    config.assign("database.postgresql_password", "s3cret")
    config.save_to_file(home.file)
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600
    assert MDMConfig.load_from_file(home.file).database.postgresql_password.get_secret_value() == "s3cret"


def test_a_file_that_cannot_be_read_is_never_written(home: Home) -> None:
    config = MDMConfig(debug=True)
    home.write("a: [1\n")
    with pytest.raises(InvalidConfigError, match="not valid YAML"):
        config.save_to_file(home.file)
    assert home.file.read_text() == "a: [1\n"


def test_a_legacy_file_is_not_written_over(home: Home) -> None:
    home.write("database:\n  backend: duckdb\n")
    with pytest.raises(InvalidConfigError, match="in the legacy format"):
        MDMConfig(debug=True).save_to_file(home.file)


def test_a_change_that_would_touch_another_value_is_refused(home: Home) -> None:
    text = "version: '2.0.0'\npaths:\n  cache_path: &shared /x\n  temp_path: *shared\n"
    config = MDMConfig.load_from_file(home.write(text))
    config.paths.cache_path = Path("/y")
    with pytest.raises(EditError, match=r"mdm\.yaml"):
        config.save_to_file(home.file)
    assert home.file.read_text() == text


# Merging ----------------------------------------------------------------------------------------------------------------


def test_merging_lies_over_defaults_and_under_code_and_environment(home: Home) -> None:
    home.setenv(MDM_PERFORMANCE__MAX_WORKERS="9")
    config = MDMConfig(export={"compression": "none"})
    config.debug = True
    path = home.write(
        "performance: {batch_size: 600, max_workers: 3}\nexport: {compression: gzip, default_format: json}\ndebug: false\n"
    )
    assert config.merge_with_file(path) is config
    assert (config.performance.batch_size, config.performance.max_workers) == (600, 9)
    assert (config.export.compression, config.export.default_format, config.debug) == ("none", "json", True)
    assert config["batch_size"] == 600


def test_a_merge_that_fails_changes_nothing(home: Home) -> None:
    config = MDMConfig(debug=True)
    before = copy.deepcopy(config)
    with pytest.raises(InvalidConfigError):
        config.merge_with_file(home.write("performance: {batch_size: 1, max_workers: 2}\n"))
    assert config == before
