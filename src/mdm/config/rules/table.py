"""The table of rules: where every legacy setting goes. To add a legacy key, add a row.

Keys in one row mean the same; where several are set, the first one counts. Rows that lead to the same new key count in
their order as well.
"""

from __future__ import annotations

from functools import cache

from mdm.config.rules.conversions import (
    ALL_FAMILIES,
    BYTES,
    COMPONENT_LEVEL,
    CONFIG_FOLDER,
    ENCODING,
    FAMILIES,
    FILE_COUNT,
    FRACTION,
    LOG_FILE,
    LOG_FOLDER,
    LOG_FORMAT,
    LOWER,
    MEGABYTE_COUNT,
    MEGABYTES,
    NAMED_FAMILIES,
    NEGATED,
    NONE_WORD,
    NUMBER,
    OPTIONAL_TEXT,
    PRAGMA,
    ROUNDED_UP,
    SIZE,
    SYNCHRONOUS,
    TEXT,
    THREADS,
    UPPER,
    WORDS,
    YES_NO,
)
from mdm.config.rules.rule import LegacyKey, Rule, expand, rename

_ENABLE = tuple(f"features.enable_{family}" for family in FAMILIES)


def _postgresql(field: str) -> str:
    return f"database.postgresql.{field} database.postgresql_{field} postgresql.{field}"


def _enabled(family: str) -> str:
    return (
        f"feature_engineering.generic.{family}.enabled feature_engineering.generic_features.{family}.enabled"
        f" features.{family}.enabled feature_engineering.{family}_enabled"
    )


def _generic(family: str, field: str) -> str:
    return f"feature_engineering.generic.{family}.{field} feature_engineering.generic_features.{family}.{field}"


def _detection(field: str) -> str:
    return f"feature_engineering.type_detection.{field} feature_engineering.{field}"


# fmt: off
RULES: tuple[Rule, ...] = (
    # database
    rename("database.default_backend database.backend storage.default_backend storage.backend backend", "database.default_backend", LOWER),
    rename("database.sqlite.synchronous database.sqlite_synchronous sqlite.synchronous database.sqlite.pragmas.synchronous database.backends.sqlite.synchronous storage.backends.sqlite.options.synchronous storage_options.synchronous", "database.sqlite_synchronous", SYNCHRONOUS),
    rename("database.sqlite.journal_mode database.sqlite_journal_mode sqlite.journal_mode database.sqlite.pragmas.journal_mode storage.backends.sqlite.options.journal_mode storage_options.journal_mode", "database.sqlite_journal_mode", PRAGMA),
    rename("database.sqlite.cache_size database.sqlite_cache_size sqlite.cache_size database.sqlite.pragmas.cache_size storage_options.cache_size", "database.sqlite_cache_size", NUMBER),
    rename("database.duckdb.memory_limit database.duckdb_memory_limit duckdb.memory_limit database.duckdb.settings.memory_limit database.duckdb.max_memory database.backends.duckdb.memory_limit", "database.duckdb_memory_limit", SIZE),
    rename("database.duckdb.threads database.duckdb_threads duckdb.threads database.duckdb.settings.threads", "database.duckdb_threads", THREADS),
    rename("database.duckdb.temp_directory database.duckdb_temp_directory database.duckdb.settings.temp_directory duckdb.temp_directory", "database.duckdb_temp_directory", OPTIONAL_TEXT),
    rename(_postgresql("host"), "database.postgresql_host", TEXT),
    rename(_postgresql("port"), "database.postgresql_port", NUMBER),
    rename(_postgresql("user"), "database.postgresql_user", TEXT),
    rename(_postgresql("password"), "database.postgresql_password", TEXT),
    rename(_postgresql("sslmode"), "database.postgresql_sslmode", LOWER),
    rename(_postgresql("sslrootcert"), "database.postgresql_sslrootcert", OPTIONAL_TEXT),
    rename(_postgresql("sslcert"), "database.postgresql_sslcert", OPTIONAL_TEXT),
    rename(_postgresql("sslkey"), "database.postgresql_sslkey", OPTIONAL_TEXT),
    rename(_postgresql("database"), "database.postgresql_database", TEXT),
    rename("database.postgresql.pool_size database.postgresql_pool_size performance.connection_pool_size performance.pool.size storage.connection_pool.size database.sqlalchemy.pool_size database.sqlalchemy_pool_size database.pool_size", "database.postgresql_pool_size", NUMBER),
    rename("database.postgresql.max_overflow performance.pool.max_overflow storage.connection_pool.max_overflow database.sqlalchemy.max_overflow database.sqlalchemy_max_overflow database.max_overflow", "database.postgresql_max_overflow", NUMBER),
    rename("database.sqlalchemy.echo database.sqlalchemy_echo database.postgresql.echo database.echo database.echo_sql", "database.echo_sql", YES_NO),
    rename("database.connection_timeout database.sqlite.timeout", "database.connection_timeout", ROUNDED_UP),
    # performance
    rename("performance.batch_size performance.batch.size batch_size", "performance.batch_size", NUMBER),
    rename("performance.max_workers performance.batch.max_workers performance.parallel_workers performance.max_concurrent_operations performance.max_threads max_workers", "performance.max_workers", NUMBER),
    rename("performance.chunk_size chunk_size", "performance.chunk_size", NUMBER),
    rename("performance.memory_limit_mb performance.max_memory_mb", "performance.memory_limit_mb", MEGABYTE_COUNT),
    rename("performance.memory_limit", "performance.memory_limit_mb", MEGABYTES),
    rename("performance.enable_profiling development.profile_operations development.profile", "performance.enable_profiling", YES_NO),
    rename("performance.cache.enabled performance.cache_enabled performance.enable_cache performance.enable_caching", "performance.cache_enabled", YES_NO),
    rename("performance.cache_size_mb performance.cache.max_size_mb performance.cache_size", "performance.cache_size_mb", NUMBER),
    rename("features.batch_size feature_engineering.batch_size", "performance.feature_batch_size", NUMBER),
    rename("features.n_jobs performance.n_jobs feature_engineering.n_jobs feature_engineering.max_workers", "performance.feature_n_jobs", NUMBER),
    rename("performance.compression_level", "performance.compression_level", NUMBER),
    # logging
    rename("logging.level logs.level log_level", "logging.level", UPPER),
    rename("logging.file log_file", "logging.file", LOG_FILE),
    rename("paths.logs_path storage.logs_path logs_path", "logging.file", LOG_FOLDER),
    rename("logging.format", "logging.format", LOG_FORMAT),
    rename("logging.max_bytes logging.max_size", "logging.max_file_size", BYTES),
    rename("logging.max_file_size", "logging.max_file_size", SIZE),
    rename("logging.backup_count", "logging.retention", FILE_COUNT),
    rename("logging.console.level logging.console_level", "logging.console_level", UPPER),
    rename(("logging", "components", "mdm.storage"), "logging.storage_level", COMPONENT_LEVEL),
    rename(("logging", "components", "mdm.features"), "logging.features_level", COMPONENT_LEVEL),
    rename(("logging", "components", "mdm.cli"), "logging.cli_level", COMPONENT_LEVEL),
    # paths
    rename("mdm_home paths.home paths.base_path base_path home_dir", "paths.home", TEXT),
    rename("paths.datasets paths.datasets_path storage.datasets_path data_dir", "paths.datasets_path", TEXT),
    rename("paths.configs_path paths.config_path storage.configs_path configs_path", "paths.config_path", CONFIG_FOLDER),
    rename("paths.cache_path performance.cache.cache_dir cache_path", "paths.cache_path", TEXT),
    rename("paths.temp_path temp_path", "paths.temp_path", TEXT),
    rename("paths.custom_features_path", "paths.custom_features_path", TEXT),
    # export, cli
    rename("export.default_format", "export.default_format", LOWER),
    rename("export.compression", "export.compression", NONE_WORD),
    rename("export.include_metadata", "export.include_metadata", YES_NO),
    rename("cli.default_output_format", "cli.default_output_format", LOWER),
    rename("cli.page_size", "cli.page_size", NUMBER),
    rename("cli.confirm_destructive", "cli.confirm_destructive", YES_NO),
    rename("cli.show_progress performance.show_progress performance.enable_progress", "cli.show_progress", YES_NO),
    # datasets
    rename(_detection("categorical_threshold"), "datasets.categorical_threshold", NUMBER),
    rename(_detection("text_min_avg_length"), "datasets.text_min_avg_length", NUMBER),
    rename(_detection("detect_datetime"), "datasets.detect_datetime", YES_NO),
    # features
    expand("feature_engineering.enabled features.enabled features.generic_enabled", _ENABLE, ALL_FAMILIES),
    expand("feature_engineering.enabled_types features.enabled_transformers", _ENABLE, NAMED_FAMILIES),
    rename(_enabled("statistical"), "features.enable_numeric", YES_NO),
    rename(_enabled("categorical"), "features.enable_categorical", YES_NO),
    rename(_enabled("temporal"), "features.enable_datetime", YES_NO),
    rename(_enabled("text"), "features.enable_text", YES_NO),
    rename("features.custom.enabled features.custom_enabled features.custom.auto_discover feature_engineering.custom.enabled feature_engineering.custom_features.auto_discover feature_plugins_enabled", "features.enable_custom", YES_NO),
    rename(_generic("categorical", "max_cardinality") + " feature_engineering.categorical_max_cardinality features.categorical.max_cardinality", "features.categorical_max_cardinality", NUMBER),
    rename(_generic("categorical", "min_frequency") + " feature_engineering.categorical_min_frequency features.categorical.min_frequency", "features.categorical_min_frequency", FRACTION),
    rename("features.categorical.encoding_method " + _generic("categorical", "encoding_method"), "features.categorical_encoding", ENCODING),
    rename(_generic("temporal", "include_cyclical") + " " + _generic("temporal", "enable_cyclical") + " feature_engineering.temporal_include_cyclical features.temporal.enable_cyclical features.temporal.cyclical_encoding", "features.datetime_cyclical", YES_NO),
    rename("features.temporal.components", "features.datetime_components", WORDS),
    rename("features.text.max_features", "features.text_max_features", NUMBER),
    # top level
    rename("debug development.debug_mode development.debug", "debug", YES_NO),
)

FLAG_RULES: tuple[Rule, ...] = (
    rename("use_new_backend use_new_storage", "refactoring.use_new_backend", YES_NO),
    rename("use_legacy_storage", "refactoring.use_new_backend", NEGATED),
    rename("use_new_registrar use_new_dataset", "refactoring.use_new_registrar", YES_NO),
    rename("use_legacy_registration", "refactoring.use_new_registrar", NEGATED),
    rename("use_new_features", "refactoring.use_new_features", YES_NO),
    rename("use_legacy_features", "refactoring.use_new_features", NEGATED),
    rename("use_new_config", "refactoring.use_new_config", YES_NO),
    rename("use_legacy_config", "refactoring.use_new_config", NEGATED),
    rename("enable_comparison_tests", "refactoring.enable_comparison_tests", YES_NO),
    rename("enable_performance_tracking", "refactoring.enable_performance_tracking", YES_NO),
    rename("enable_memory_profiling", "refactoring.enable_memory_profiling", YES_NO),
    rename("auto_fallback", "refactoring.auto_fallback", YES_NO),
    rename("rollout_percentage.new_backend", "refactoring.backend_rollout_percentage", NUMBER),
    rename("rollout_percentage.new_registrar", "refactoring.registrar_rollout_percentage", NUMBER),
    rename("rollout_percentage.new_features", "refactoring.features_rollout_percentage", NUMBER),
)

SHORT_VARIABLES: dict[str, LegacyKey] = {
    "MDM_BACKEND": ("database", "backend"),
    "MDM_DEFAULT_BACKEND": ("database", "backend"),
    "MDM_DATABASE_BACKEND": ("database", "backend"),
    "MDM_STORAGE_BACKEND": ("database", "backend"),
    "MDM_BATCH_SIZE": ("batch_size",),
    "MDM_MAX_WORKERS": ("performance", "max_workers"),
    "MDM_MAX_CONCURRENT_OPERATIONS": ("performance", "max_workers"),
    "MDM_LOG_LEVEL": ("log_level",),
    "MDM_LOG_FILE": ("logging", "file"),
    "MDM_HOME": ("mdm_home",),
    "MDM_HOME_DIR": ("mdm_home",),
    "MDM_MDM_HOME": ("mdm_home",),
    "MDM_BASE_PATH": ("mdm_home",),
    "MDM_DATASETS_PATH": ("paths", "datasets_path"),
    "MDM_DEBUG": ("debug",),
}

# What a user of the old program lived with who never set the value; the new default is another one.
OLD_DEFAULTS: dict[str, object] = {
    "database.duckdb_memory_limit": "8GB",
    "database.duckdb_threads": 4,
    "database.duckdb_temp_directory": "/tmp",  # noqa: S108
    "database.postgresql_pool_size": 10,
    "performance.max_workers": 5,
    "logging.file": "logs/mdm.log",
    "logging.max_file_size": "10MiB",
    "logging.retention": "5 files",
    "features.categorical_max_cardinality": 50,
}
# fmt: on


@cache
def rules_by_key() -> dict[LegacyKey, Rule]:
    """Return the rule of each legacy key."""
    return {key: rule for rule in RULES for key in rule.legacy}


@cache
def rules_by_target() -> dict[str, tuple[Rule, ...]]:
    """Return the rules that lead to each new key, in the order in which they count."""
    targets = {target for rule in RULES for target in rule.to}
    return {target: tuple(rule for rule in RULES if target in rule.to) for target in targets}
