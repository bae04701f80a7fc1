"""The peak of memory while a file of four times the limit is stored, described, made features of, and exported.

Every piece of work is a process of its own; what counts is above the bare process, which has imported what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .measure import Effort, Way, compared, job, lacking
from .ours import export, features, register, stats
from .results import MEGABYTE, Comparison, Limit
from .rows import write_remarks
from .server import NO_SERVER, postgresql

LIMIT = 256  # megabytes, the least that performance.memory_limit_mb may be
TIMES = 4
FAMILIES = ("numeric", "categorical", "datetime")  # those of texts would take most of an hour
IMPORTS = (
    *("mdm.client", "mdm.config.models", "mdm.features.making", "mdm.routes.features", "mdm.storage.registry"),
    *("adbc_driver_sqlite.dbapi", "duckdb", "polars", "psycopg_pool", "pyarrow.csv", "pyarrow.parquet"),
    "sklearn.feature_extraction.text",
)


def measured(effort: Effort) -> Iterator[Comparison]:
    megabytes = TIMES * LIMIT // (50 if effort.quick else 1)
    csv = write_remarks(Path.cwd() / "large.csv", megabytes)
    with postgresql() as database:
        yield within(f"storing {megabytes:,} MB", storing(csv, database))
        yield within(f"using {megabytes:,} MB that are stored", using(database))


def within(what: str, ways: dict[str, Way]) -> Comparison:
    limits = [Limit(way, LIMIT * MEGABYTE, measure="memory") for way in ways]
    return compared(what, ways, 1, measures=("memory", "cpu", "wall"), limits=limits)


def storing(csv: Path, database: dict[str, Any] | None) -> dict[str, Way]:
    return {
        "MDM, CSV into SQLite": limited(register, csv, home("sqlite"), "sqlite", {}, LIMIT),
        "MDM, CSV into DuckDB": limited(register, csv, home("duckdb"), "duckdb", {}, LIMIT),
        "MDM, CSV into PostgreSQL": served(database, register, csv, home("postgresql"), "postgresql", database, LIMIT),
        "MDM, Parquet of one group of rows, SQLite": limited(
            register, parquet(csv), home("parquet"), "sqlite", {}, LIMIT
        ),
    }


def using(database: dict[str, Any] | None) -> dict[str, Way]:
    out = Path.cwd() / "out.parquet"
    return {
        "MDM, statistics from SQLite": limited(stats, home("sqlite"), LIMIT),
        "MDM, features from SQLite": limited(features, home("sqlite"), LIMIT, FAMILIES),
        "MDM, features from DuckDB by DuckDB": limited(features, home("duckdb"), LIMIT, FAMILIES, "duckdb"),
        "MDM, export from SQLite": limited(export, home("sqlite"), out, LIMIT),
        "MDM, export from DuckDB": limited(export, home("duckdb"), out, LIMIT),
        "MDM, export from PostgreSQL": served(database, export, home("postgresql"), out, LIMIT, "postgresql", database),
    }


def home(name: str) -> Path:
    return Path.cwd() / name


def limited(work: Callable[..., None], *arguments: object) -> Way:
    return job(work, *arguments, imports=IMPORTS)


def served(database: dict[str, Any] | None, work: Callable[..., None], *arguments: object) -> Way:
    return limited(work, *arguments) if database else lacking(NO_SERVER)


def parquet(csv: Path) -> Path:
    """Write the same rows in one group, not compressed."""
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq

    path = csv.with_suffix(".parquet")
    pq.write_table(arrow_csv.read_csv(csv), path, row_group_size=10**9, use_dictionary=False, compression="none")
    return path
