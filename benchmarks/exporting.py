"""A dataset into files for other programs, beside what DuckDB does with its own table, and pandas by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .measure import Effort, compared, in_new_folder, job
from .ours import export, register
from .results import Comparison, Measure
from .rows import write_csv

MEASURES: Sequence[Measure] = ("cpu", "wall", "memory")
FORMATS = {"csv": "CSV", "parquet": "Parquet, packed by gzip"}


def measured(effort: Effort) -> Iterator[Comparison]:
    home, rows = Path.cwd(), effort.size(1_000_000)
    csv = write_csv(home / "rows.csv", rows)
    for backend in ("sqlite", "duckdb"):
        register(str(csv), str(home / backend), backend)
    for form, named in FORMATS.items():
        what = f"export {rows:,} rows of 12 columns"
        yield from_sqlite(f"{what} from SQLite to {named}", home / "sqlite", form, effort.rounds(3))
        yield from_duckdb(f"{what} from DuckDB to {named}", home / "duckdb", form, effort.rounds(3))


def from_sqlite(what: str, home: Path, form: str, rounds: int) -> Comparison:
    database = home / "datasets" / "bench.sqlite"
    ways = {
        "pandas by hand": in_new_folder(lambda folder: job(by_pandas, database, folder / f"out.{form}")),
        "MDM": in_new_folder(lambda folder: job(export, home, folder / f"out.{form}")),
    }
    return compared(what, ways, rounds, "pandas by hand", MEASURES)


def from_duckdb(what: str, home: Path, form: str, rounds: int) -> Comparison:
    database = home / "datasets" / "bench.duckdb"
    ways = {
        "DuckDB's COPY": in_new_folder(lambda folder: job(copy, database, folder / f"out.{form}")),
        "MDM": in_new_folder(lambda folder: job(export, home, folder / f"out.{form}")),
    }
    return compared(what, ways, rounds, "DuckDB's COPY", MEASURES)


def by_pandas(database: str, out: str) -> None:
    import sqlite3

    import pandas as pd

    with sqlite3.connect(database) as connection:
        frame = pd.read_sql("SELECT * FROM data", connection)
    if out.endswith(".csv"):
        frame.to_csv(out, index=False)
    else:
        frame.to_parquet(out, index=False, compression="gzip")


def copy(database: str, out: str) -> None:
    import duckdb

    with duckdb.connect(database, read_only=True) as connection:
        packed = " (COMPRESSION gzip)" if out.endswith(".parquet") else ""
        connection.execute(f"COPY data TO '{out}'{packed}")
