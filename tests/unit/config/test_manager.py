"""The manager: one shared configuration, changed in its file, in either mode."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings

from mdm.config import MDMConfig, config_manager, get_config, get_setting, set_setting
from mdm.config.legacy import get_config as get_legacy_config
from mdm.config.manager import ConfigurationManager
from mdm.config.schema import plain
from mdm.config.section import ConfigWarning
from mdm.core.feature_flags import feature_flags
from mdm.errors import InvalidConfigError

from .conftest import Home
from .strategies import SCHEMA, settings_of

NEW = "version: '2.0.0'\n# rows\nperformance:\n  batch_size: 500  # few\n"
OLD = "# old\nbatch_size: 500  # few\ndatabase:\n  backend: duckdb\n"


@pytest.fixture(autouse=True)
def _fresh(home: Home) -> Any:
    config_manager.reload()
    yield
    config_manager.reload()


# Reading ----------------------------------------------------------------------------------------------------------------


def test_the_configuration_is_built_once_and_shared(home: Home) -> None:
    home.write(NEW)
    assert get_config() is get_config()
    assert get_config().performance.batch_size == get_setting("performance.batch_size") == 500
    home.write(NEW.replace("500", "600"))
    assert get_config().performance.batch_size == 500
    config_manager.reload()
    assert get_config().performance.batch_size == 600


def test_many_threads_build_it_once(home: Home) -> None:
    home.write(NEW)
    manager = ConfigurationManager()
    barrier = threading.Barrier(32)
    found: list[MDMConfig] = []

    def read() -> None:
        barrier.wait()
        found.append(manager.get_config())

    threads = [threading.Thread(target=read) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(config) for config in found}) == 1


@pytest.mark.parametrize("text", [NEW, OLD])
def test_get_takes_new_and_legacy_keys_in_either_mode(home: Home, text: str) -> None:
    home.write(text)
    manager = ConfigurationManager()
    assert manager.get("performance.batch_size") == manager.get("batch_size") == 500
    assert manager.get("database.postgresql_port") == manager.get("database.postgresql.port") == 5432
    assert manager.get("no.such.key") is None
    assert manager.get("no.such.key", 7) == 7


def test_get_sees_assignments_to_the_shared_configuration(home: Home) -> None:
    assert get_setting("performance.batch_size") == 10_000
    get_config().performance.batch_size = 700
    assert get_setting("performance.batch_size") == get_setting("batch_size") == 700


# Which system answers ---------------------------------------------------------------------------------------------------


def test_a_new_user_has_the_new_system_and_its_defaults(home: Home) -> None:
    assert (ConfigurationManager().system(), get_config().performance.max_workers) == ("new", 4)
    assert not home.folder.exists()


def test_a_legacy_user_has_the_legacy_system_and_the_old_defaults(home: Home) -> None:
    home.write(OLD)
    active = ConfigurationManager().load()
    assert (active.system, active.files) == ("legacy", (home.file,))
    assert active.config.database.default_backend == "duckdb"
    assert active.config.performance.max_workers == 5
    assert active.config.logging.file == home.folder / "logs" / "mdm.log"
    assert str(active.config.candidates("performance.batch_size")[0].origin) == "~/.mdm/mdm.yaml:2:13"


def test_the_flag_switches_in_this_process(home: Home) -> None:
    home.write(OLD, "config.yaml")
    home.write(NEW)
    assert get_config().database.default_backend == "duckdb"
    feature_flags.set("use_new_config", True)
    assert get_config().database.default_backend == "sqlite"
    feature_flags.set("use_new_config", False)
    assert get_config().database.default_backend == "duckdb"


def test_a_flag_may_stand_in_the_file(home: Home) -> None:
    home.write(OLD, "config.yaml")
    home.write(NEW + "refactoring:\n  use_new_config: true\n")
    assert feature_flags.get("use_new_config") is True
    assert get_config().database.default_backend == "sqlite"
    feature_flags.set("use_new_config", False)
    assert get_config().database.default_backend == "duckdb"


def test_a_new_configuration_that_is_broken_falls_back_with_the_reason(home: Home) -> None:
    home.write(OLD, "config.yaml")
    home.write(NEW.replace("500", "5"))
    feature_flags.set("use_new_config", True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert get_config().database.default_backend == "duckdb"
    assert str(caught[0].message).startswith("the legacy configuration is used, because the new one is refused: ")
    assert "5 is below the minimum 100" in str(caught[0].message)
    config_manager.reload()
    feature_flags.set("auto_fallback", False)
    with pytest.raises(InvalidConfigError, match="5 is below the minimum 100"):
        get_config()


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param("performance: {batch_size: 5, max_workers: 9}\n", id="value, no version"),
        pytest.param("version: 2.0.0\nperformance: {batch_size: 5, max_workers: 9}\n", id="value"),
        pytest.param("version: 2.0.0\nperformance: {batch_size: 700, max_workers: 9\n", id="syntax"),
        pytest.param("version: 3.0.0\nperformance: {batch_size: 700, max_workers: 9}\n", id="newer version"),
    ],
)
def test_nothing_of_a_refused_file_counts_when_the_legacy_files_stand_in(home: Home, refused: str) -> None:
    home.write("batch_size: 5000\n", "config.yaml")
    home.write(refused)
    feature_flags.set("use_new_config", True)
    with pytest.warns(ConfigWarning, match="legacy configuration is used, because .* ~/.mdm/mdm.yaml:") as caught:
        config = get_config()
    assert len(caught) == 1
    assert (config.performance.batch_size, config["batch_size"], config.performance.max_workers) == (5000, 5000, 5)


def test_a_refused_file_alone_has_nothing_to_stand_in_for_it(home: Home) -> None:
    home.write("performance: {batch_size: 5}\n")
    feature_flags.set("use_new_config", True)
    with pytest.raises(InvalidConfigError, match="5 is below the minimum 100"):
        get_config()


def test_without_a_new_file_the_legacy_ones_are_not_passed_over(home: Home) -> None:
    home.write("batch_size: 5000\n", "config.yaml")
    feature_flags.set("use_new_config", True)
    before = config_manager.metrics.summary()["counters"].get("config.fallback", 0)
    with pytest.warns(ConfigWarning, match=r"mdm\.yaml: there is no new configuration") as caught:
        assert get_config().performance.batch_size == 5000
    assert len(caught) == 1
    assert config_manager.metrics.summary()["counters"]["config.fallback"] == before + 1
    feature_flags.set("auto_fallback", False)
    config_manager.reload()
    with pytest.raises(InvalidConfigError, match="there is no new configuration\n  hint: 'mdm config migrate'"):
        get_config()


def test_a_legacy_variable_that_names_no_file_is_told_of(home: Home) -> None:
    home.write("batch_size: 5000\n", "config.yaml")
    home.setenv(MDM_CONFIG_PATH="~/missing.yaml")
    with pytest.warns(ConfigWarning, match=r"MDM_CONFIG_PATH names ~/missing\.yaml, which does not exist") as caught:
        assert get_config().performance.batch_size == 10_000
    assert len(caught) == 1
    home.write("version: 2.0.0\nperformance: {batch_size: 700}\n")
    with pytest.warns(ConfigWarning, match="MDM_CONFIG_PATH names"):
        assert ConfigurationManager().get("performance.batch_size") == 700


def test_with_no_files_at_all_the_new_system_has_its_defaults(home: Home) -> None:
    feature_flags.set("use_new_config", True)
    assert get_config().performance.batch_size == 10_000


def test_old_code_goes_on_with_values_that_the_new_schema_refuses(home: Home) -> None:
    home.write("performance:\n  batch_size: 50\n  max_memory: 7\n")
    with pytest.warns(ConfigWarning, match="50 is below the minimum 100; it does not count"):
        config = get_config()
    assert config.performance.batch_size == 10_000
    assert config["performance"]["batch_size"] == 50
    assert config.get("performance", {}).get("max_memory") == 7
    with pytest.raises(InvalidConfigError):
        config_manager.load()


def test_the_legacy_dictionary_is_the_one_that_the_old_program_had(home: Home) -> None:
    home.write(
        "database: {backend: duckdb, sqlite: {synchronous: OFF}}\nbatch_size: '500'\nmine: {a: [1]}\n", "config.yaml"
    )
    home.write(json.dumps({"database": {"backend": "sqlite"}}), "settings.json")
    old = get_legacy_config()
    assert old["database"] == {"backend": "sqlite", "sqlite": {"synchronous": False}}
    config = get_config()
    assert config["database"]["sqlite"]["synchronous"] is False
    assert config["batch_size"] == "500"
    assert (config.database.sqlite_synchronous, config.performance.batch_size, config["mine"]) == (
        "OFF",
        500,
        {"a": [1]},
    )


def test_a_test_may_replace_what_the_legacy_system_read(home: Home) -> None:
    with patch.object(config_manager, "_legacy_config", {"database": {"backend": "duckdb"}, "x": 1}):
        assert get_config().database.default_backend == "duckdb"
        assert get_config()["x"] == 1
    assert get_config().database.default_backend == "sqlite"


# Changing ---------------------------------------------------------------------------------------------------------------


def test_set_changes_the_file_and_what_is_read(home: Home) -> None:
    home.write(NEW)
    set_setting("performance.batch_size", 700)
    assert home.file.read_text() == NEW.replace("500", "700")
    assert get_config().performance.batch_size == 700


def test_set_makes_a_file_that_names_its_version(home: Home) -> None:
    ConfigurationManager().set("database.default_backend", "duckdb")
    assert 'version: "2.0.0"' in home.file.read_text()
    assert ConfigurationManager().system() == "new"


def test_unset_undoes_set_byte_for_byte(home: Home) -> None:
    home.write(NEW)
    manager = ConfigurationManager()
    manager.set("export.compression", "none")
    assert home.file.read_text() != NEW
    manager.unset("export.compression")
    assert home.file.read_text() == NEW


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("performance.batch_size", 50),
        ("performance.batch_size", "many"),
        ("performance.batch_size", True),
        ("database.default_backend", "oracle"),
        ("features.text_ngram_range", "[2, 1]"),
        ("no.such.key", 1),
        ("performance", 1),
        ("paths.home", ""),
        ("database.postgresql_host", "${NOWHERE}"),
    ],
)
@pytest.mark.parametrize("text", [NEW, OLD])
def test_a_refused_value_leaves_file_and_memory(home: Home, text: str, key: str, value: object) -> None:
    home.write(text)
    before = home.files()
    config = config_manager.get_config()
    with pytest.raises(InvalidConfigError):
        config_manager.set(key, value)
    assert home.files() == before
    assert config_manager.get_config() == config


def test_a_file_with_another_problem_is_not_written(home: Home) -> None:
    home.write(NEW + "export:\n  compresion: zip\n")
    before = home.files()
    with pytest.raises(InvalidConfigError, match=r"did you mean export\.compression"):
        ConfigurationManager().set("performance.batch_size", 700)
    assert home.files() == before


def test_what_a_load_says_is_said_by_a_change_too(home: Home) -> None:
    home.write('version: "2.0.0"\nlogging:\n  level: INFO\n')
    home.setenv(MDM_BATCH_SIZE="444")
    manager = ConfigurationManager()
    with pytest.warns(ConfigWarning, match="MDM_BATCH_SIZE is deprecated"):
        manager.set("logging.level", "DEBUG")


@pytest.mark.parametrize("key", ["performance.batch_size", "batch_size"])
def test_a_variable_that_hides_the_new_value_is_pointed_out(home: Home, key: str) -> None:
    home.write(NEW)
    home.setenv(MDM_PERFORMANCE__BATCH_SIZE="900")
    with pytest.warns(ConfigWarning, match="MDM_PERFORMANCE__BATCH_SIZE hides it"):
        ConfigurationManager().set(key, 700)
    assert "batch_size: 700" in home.file.read_text()


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("performance.batch_size", 700, OLD.replace("500", "700")),
        ("batch_size", 700, OLD.replace("500", "700")),
        ("database.default_backend", "sqlite", OLD.replace("duckdb", "sqlite")),
        ("performance.max_workers", 8, OLD + "performance:\n  max_workers: 8\n"),
        ("logging.level", "debug", OLD + "logging:\n  level: DEBUG\n"),
        ("logging.max_file_size", "5MB", OLD + "logging:\n  max_bytes: 5000000\n"),
    ],
)
def test_set_in_a_legacy_file_goes_through_the_rules(home: Home, key: str, value: object, expected: str) -> None:
    home.write(OLD)
    ConfigurationManager().set(key, value)
    assert home.file.read_text() == expected


def test_set_in_a_legacy_file_takes_the_place_that_counts(home: Home) -> None:
    home.write("performance:\n  batch_size: 500\n", "config.yaml")
    home.write('{\n    "batch_size": 600,\n    "other": [1]\n}\n', "settings.json")
    manager = ConfigurationManager()
    with pytest.warns(ConfigWarning, match=r"batch_size is set differently; performance\.batch_size wins"):
        manager.set("performance.batch_size", 700)
    assert manager.get_config().performance.batch_size == 700
    assert home.files()[".mdm/config.yaml"] == b"performance:\n  batch_size: 700\n"


def test_set_and_unset_in_a_legacy_json_file(home: Home) -> None:
    home.write('{\n    "batch_size": 600,\n    "other": [1]\n}\n', "settings.json")
    manager = ConfigurationManager()
    manager.set("performance.batch_size", 700)
    text = (home.folder / "settings.json").read_text()
    assert json.loads(text) == {"batch_size": 700, "other": [1]}
    assert text.startswith('{\n    "batch_size": 700,\n')
    manager.unset("performance.batch_size")
    assert json.loads((home.folder / "settings.json").read_text()) == {"other": [1]}


def test_unset_in_a_legacy_file(home: Home) -> None:
    home.write(OLD)
    ConfigurationManager().unset("performance.batch_size")
    assert home.file.read_text() == OLD.replace("batch_size: 500  # few\n", "")


def test_what_has_no_place_in_a_legacy_file_is_refused(home: Home) -> None:
    home.write(OLD)
    with pytest.raises(InvalidConfigError, match="no place for this value in a legacy file"):
        ConfigurationManager().set("features.numeric_aggregations", ["mean"])
    assert home.file.read_text() == OLD


@given(values=settings_of())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_set_then_get_gives_the_value_and_leaves_all_others(home: Home, values: dict[str, Any]) -> None:
    home.write(NEW)
    manager = ConfigurationManager()
    for key, value in values.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            manager.set(key, plain(value))
    expected = MDMConfig.load_from_file(home.write(NEW, "other.yaml"))
    for key, value in values.items():
        expected.assign(key, value)
    assert ConfigurationManager(home.file).get_config() == expected
    assert {key for key in SCHEMA if manager.get_config().candidates(key)} >= values.keys()


def test_two_processes_lose_no_update(home: Home) -> None:
    home.write(NEW)
    keys = ["cli.page_size", "performance.chunk_size"]
    code = (
        "import sys; from mdm.config.manager import ConfigurationManager\n"
        "for number in range(2000, 2008): ConfigurationManager().set(sys.argv[1], number)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, key]) for key in keys]
    assert [process.wait(60) for process in running] == [0, 0]
    config = MDMConfig.load_from_file(home.file)
    assert (config.cli.page_size, config.performance.chunk_size, config.performance.batch_size) == (2007, 2007, 500)


def test_exported_variables_reproduce_what_is_active(home: Home, tmp_path: Path) -> None:
    home.write(OLD + "api: {timeout: 3}\npostgresql: {password: s3cret}\n")
    config = get_config()
    variables = config_manager.export_env_vars(include_secrets=True)
    for name, text in variables.items():
        home.monkeypatch.setenv(name, text)
    home.monkeypatch.setenv("HOME", str(tmp_path / "empty"))
    again = MDMConfig()
    different = {key for key in SCHEMA if again.value(key) != config.value(key)}
    assert different <= {key for key in SCHEMA if key.startswith("paths.")}  # these follow HOME, and nobody set them
    assert "s3cret" not in str(config_manager.export_env_vars())


def test_importing_does_nothing(home: Home) -> None:
    code = "import mdm, mdm.config, mdm.config.manager, mdm.config.migrator, mdm.core.metrics, mdm.testing.comparison"
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert not home.folder.exists()
