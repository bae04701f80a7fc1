"""The settings of MDM: one class a section, one line a setting."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr

from mdm.config.root import Root
from mdm.config.section import Section
from mdm.config.types import SCHEMA_VERSION, ExpandedPath, Level, LineFormat, Retention, Rotation, Size, Version
from mdm.core.file_errors import file_error
from mdm.core.files import make_folder
from mdm.errors import FileError, Problem

Backend = Literal["sqlite", "duckdb", "postgresql"]
# A table reads best with one line a row.
# fmt: off
Percentage = Annotated[int, Field(ge=0, le=100)]


class DatabaseConfig(Section):
    """Where datasets are stored, and how the databases are opened."""

    section: ClassVar[str] = "database"

    default_backend: Backend = Field(default="sqlite", description="Backend of a dataset registered without --backend.")
    sqlite_synchronous: Literal["OFF", "NORMAL", "FULL", "EXTRA"] = Field(default="NORMAL", description="PRAGMA synchronous of every SQLite connection.")
    sqlite_journal_mode: Literal["DELETE", "TRUNCATE", "PERSIST", "MEMORY", "WAL", "OFF"] = Field(default="WAL", description="PRAGMA journal_mode of every SQLite connection.")
    sqlite_cache_size: int = Field(default=-64_000, description="PRAGMA cache_size; negative: KiB, positive: pages.")
    duckdb_memory_limit: Size = Field(default=Size("1GB"), description="Memory that DuckDB may use.")
    duckdb_threads: int | None = Field(default=None, ge=1, description="Threads of DuckDB; none: all processors.")
    duckdb_temp_directory: ExpandedPath | None = Field(default=None, description="Folder where DuckDB spills; none: paths.temp_path.")
    postgresql_host: str = Field(default="localhost", description="Host of the PostgreSQL server.")
    postgresql_port: int = Field(default=5432, ge=1, le=65_535, description="Port of the PostgreSQL server.")
    postgresql_user: str = Field(default="mdm", description="User at the PostgreSQL server.")
    postgresql_password: SecretStr = Field(default=SecretStr(""), description="Password at the PostgreSQL server; never shown.")
    postgresql_database: str = Field(default="mdm", description="Database at the PostgreSQL server.")
    postgresql_pool_size: int = Field(default=5, ge=1, description="Connections that the pool keeps open.")
    postgresql_max_overflow: int = Field(default=10, ge=0, description="Connections that the pool may open above its size.")
    postgresql_sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = Field(default="prefer", description="How far the connection to PostgreSQL is encrypted and checked.")
    postgresql_sslrootcert: ExpandedPath | None = Field(default=None, description="Certificate of the authority that signed the server's.")
    postgresql_sslcert: ExpandedPath | None = Field(default=None, description="Certificate of the client.")
    postgresql_sslkey: ExpandedPath | None = Field(default=None, description="Key of the client's certificate.")
    echo_sql: bool = Field(default=False, description="Log each SQL statement at DEBUG, with its duration.")
    connection_timeout: int = Field(default=30, ge=1, description="Seconds to wait for a connection or a lock.")


def _some_workers(count: int) -> int:
    if count == 0:
        raise ValueError("0 workers can do nothing; use -1 for all processors, or 1 and more")
    return count


class PerformanceConfig(Section):
    """How much work is done at once, and with how much memory."""

    section: ClassVar[str] = "performance"

    batch_size: int = Field(default=10_000, ge=100, le=1_000_000, description="Rows in one write batch.")
    max_workers: int = Field(default=4, ge=1, le=32, description="Threads for work that runs side by side.")
    memory_limit_mb: int = Field(default=1024, ge=256, description="Megabytes that loading and features may use.")
    enable_profiling: bool = Field(default=False, description="Write a profile of each command under paths.temp_path.")
    cache_enabled: bool = Field(default=True, description="Reuse results of stats and features while nothing they depend on has changed.")
    cache_size_mb: int = Field(default=512, ge=64, description="Megabytes of that cache on disk.")
    feature_batch_size: int = Field(default=5000, ge=100, description="Rows in one feature batch.")
    feature_n_jobs: Annotated[int, AfterValidator(_some_workers)] = Field(default=-1, ge=-1, description="Workers of feature generation; -1: all processors.")
    chunk_size: int = Field(default=10_000, ge=1000, description="Rows in one chunk when a dataset is read.")
    use_arrow: bool = Field(default=True, description="Read through Arrow; otherwise with the plain reader.")
    compression_level: int = Field(default=6, ge=0, le=9, description="Level of compressed exports.")


class LoggingConfig(Section):
    """What is logged, where to, and how long it is kept."""

    section: ClassVar[str] = "logging"

    level: Level = Field(default="INFO", description="Lowest level written to the log file.")
    format: LineFormat = Field(default="{time:YYYY-MM-DD HH:mm:ss} | {level} | {name}:{line} | {message}", description="Line format of the log file in loguru's notation, or json for one JSON object a line.")
    file: ExpandedPath | None = Field(default=None, description="Log file; none: no file.")
    max_file_size: Size = Field(default=Size("100MB"), description="Size at which the log file is rotated.")
    rotation: Rotation = Field(default="1 day", description="Age or time at which the log file is rotated.")
    retention: Retention = Field(default="1 week", description="How long rotated files are kept, or how many (5 files).")
    console_level: Level = Field(default="WARNING", description="Lowest level written to standard error.")
    storage_level: Level | None = Field(default=None, description="Overrides level for mdm.storage.")
    features_level: Level | None = Field(default=None, description="Overrides level for mdm.features.")
    cli_level: Level | None = Field(default=None, description="Overrides level for mdm.cli.")


class PathsConfig(Section):
    """Where MDM keeps its files; what is not set follows home."""

    section: ClassVar[str] = "paths"

    home: ExpandedPath = Field(default=Path("~/.mdm"), validate_default=True, description="Root of everything that follows.")
    datasets_path: ExpandedPath = Field(default=Path("{home}/datasets"), description="Dataset databases.")
    config_path: ExpandedPath = Field(default=Path("{home}/config"), description="Dataset descriptions and custom features.")
    cache_path: ExpandedPath = Field(default=Path("{home}/cache"), description="Cache.")
    temp_path: ExpandedPath = Field(default=Path("{home}/temp"), description="Temporary files.")
    custom_features_path: ExpandedPath = Field(default=Path("{config_path}/custom_features"), description="Python files of custom features.")

    def settle_paths(self, home: Path | None) -> None:  # noqa: ARG002  # it has its own
        """Let what is not set follow home, and lay relative paths under it."""
        values = self.__dict__
        values["home"] = self.state.home = values["home"].absolute()
        for name, info in type(self).model_fields.items():
            path = values[name] if name in {"home", *self.model_fields_set} else str(info.default).format_map(values)
            values[name] = values["home"] / path

    def ensure_directories(self) -> None:
        """Make every folder of this section that does not exist, for its owner alone.

        Raises FileError with each that cannot be made, and the name of its setting.
        """
        problems = []
        for name in type(self).model_fields:
            path: Path = getattr(self, name)
            try:
                make_folder(path)
            except (OSError, ValueError) as error:
                found = file_error(error, path, "make").problems[0]
                problems.append(Problem(f"{found.where}: {found.message}", f"{self.section}.{name}", found.hint))
        if problems:
            raise FileError(*problems)


def _low_to_high(pair: tuple[int, int]) -> tuple[int, int]:
    low, high = pair
    if not 1 <= low <= high:
        raise ValueError("not a range; write the lowest and the highest length, with 1 <= low <= high")
    return pair


class FeaturesConfig(Section):
    """Which features are generated, and how."""

    section: ClassVar[str] = "features"

    enable_numeric: bool = Field(default=True, description="Generate features of numeric columns.")
    enable_categorical: bool = Field(default=True, description="Generate features of categorical columns.")
    enable_datetime: bool = Field(default=True, description="Generate features of date and time columns.")
    enable_text: bool = Field(default=True, description="Generate features of text columns.")
    enable_custom: bool = Field(default=True, description="Generate custom features.")
    numeric_aggregations: list[Literal["mean", "std", "min", "max", "median", "skew", "kurtosis"]] = Field(default=["mean", "std", "min", "max", "median", "skew", "kurtosis"], description="Statistics computed of numeric columns.")
    numeric_missing_strategy: Literal["drop", "fill_mean", "fill_median", "fill_zero"] = Field(default="fill_mean", description="What is done about missing numbers.")
    categorical_max_cardinality: int = Field(default=100, ge=2, description="Most distinct values of a column treated as categorical.")
    categorical_min_frequency: float = Field(default=0.01, ge=0, le=1, description="Share below which values fall into one other value.")
    categorical_encoding: Literal["onehot", "label", "target", "count"] = Field(default="label", description="Encoding of categorical columns.")
    datetime_components: list[Literal["year", "month", "day", "hour", "minute", "dayofweek", "quarter"]] = Field(default=["year", "month", "day", "hour", "minute", "dayofweek", "quarter"], description="Parts taken of a date.")
    datetime_cyclical: bool = Field(default=True, description="Add sine and cosine of the periodic parts.")
    text_max_features: int = Field(default=1000, ge=1, description="Size of the vocabulary.")
    text_ngram_range: Annotated[tuple[int, int], AfterValidator(_low_to_high)] = Field(default=(1, 2), description="Shortest and longest n-grams.")
    text_min_df: float = Field(default=0.01, ge=0, le=1, description="Lowest document frequency of a word.")
    text_use_tfidf: bool = Field(default=True, description="Weight words by TF-IDF; otherwise count them.")


class DatasetsConfig(Section):
    """How the types of columns are detected."""

    section: ClassVar[str] = "datasets"

    categorical_threshold: int = Field(default=20, ge=2, description="Most distinct values of a column detected as categorical.")
    text_min_avg_length: int = Field(default=50, ge=1, description="Lowest average length of a column detected as free text.")
    detect_datetime: bool = Field(default=True, description="Try text columns as dates and times.")


class ExportConfig(Section):
    """What an export looks like unless the command says otherwise."""

    section: ClassVar[str] = "export"

    default_format: Literal["csv", "parquet", "json"] = Field(default="csv", description="Format of an export without --format.")
    compression: Literal["none", "gzip", "zip", "zstd"] = Field(default="zip", description="Compression of an export without --compression.")
    include_metadata: bool = Field(default=True, description="Write the description of the dataset beside the export.")


class CliConfig(Section):
    """How the command line prints and asks."""

    section: ClassVar[str] = "cli"

    default_output_format: Literal["rich", "table", "json", "csv"] = Field(default="rich", description="Output of listing commands.")
    page_size: int = Field(default=20, ge=1, description="Rows shown of a list.")
    confirm_destructive: bool = Field(default=True, description="Ask before something is removed or overwritten.")
    show_progress: bool = Field(default=True, description="Show progress bars on a terminal.")


class RefactoringConfig(Section):
    """The cutover from the legacy parts to the new ones."""

    section: ClassVar[str] = "refactoring"

    use_new_backend: bool = Field(default=False, description="Use the new storage backends.")
    use_new_registrar: bool = Field(default=False, description="Use the new dataset registrar.")
    use_new_features: bool = Field(default=False, description="Use the new feature engine.")
    use_new_config: bool = Field(default=False, description="Use the new configuration.")
    enable_comparison_tests: bool = Field(default=True, description="Compare the inactive system with the active one.")
    enable_performance_tracking: bool = Field(default=True, description="Measure and count.")
    enable_memory_profiling: bool = Field(default=False, description="Measure memory too.")
    auto_fallback: bool = Field(default=True, description="Fall back to the legacy part when the new one fails.")
    backend_rollout_percentage: Percentage = Field(default=0, description="Share of subjects on the new backends.")
    registrar_rollout_percentage: Percentage = Field(default=0, description="Share of subjects on the new registrar.")
    features_rollout_percentage: Percentage = Field(default=0, description="Share of subjects on the new feature engine.")


class MDMConfig(Root, defer_build=False):
    """The whole configuration of MDM.

    ``MDMConfig()`` reads the environment, ``MDMConfig.load_from_file(path)`` a file and the environment.
    """

    if TYPE_CHECKING:  # a section may be given as a mapping, too

        def __init__(self, /, **explicit: Any) -> None: ...

    database: DatabaseConfig = Field(default_factory=DatabaseConfig.of_defaults)
    performance: PerformanceConfig = Field(default_factory=PerformanceConfig.of_defaults)
    logging: LoggingConfig = Field(default_factory=LoggingConfig.of_defaults)
    paths: PathsConfig = Field(default_factory=PathsConfig.of_defaults)
    features: FeaturesConfig = Field(default_factory=FeaturesConfig.of_defaults)
    datasets: DatasetsConfig = Field(default_factory=DatasetsConfig.of_defaults)
    export: ExportConfig = Field(default_factory=ExportConfig.of_defaults)
    cli: CliConfig = Field(default_factory=CliConfig.of_defaults)
    refactoring: RefactoringConfig = Field(default_factory=RefactoringConfig.of_defaults)
    debug: bool = Field(default=False, description="Log to the console at DEBUG, and show tracebacks.")
    version: Version = Field(default=SCHEMA_VERSION, description="Version of the schema that the file was written for.")
    legacy: dict[Any, Any] = Field(default_factory=dict, description="Settings of the legacy files that have no counterpart here, under their old keys.")
