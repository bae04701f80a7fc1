"""CSV into a dataset, beside what the databases themselves and pandas do with the same file.

MDM does all that ``mdm dataset register`` does: types, kinds and leaks are detected, the source gets its checksum.
Every run is a process of its own, imports and all. The CPU time of PostgreSQL's server is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .measure import Effort, Way, compared, in_new_folder, job, lacking, process
from .ours import register
from .results import Comparison, Limit, Measure
from .rows import COLUMNS, FLIGHTS, write_csv, write_flights
from .server import NO_SERVER, postgresql

MEASURES: Sequence[Measure] = ("wall", "cpu", "memory")
IMPORT, PANDAS, CREATE, COPY = (
    "sqlite3 .import, all text",
    "pandas.to_sql",
    "CREATE TABLE AS FROM read_csv",
    "raw CSV COPY",
)


def measured(effort: Effort) -> Iterator[Comparison]:
    rows, rounds = effort.size(1_000_000), effort.rounds(3)
    csv = write_csv(Path.cwd() / "rows.csv", rows)
    what = f"{rows:,} rows of 12 columns"
    yield into_sqlite(what, csv, rounds)
    yield into_duckdb(what, csv, rounds)
    yield into_postgresql(what, csv, rounds)
    csv.unlink()
    yield from real(f"{FLIGHTS:,} flights of 19 columns", effort.rounds(3))


def real(what: str, rounds: int) -> Iterator[Comparison]:
    try:
        csv = write_flights(Path.cwd() / "flights.csv")
    except ModuleNotFoundError as error:
        yield compared(what, {"all": lacking(str(error))}, rounds)
        return
    yield into_sqlite(what, csv, rounds)
    yield into_duckdb(what, csv, rounds)


def into_sqlite(what: str, csv: Path, rounds: int) -> Comparison:
    ways = {
        IMPORT: in_new_folder(lambda folder: sqlite_import(csv, folder)),
        PANDAS: fresh(pandas_to_sql, csv),
        "MDM": fresh(register, csv, "sqlite"),
    }
    limits = [Limit("MDM", 0.75, IMPORT, "wall"), Limit("MDM", 0.5, PANDAS, "memory")]
    return compared(f"{what} into SQLite", ways, rounds, IMPORT, MEASURES, limits)


def into_duckdb(what: str, csv: Path, rounds: int) -> Comparison:
    ways = {CREATE: fresh(create_table_as, csv), "MDM": fresh(register, csv, "duckdb")}
    limits = [Limit("MDM", 1.15, CREATE, "wall")]
    return compared(f"{what} into DuckDB", ways, rounds, CREATE, MEASURES, limits)


def into_postgresql(what: str, csv: Path, rounds: int) -> Comparison:
    with postgresql() as database:
        ways = {
            COPY: fresh(raw_csv_copy, csv, database) if database else lacking(NO_SERVER),
            "MDM": fresh(register, csv, "postgresql", database) if database else lacking(NO_SERVER),
        }
        limits = [Limit("MDM", 1.0, COPY, "wall")]
        return compared(f"{what} into PostgreSQL", ways, rounds, COPY, MEASURES, limits)


def fresh(function: Callable[..., None], csv: Path, *arguments: object) -> Way:
    """Return a job that stores *csv* in a folder that is empty each time."""
    return in_new_folder(lambda folder: job(function, csv, folder, *arguments))


def sqlite_import(csv: Path, folder: Path) -> Way:
    return process(["sqlite3", str(folder / "peer.db"), "-cmd", ".mode csv", f".import {csv} data"])


def pandas_to_sql(csv: str, folder: str) -> None:
    import sqlite3

    import pandas as pd

    with sqlite3.connect(Path(folder, "peer.db")) as connection:
        pd.read_csv(csv).to_sql("data", connection, index=False, chunksize=10_000)


def create_table_as(csv: str, folder: str) -> None:
    import duckdb

    with duckdb.connect(Path(folder, "peer.duckdb")) as connection:
        connection.execute(f"CREATE TABLE data AS FROM read_csv('{csv}')")


def raw_csv_copy(csv: str, _folder: str, database: dict[str, Any]) -> None:
    import psycopg

    types = "BIGINT,BIGINT,BIGINT,FLOAT8,FLOAT8,BOOLEAN,TEXT,TEXT,TEXT,DATE,TIMESTAMP,BIGINT"
    columns = ", ".join(f"{name} {type_}" for name, type_ in zip(COLUMNS.split(","), types.split(","), strict=True))
    address = {"host": database["postgresql_host"], "user": "postgres", "dbname": "postgres"}
    with psycopg.connect(**address) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS peer; CREATE TABLE peer ({columns})")
        with Path(csv).open("rb") as file, cursor.copy("COPY peer FROM STDIN (FORMAT CSV, HEADER)") as copy:
            while block := file.read(1 << 16):
                copy.write(block)
