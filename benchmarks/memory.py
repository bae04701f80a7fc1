"""The peak of memory while files of four times the limit are loaded and exported, above the bare process.

``python benchmarks/memory.py [--megabytes 1024] [--limit 256] [--backends sqlite,duckdb] [--formats csv]``

The bare process has imported all that the work needs. Every run is a process of its own; ``over`` marks a peak above
the limit. The Parquet file has one group of rows, not compressed.
"""

from __future__ import annotations

import argparse
import gzip
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import nullcontext
from pathlib import Path

from bulk_load import server

FORMATS = ("csv", "csv.gz", "csv.zst", "csv.zip", "jsonl", "parquet")


def write_csv(path: Path, megabytes: int) -> None:
    chosen = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("id,x,category,text,day\n")
        row = 0
        while file.tell() < megabytes * 2**20:
            for _ in range(10_000):
                remark = f"a remark of some length, number {chosen.randrange(10**9)}, " * 2
                file.write(f'{row},{chosen.random():.6f},c{row % 50},"{remark}",2024-01-{row % 28 + 1:02}\n')
                row += 1


def convert(csv: Path, form: str) -> Path:
    """Write the rows in another format, beside *csv*."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq

    path = csv.with_name(f"data.{form}")
    if form == "csv.gz":
        with csv.open("rb") as file, gzip.open(path, "wb", 1) as packed:
            shutil.copyfileobj(file, packed)
    elif form == "csv.zst":
        with csv.open("rb") as file, pa.CompressedOutputStream(str(path), "zstd") as packed:
            shutil.copyfileobj(file, packed)
    elif form == "csv.zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(csv, "data.csv")
    elif form == "jsonl":
        import polars as pl

        pl.scan_csv(csv).sink_ndjson(path)
    elif form == "parquet":
        pq.write_table(arrow_csv.read_csv(csv), path, row_group_size=10**9, use_dictionary=False, compression="none")
    return path


def run_one(backend: str, file: str, limit: str, host: str) -> None:
    """Load and export once, and print the peaks."""
    import polars as pl  # noqa: F401
    import pyarrow.parquet as pq  # noqa: F401

    from mdm.client import Client
    from mdm.config.models import MDMConfig
    from mdm.storage.registry import open_storage

    user = {"postgresql_user": "postgres", "postgresql_database": "postgres"}
    address = {"postgresql_host": host, **user} if host else {}
    with tempfile.TemporaryDirectory(prefix="mdm-bench-") as folder:
        config = MDMConfig(paths={"home": folder}, database=address, performance={"memory_limit_mb": int(limit)})
        with open_storage(config, backend), Client(config) as client:
            bare, name = peak(), Path(file).name
            for verb, work in (
                ("register", lambda: client.register("large", file, backend=backend)),
                (
                    "export",
                    lambda: client.export("large", Path(folder, "out.parquet"), metadata=False, backend=backend),
                ),
            ):
                begun = time.process_time()
                work()
                found, seconds = peak() - bare, time.process_time() - begun
                over = "over" if found > int(limit) else ""
                print(f"{backend:<11} {name:<13} {verb:<9} {found:5.0f} MB  {seconds:6.1f} s CPU  {over}", flush=True)
            client.remove("large", backend)


def peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=1024)
    options.add_argument("--limit", type=int, default=256)
    options.add_argument("--backends", default="sqlite,duckdb,postgresql")
    options.add_argument("--formats", default=",".join(FORMATS))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="mdm-bench-") as folder:
        csv = Path(folder) / "data.csv"
        write_csv(csv, chosen.megabytes)
        for form in chosen.formats.split(","):
            path = convert(csv, form)
            for backend in chosen.backends.split(","):
                with server() if backend == "postgresql" else nullcontext({"postgresql_host": ""}) as database:
                    line = [sys.executable, __file__, "--one", backend, str(path), str(chosen.limit)]
                    subprocess.run([*line, str(database["postgresql_host"])], check=True)
            if path != csv:
                path.unlink()


if __name__ == "__main__":
    run_one(*sys.argv[2:]) if sys.argv[1:2] == ["--one"] else main()
