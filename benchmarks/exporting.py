"""A dataset into files for other programs, beside what DuckDB does with its own table, and pandas by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .measure import Effort, Way, compared, in_new_folder, job
from .ours import export, register
from .results import Comparison, Measure
from .rows import write_csv

MEASURES: Sequence[Measure] = ("cpu", "wall", "memory")
FORMATS = {"csv": "CSV", "parquet": "Parquet, packed by gzip"}


def measured(effort: Effort) -> Iterator[Comparison]:
    home, rows = Path.cwd(), effort.size(1_000_000)
    csv = write_csv(home / "rows.csv", rows)
    peers = {"SQLite": ("pandas by hand", by_pandas), "DuckDB": ("DuckDB's COPY", copy)}
    for backend in map(str.lower, peers):
        register(str(csv), str(home / backend), backend)
    for form, named in FORMATS.items():
        for backend, (peer, by_peer) in peers.items():
            folder = home / backend.lower()
            database = folder / "datasets" / f"bench.{backend.lower()}"
            what = f"export {rows:,} rows of 12 columns from {backend} to {named}"
            ways = {peer: written(form, by_peer, database), "MDM": written(form, export, folder)}
            yield compared(what, ways, effort.rounds(3), peer, MEASURES)


def written(form: str, work: Callable[..., None], source: Path) -> Way:
    """Return what writes *source* to a file of *form*, in a folder of its own."""
    return in_new_folder(lambda folder: job(work, source, folder / f"out.{form}"))


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
