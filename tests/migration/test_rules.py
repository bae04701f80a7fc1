"""Every row of the tables of legacy keys, written down a second time and compared with what the rules do."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mdm.config.documents import to_tree
from mdm.config.leaves import Leaf
from mdm.config.legacy import leaves_of
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.models import MDMConfig
from mdm.config.outcomes import Translation, identical
from mdm.config.rules import FLAG_RULES, RULES, legacy_variables
from mdm.config.schema import plain, to_text
from mdm.config.section import DeprecatedVariableWarning
from mdm.config.translation import translate
from mdm.config.view import legacy_view

from .homes import MEMORY, SCHEMA, Place, inside

DEFAULT, REFUSED, NOTHING = "(default)", "(refused)", "(nothing)"
FAMILIES = ("numeric", "categorical", "datetime", "text", "custom")

# legacy keys that mean the same | new key | legacy value => new value => value back, each as YAML; the machine has 16 GiB
# A part of a key that holds a dot stands in <>.
TABLE = """
database.default_backend, database.backend, storage.default_backend, storage.backend, backend | database.default_backend | DuckDB => duckdb => duckdb ; postgresql => postgresql => postgresql ; mysql => (refused)
database.sqlite.synchronous, database.sqlite_synchronous, sqlite.synchronous, database.sqlite.pragmas.synchronous, database.backends.sqlite.synchronous, storage.backends.sqlite.options.synchronous, storage_options.synchronous | database.sqlite_synchronous | full => FULL => FULL ; false => 'OFF' => 'OFF' ; 'OFF' => 'OFF' => 'OFF' ; EXTRA => EXTRA => EXTRA ; SOMETIMES => (refused)
database.sqlite.journal_mode, database.sqlite_journal_mode, sqlite.journal_mode, database.sqlite.pragmas.journal_mode, storage.backends.sqlite.options.journal_mode, storage_options.journal_mode | database.sqlite_journal_mode | truncate => TRUNCATE => TRUNCATE ; false => 'OFF' => 'OFF' ; MEMORY => MEMORY => MEMORY
database.sqlite.cache_size, database.sqlite_cache_size, sqlite.cache_size, database.sqlite.pragmas.cache_size, storage_options.cache_size | database.sqlite_cache_size | -2000 => -2000 => -2000 ; '4000' => 4000 => 4000 ; 0 => 0 => 0
database.duckdb.memory_limit, database.duckdb_memory_limit, duckdb.memory_limit, database.duckdb.settings.memory_limit, database.duckdb.max_memory, database.backends.duckdb.memory_limit | database.duckdb_memory_limit | 4GB => 4GB => 4GB ; 1.5GiB => 1.5GiB => 1.5GiB ; 50% => 8192MiB => 8192MiB ; much => (refused)
database.duckdb.threads, database.duckdb_threads, duckdb.threads, database.duckdb.settings.threads | database.duckdb_threads | 3 => 3 => 3 ; 0 => null => null ; -1 => (refused)
database.duckdb.temp_directory, database.duckdb_temp_directory, database.duckdb.settings.temp_directory, duckdb.temp_directory | database.duckdb_temp_directory | /scratch => /scratch => /scratch ; null => null => null
database.postgresql.host, database.postgresql_host, postgresql.host | database.postgresql_host | db.example.org => db.example.org => db.example.org ; null => (default)
database.postgresql.port, database.postgresql_port, postgresql.port | database.postgresql_port | 6000 => 6000 => 6000 ; '6001' => 6001 => 6001 ; null => (default) ; 70000 => (refused)
database.postgresql.user, database.postgresql_user, postgresql.user | database.postgresql_user | ada => ada => ada ; 1001 => '1001' => '1001' ; null => (default)
database.postgresql.password, database.postgresql_password, postgresql.password | database.postgresql_password | "it's" => "it's" => "it's" ; 12345 => '12345' => '12345' ; '12345' => '12345' => '12345' ; null => (default)
database.postgresql.sslmode, database.postgresql_sslmode, postgresql.sslmode | database.postgresql_sslmode | require => require => require ; null => (default) ; perhaps => (refused)
database.postgresql.sslrootcert, database.postgresql_sslrootcert, postgresql.sslrootcert | database.postgresql_sslrootcert | /c/ca.pem => /c/ca.pem => /c/ca.pem ; null => null => null
database.postgresql.sslcert, database.postgresql_sslcert, postgresql.sslcert | database.postgresql_sslcert | ~/c.pem => ~/c.pem => ~/c.pem ; null => null => null
database.postgresql.sslkey, database.postgresql_sslkey, postgresql.sslkey | database.postgresql_sslkey | /c/key.pem => /c/key.pem => /c/key.pem ; null => null => null
database.postgresql.database, database.postgresql_database, postgresql.database | database.postgresql_database | sales => sales => sales ; 2024 => '2024' => '2024' ; null => (default)
database.postgresql.pool_size, database.postgresql_pool_size, performance.connection_pool_size, performance.pool.size, storage.connection_pool.size, database.sqlalchemy.pool_size, database.sqlalchemy_pool_size, database.pool_size | database.postgresql_pool_size | 7 => 7 => 7 ; 0 => (refused)
database.postgresql.max_overflow, performance.pool.max_overflow, storage.connection_pool.max_overflow, database.sqlalchemy.max_overflow, database.sqlalchemy_max_overflow, database.max_overflow | database.postgresql_max_overflow | 3 => 3 => 3 ; 0 => 0 => 0 ; -1 => (refused)
database.sqlalchemy.echo, database.sqlalchemy_echo, database.postgresql.echo, database.echo, database.echo_sql | database.echo_sql | true => true => true ; false => false => false
database.connection_timeout, database.sqlite.timeout | database.connection_timeout | 12 => 12 => 12 ; 30.5 => 31 => 31 ; 0 => (refused)
performance.batch_size, performance.batch.size, batch_size | performance.batch_size | 2500 => 2500 => 2500 ; '2500' => 2500 => 2500 ; 50 => (refused)
performance.max_workers, performance.batch.max_workers, performance.parallel_workers, performance.max_concurrent_operations, performance.max_threads, max_workers | performance.max_workers | 6 => 6 => 6 ; 33 => (refused)
performance.chunk_size, chunk_size | performance.chunk_size | 20000 => 20000 => 20000 ; 10 => (refused)
performance.memory_limit_mb, performance.max_memory_mb | performance.memory_limit_mb | 2048 => 2048 => 2048 ; 2GB => 2048 => 2048 ; null => (default) ; 100 => (refused)
performance.memory_limit | performance.memory_limit_mb | 2GB => 2048 => 2048MB ; 512MB => 512 => 512MB ; 2048 => 2048 => 2048MB ; null => (default)
performance.enable_profiling, development.profile_operations, development.profile | performance.enable_profiling | true => true => true ; false => false => false
performance.cache.enabled, performance.cache_enabled, performance.enable_cache, performance.enable_caching | performance.cache_enabled | false => false => false ; true => true => true
performance.cache_size_mb, performance.cache.max_size_mb, performance.cache_size | performance.cache_size_mb | 128 => 128 => 128 ; 1 => (refused)
features.batch_size, feature_engineering.batch_size | performance.feature_batch_size | 700 => 700 => 700
features.n_jobs, performance.n_jobs, feature_engineering.n_jobs, feature_engineering.max_workers | performance.feature_n_jobs | 3 => 3 => 3 ; -1 => -1 => -1 ; 0 => (refused)
performance.compression_level | performance.compression_level | 9 => 9 => 9 ; 10 => (refused)
logging.level, logs.level, log_level | logging.level | debug => DEBUG => DEBUG ; ERROR => ERROR => ERROR ; LOUD => (refused)
logging.file, log_file | logging.file | train.log => logs/train.log => logs/train.log ; /var/x.log => /var/x.log => /var/x.log ; ~/x.log => ~/x.log => ~/x.log ; null => null => null
logging.format | logging.format | json => json => json ; text => (default) ; console => (default) ; '{level} {message}' => '{level} {message}' => '{level} {message}'
logging.max_bytes, logging.max_size | logging.max_file_size | 10485760 => 10MiB => 10485760 ; 5000000 => 5MB => 5000000
logging.max_file_size | logging.max_file_size | 10485760 => 10MiB => 10MiB ; 20MB => 20MB => 20MB
logging.backup_count | logging.retention | 5 => 5 files => 5 ; 12 => 12 files => 12
logging.console.level, logging.console_level | logging.console_level | error => ERROR => ERROR
logging.components.<mdm.storage> | logging.storage_level | debug => DEBUG => DEBUG
logging.components.<mdm.features> | logging.features_level | debug => DEBUG => DEBUG
logging.components.<mdm.cli> | logging.cli_level | debug => DEBUG => DEBUG
mdm_home, paths.home, paths.base_path, base_path, home_dir | paths.home | /data/mdm => /data/mdm => /data/mdm ; ~/m => ~/m => ~/m
paths.datasets, paths.datasets_path, storage.datasets_path, data_dir | paths.datasets_path | tables => tables => tables ; /d => /d => /d
paths.configs_path, paths.config_path, storage.configs_path, configs_path | paths.config_path | config/datasets/ => config => config/datasets ; /etc/mdm/datasets => /etc/mdm => /etc/mdm/datasets
paths.cache_path, performance.cache.cache_dir, cache_path | paths.cache_path | c => c => c
paths.temp_path, temp_path | paths.temp_path | t => t => t
paths.custom_features_path | paths.custom_features_path | f => f => f
paths.logs_path, storage.logs_path, logs_path | logging.file | /var/log/mdm => /var/log/mdm/mdm.log => /var/log/mdm
export.default_format | export.default_format | parquet => parquet => parquet ; excel => (refused)
export.compression | export.compression | gzip => gzip => gzip ; null => none => null ; bz2 => (refused)
export.include_metadata | export.include_metadata | false => false => false
cli.default_output_format | cli.default_output_format | table => table => table
cli.page_size | cli.page_size | 50 => 50 => 50
cli.confirm_destructive | cli.confirm_destructive | false => false => false
cli.show_progress, performance.show_progress, performance.enable_progress | cli.show_progress | false => false => false
feature_engineering.type_detection.categorical_threshold, feature_engineering.categorical_threshold | datasets.categorical_threshold | 30 => 30 => 30 ; 1 => (refused)
feature_engineering.type_detection.text_min_avg_length, feature_engineering.text_min_avg_length | datasets.text_min_avg_length | 80 => 80 => 80
feature_engineering.type_detection.detect_datetime, feature_engineering.detect_datetime | datasets.detect_datetime | false => false => false
feature_engineering.enabled, features.enabled, features.generic_enabled | features.enable_* | false => [] => false ; true => (nothing)
feature_engineering.enabled_types, features.enabled_transformers | features.enable_* | [numeric, text] => [numeric, text] => [numeric, text] ; [statistical, temporal] => [numeric, datetime] => [numeric, datetime] ; [] => [] => [] ; [images] => (refused)
feature_engineering.generic.statistical.enabled, feature_engineering.generic_features.statistical.enabled, features.statistical.enabled, feature_engineering.statistical_enabled | features.enable_numeric | false => false => false
feature_engineering.generic.categorical.enabled, feature_engineering.generic_features.categorical.enabled, features.categorical.enabled, feature_engineering.categorical_enabled | features.enable_categorical | false => false => false
feature_engineering.generic.temporal.enabled, feature_engineering.generic_features.temporal.enabled, features.temporal.enabled, feature_engineering.temporal_enabled | features.enable_datetime | false => false => false
feature_engineering.generic.text.enabled, feature_engineering.generic_features.text.enabled, features.text.enabled, feature_engineering.text_enabled | features.enable_text | false => false => false
features.custom.enabled, features.custom_enabled, features.custom.auto_discover, feature_engineering.custom.enabled, feature_engineering.custom_features.auto_discover, feature_plugins_enabled | features.enable_custom | false => false => false
feature_engineering.generic.categorical.max_cardinality, feature_engineering.generic_features.categorical.max_cardinality, feature_engineering.categorical_max_cardinality, features.categorical.max_cardinality | features.categorical_max_cardinality | 30 => 30 => 30
feature_engineering.generic.categorical.min_frequency, feature_engineering.generic_features.categorical.min_frequency, feature_engineering.categorical_min_frequency, features.categorical.min_frequency | features.categorical_min_frequency | 0.2 => 0.2 => 0.2 ; 1.5 => (refused)
features.categorical.encoding_method, feature_engineering.generic.categorical.encoding_method, feature_engineering.generic_features.categorical.encoding_method | features.categorical_encoding | frequency => count => frequency ; onehot => onehot => onehot ; target => target => target ; label => label => label ; hash => (refused)
feature_engineering.generic.temporal.include_cyclical, feature_engineering.generic_features.temporal.include_cyclical, feature_engineering.generic.temporal.enable_cyclical, feature_engineering.generic_features.temporal.enable_cyclical, feature_engineering.temporal_include_cyclical, features.temporal.enable_cyclical, features.temporal.cyclical_encoding | features.datetime_cyclical | false => false => false
features.temporal.components | features.datetime_components | [year, hour] => [year, hour] => [year, hour] ; [century] => (refused)
features.text.max_features | features.text_max_features | 77 => 77 => 77
debug, development.debug_mode, development.debug | debug | true => true => true
"""

FLAG_TABLE = """
use_new_backend, use_new_storage | refactoring.use_new_backend | true => true
use_legacy_storage | refactoring.use_new_backend | false => true ; true => false
use_new_registrar, use_new_dataset | refactoring.use_new_registrar | true => true
use_legacy_registration | refactoring.use_new_registrar | false => true ; true => false
use_new_features | refactoring.use_new_features | true => true
use_legacy_features | refactoring.use_new_features | false => true ; true => false
use_new_config | refactoring.use_new_config | true => true
use_legacy_config | refactoring.use_new_config | false => true ; true => false
enable_comparison_tests | refactoring.enable_comparison_tests | false => false
enable_performance_tracking | refactoring.enable_performance_tracking | false => false
enable_memory_profiling | refactoring.enable_memory_profiling | true => true
auto_fallback | refactoring.auto_fallback | false => false
rollout_percentage.new_backend | refactoring.backend_rollout_percentage | 25 => 25 ; 101 => (refused)
rollout_percentage.new_registrar | refactoring.registrar_rollout_percentage | 100 => 100
rollout_percentage.new_features | refactoring.features_rollout_percentage | 0 => 0
"""

SHORT_NAMES = """
MDM_BACKEND, MDM_DEFAULT_BACKEND, MDM_DATABASE_BACKEND, MDM_STORAGE_BACKEND | database.default_backend | duckdb => duckdb
MDM_BATCH_SIZE | performance.batch_size | 700 => 700
MDM_MAX_WORKERS, MDM_MAX_CONCURRENT_OPERATIONS | performance.max_workers | 7 => 7
MDM_LOG_LEVEL | logging.level | debug => DEBUG
MDM_LOG_FILE | logging.file | /var/log/x.log => /var/log/x.log
MDM_HOME, MDM_HOME_DIR, MDM_MDM_HOME, MDM_BASE_PATH | paths.home | /data/mdm => /data/mdm
MDM_DATASETS_PATH | paths.datasets_path | /data/sets => /data/sets
MDM_DEBUG | debug | true => true
"""

OLD_DEFAULTS = """
database.duckdb_memory_limit | 8GB | 1GB
database.duckdb_threads | 4 | null
database.duckdb_temp_directory | /tmp | null
database.postgresql_pool_size | 10 | 5
performance.max_workers | 5 | 4
logging.file | logs/mdm.log | null
logging.max_file_size | 10MiB | 100MB
logging.retention | 5 files | 1 week
features.categorical_max_cardinality | 50 | 100
"""


@dataclass(frozen=True)
class Row:
    """One legacy key or variable with one value: what it becomes, and what comes back."""

    name: str
    to: str
    old: Any
    new: Any
    back: Any = NOTHING

    @property
    def path(self) -> tuple[str, ...]:
        if "<" in self.name:
            *before, last = self.name.rstrip(">").split("<")
            return (*".".join(before).rstrip(".").split("."), last)
        return tuple(self.name.split("."))

    @property
    def variable(self) -> str:
        return "MDM_" + "_".join(self.path).replace(".", "_").upper()

    @property
    def targets(self) -> dict[str, Any]:
        """The new settings with their values."""
        if self.to != "features.enable_*":
            return {self.to: self.new}
        return {f"features.enable_{family}": family in self.new for family in FAMILIES}

    def __str__(self) -> str:
        return f"{self.name}={self.old!r}"


def rows(table: str) -> list[Row]:
    return [row for line in table.strip().splitlines() for row in rows_of(line)]


def rows_of(line: str) -> list[Row]:
    names, to, examples = line.split(" | ")
    read = [
        [cell if cell.startswith("(") else yaml.safe_load(cell) for cell in example.split(" => ")]
        for example in examples.split(" ; ")
    ]
    return [Row(name, to, *cells) for name in names.split(", ") for cells in read]


def first_of_each(found: list[Row]) -> list[Row]:
    return list({row.name: row for row in reversed(found)}.values())


ROWS = rows(TABLE)
FLAG_ROWS = rows(FLAG_TABLE)
VARIABLES = [*first_of_each(ROWS), *rows(SHORT_NAMES)]
DEPRECATED = [row for row in VARIABLES if row.to != "debug" or row.name not in ("debug", "MDM_DEBUG")]  # same name


def translated(row: Row, *, keep_invalid: bool = False) -> Translation:
    leaves = leaves_of(to_tree([(row.path, row.old)]))
    return translate(SCHEMA, leaves, {}, memory_bytes=lambda: MEMORY, keep_invalid=keep_invalid)


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        tree = tree.get(name, NOTHING) if isinstance(tree, dict) else NOTHING
    return tree


def view(translation: Translation, *, with_old_spelling: bool) -> dict[str, Any]:
    raw = {key: plain(setting.default) for key, setting in SCHEMA.items()}
    raw |= {key: value.raw for key, value in translation.values.items()}
    raw["legacy"] = translation.carried if with_old_spelling else {}
    return legacy_view(SCHEMA, raw, lambda: MEMORY)


# Keys ---------------------------------------------------------------------------------------------------------------


def test_the_table_has_every_key_of_the_rules() -> None:
    assert {row.path for row in ROWS} == {key for rule in RULES for key in rule.legacy}
    assert {row.path for row in FLAG_ROWS} == {key for rule in FLAG_RULES for key in rule.legacy}


def test_the_keys_of_a_row_count_in_the_order_of_the_table() -> None:
    order: dict[str, list[tuple[str, ...]]] = {}
    for row in first_of_each(list(ROWS))[::-1]:
        order.setdefault(row.to, []).append(row.path)
    in_rules: dict[str, list[tuple[str, ...]]] = {}
    for rule in RULES:
        in_rules.setdefault(rule.to[0] if len(rule.to) == 1 else "features.enable_*", []).extend(rule.legacy)
    assert order == in_rules


by_line = pytest.mark.parametrize("line", TABLE.strip().splitlines(), ids=lambda line: line.split(",")[0].split(" ")[0])


@by_line
def test_legacy_value_becomes_new_value(line: str) -> None:
    for row in rows_of(line):
        translation = translated(row)
        (outcome,) = translation.outcomes
        got = {key: value.raw for key, value in translation.values.items()}
        if row.new == REFUSED:
            assert (outcome.status, got) == ("invalid", {}), row
            assert outcome.detail
            continue
        assert outcome.status == "moved", row
        assert identical(got, {} if row.new in (DEFAULT, NOTHING) else row.targets), row
        for key, raw in got.items():
            SCHEMA[key].parse(raw)


@by_line
def test_the_old_value_comes_back(line: str) -> None:
    for row in rows_of(line):
        translation = translated(row, keep_invalid=True)
        where = translation.carried if row.new == REFUSED else view(translation, with_old_spelling=True)
        assert identical(at(where, row.path), row.old), row


@by_line
def test_what_the_new_value_is_in_the_old_key(line: str) -> None:
    for row in rows_of(line):
        if row.back != NOTHING:
            assert identical(at(view(translated(row), with_old_spelling=False), row.path), row.back), row


@pytest.mark.parametrize("nested", [True, False], ids=["nested", "at the top"])
@pytest.mark.parametrize("row", FLAG_ROWS, ids=str)
def test_flags(row: Row, nested: bool, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.home.mkdir()
    (place.home / "mdm.yaml").write_text("")
    tree = to_tree([(row.path, row.old)])
    (place.home / "feature_flags.json").write_text(json.dumps({"flags": tree, "history": []} if nested else tree))
    with inside(place):
        plan = ConfigurationMigrator().plan()
    (outcome,) = plan.translation.outcomes
    if row.new == REFUSED:
        assert outcome.status == "invalid"
    else:
        assert dict(outcome.new) == {row.to: row.new}
        written = yaml.safe_load(plan.after or "")["refactoring"]
        assert written == {row.to.partition(".")[2]: row.new or row.to.endswith("use_new_config")}


# Conflicts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", sorted({row.to for row in ROWS}))
def test_the_first_key_of_a_row_wins(to: str) -> None:
    values = [row for row in ROWS if row.to == to and row.new not in (REFUSED, DEFAULT, NOTHING)]
    keys = list(dict.fromkeys(row.name for row in values))
    for index, name in enumerate(keys[:-1]):
        first = next(row for row in values if row.name == name)
        others = [row for row in values if row.name in keys[index + 1 :] and row.new != first.new]
        for other in others[:5]:
            tree = to_tree([(other.path, other.old), (first.path, first.old)])
            if to == "logging.file" and "logs_path" in other.name:
                continue  # the folder of a bare file, not another value
            translation = translate(SCHEMA, leaves_of(tree), {}, memory_bytes=lambda: MEMORY)
            statuses = {outcome.leaf.path: outcome.status for outcome in translation.outcomes}
            assert statuses == {first.path: "moved", other.path: "conflict"}
            assert identical({key: value.raw for key, value in translation.values.items()}, first.targets)


def test_a_bare_log_file_lies_in_the_legacy_logs_folder() -> None:
    tree = {"logging": {"file": "x.log"}, "paths": {"logs_path": "/var/log"}}
    translation = translate(SCHEMA, leaves_of(tree), {})
    assert translation.values["logging.file"].raw == "/var/log/x.log"
    assert translation.carried == tree


# Variables ----------------------------------------------------------------------------------------------------------


def text_of(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else to_text(value)


def configured(**variables: str) -> tuple[MDMConfig, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        os.environ.update(variables)
        try:
            config = MDMConfig()
        finally:
            for name in variables:
                del os.environ[name]
    assert all(issubclass(warning.category, DeprecatedVariableWarning) for warning in caught)
    return config, [str(warning.message) for warning in caught]


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[None]:
    with inside(Place(tmp_path)):
        yield


def variable(row: Row) -> str:
    return row.name if row.name.startswith("MDM_") else row.variable


def test_every_legacy_variable_is_covered() -> None:
    assert {variable(row) for row in VARIABLES} == set(legacy_variables())


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("row", DEPRECATED, ids=variable)
def test_a_legacy_variable_sets_its_setting_and_says_its_new_name(row: Row) -> None:
    config, (warning,) = configured(**{variable(row): text_of(row.old)})
    expected, none = configured(**{SCHEMA[key].env_name: text_of(value) for key, value in row.targets.items()})
    assert none == []
    for key in SCHEMA:
        assert config.value(key) == expected.value(key), key
    assert variable(row) in warning
    assert all(SCHEMA[key].env_name in warning for key in row.targets)
    assert config.candidates(next(iter(row.targets)))[0].origin.name == variable(row)


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("row", DEPRECATED, ids=variable)
def test_the_new_variable_wins_over_the_legacy_one(row: Row) -> None:
    new = {SCHEMA[key].env_name: other_value(key, value) for key, value in row.targets.items()}
    config, (warning,) = configured(**{variable(row): text_of(row.old)}, **new)
    expected, _ = configured(**new)
    for key in row.targets:
        assert config.value(key) == expected.value(key)
        assert config.value(key) != SCHEMA[key].parse(row.targets[key])
    assert variable(row) in warning


def other_value(key: str, value: Any) -> str:
    """Return the text of another value of the setting than *value*: its default, or one that differs from it."""
    setting = SCHEMA[key]
    if setting.is_path:
        return "/another/place"
    default = plain(setting.default)
    if default != value:
        return json.dumps(default) if isinstance(default, list) else to_text(default)
    return to_text(not value)


def test_a_variable_where_the_old_program_guessed_another_type(tmp_path: Path) -> None:
    place = Place(tmp_path, {"MDM_DATABASE_POSTGRESQL_PASSWORD": "12,34", "MDM_DATABASE_POSTGRESQL_USER": "true"})
    with inside(place):
        notes = {found.name: found.note for found in ConfigurationMigrator().analyse().variables}
        config, _ = configured()
    assert config.database.postgresql_password.get_secret_value() == "12,34"
    assert config.database.postgresql_user == "true"
    assert "list" in notes["MDM_DATABASE_POSTGRESQL_PASSWORD"]
    assert "true or false" in notes["MDM_DATABASE_POSTGRESQL_USER"]


# Defaults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", OLD_DEFAULTS.strip().splitlines())
@pytest.mark.parametrize("file", ["config.yaml", "mdm.yaml", "settings.json"])
def test_changed_defaults(line: str, file: str, tmp_path: Path) -> None:
    key, old, new = line.split(" | ")
    place = Place(tmp_path)
    place.home.mkdir()
    (place.home / file).write_text("")
    with inside(place):
        plan = ConfigurationMigrator().plan()
        assert identical(plain(MDMConfig.of_defaults().value(key)), yaml.safe_load(new))
    section, name = key.split(".")
    assert identical(yaml.safe_load(plan.after or "")[section][name], yaml.safe_load(old))
    assert f"  {name}: {old}  # the old default; the new one is " in (plan.after or "")


def test_the_old_defaults_are_all_that_an_empty_file_becomes(tmp_path: Path) -> None:
    leaves: list[Leaf] = []
    translation = translate(SCHEMA, leaves, {})
    assert set(translation.old_defaults) == {line.split(" | ")[0] for line in OLD_DEFAULTS.strip().splitlines()}
    assert translation.outcomes == ()
