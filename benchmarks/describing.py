"""Statistics of a table in SQLite, beside ADBC and Polars by hand, which gives the same ones, and pandas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .measure import Effort, compared, job
from .ours import register, stats
from .results import Comparison, Limit
from .rows import write_csv

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
IMPORTS = ("polars", "pyarrow", "adbc_driver_sqlite.dbapi")  # what each of them needs


def measured(effort: Effort) -> Iterator[Comparison]:
    home, rows = Path.cwd(), effort.size(1_000_000)
    csv = write_csv(home / "rows.csv", rows)
    register(str(csv), str(home), "sqlite")
    database = home / "datasets" / "bench.sqlite"
    hand = "by hand, ADBC and Polars"
    ways = {
        hand: job(by_hand, database, imports=IMPORTS),
        "mdm dataset stats": job(stats, home, imports=IMPORTS),
        "pandas describe, which does less": job(pandas_describe, database, imports=IMPORTS),
    }
    limits = [Limit("mdm dataset stats", 1.3, hand)]
    what = f"statistics of {rows:,} rows of 12 columns"
    yield compared(what, ways, effort.rounds(3), hand, ("cpu", "wall", "memory"), limits)


def by_hand(database: str) -> None:
    import polars as pl
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM data")
        frame = pl.from_arrow(cursor.fetch_arrow_table())
    for column in frame:
        values = column.drop_nulls()
        values.n_unique()
        values.value_counts(sort=True).head(5)
        if values.dtype.is_numeric():
            _ = [values.mean(), values.std(), values.min(), values.max(), values.median(), values.skew()]
            _ = [values.kurtosis(), values.hist(bin_count=16), *(values.quantile(share, "linear") for share in SHARES)]
        else:
            lengths = values.str.len_chars()
            _ = [lengths.min(), lengths.mean(), lengths.max()]


def pandas_describe(database: str) -> None:
    import sqlite3

    import pandas as pd

    with sqlite3.connect(database) as connection:
        pd.read_sql("SELECT * FROM data", connection).describe(include="all", percentiles=list(SHARES))
