"""Statistics of a table in SQLite, against ADBC and Polars by hand and, where it is installed, pandas.

``python benchmarks/describing.py [--rows 200000] [--runs 3]``

CPU time in one process, in turn, medians; the ratio is to the work by hand, which gives the same statistics.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bulk_load import write_csv

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def by_hand(database: Path) -> None:
    import polars as pl
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(str(database)) as connection, connection.cursor() as cursor:
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


def pandas_describe(database: Path) -> None:
    import sqlite3

    import pandas as pd

    with sqlite3.connect(database) as connection:
        pd.read_sql("SELECT * FROM data", connection).describe(include="all", percentiles=list(SHARES))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()

    from mdm.client import Client
    from mdm.config.models import MDMConfig

    with tempfile.TemporaryDirectory(prefix="mdm-bench-") as folder:
        write_csv(Path(folder, "rows.csv"), chosen.rows)
        client, database = Client(MDMConfig(paths={"home": folder})), Path(folder, "datasets", "bench.sqlite")
        client.register("bench", Path(folder, "rows.csv"))
        jobs: dict[str, Callable[[], object]] = {
            "by hand": lambda: by_hand(database),
            "mdm": lambda: client.stats("bench"),
        }
        if find_spec("pandas"):
            jobs["pandas describe"] = lambda: pandas_describe(database)
        spent: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(chosen.runs):
            for name, job in jobs.items():
                begun = time.process_time()
                job()
                spent[name].append(time.process_time() - begun)
        medians = {name: sorted(times)[len(times) // 2] for name, times in spent.items()}
        for name, seconds in medians.items():
            print(f"{name:<16} {seconds:6.2f} s  {seconds / medians['by hand']:5.2f}x")


if __name__ == "__main__":
    sys.exit(main())
