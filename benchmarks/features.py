"""Features of a table, against the same by hand in Polars, and with pandas and scikit-learn.

``python benchmarks/features.py [--rows 1000000] [--runs 3]``

Twelve columns: four floats and two integers of which some are missing, two categories of 90 and 40 values, a flag,
a date, a time, an identifier. All make the same features of them and write them to a file of Arrow: statistics of the
whole column, the filled value, z-score, scale and deviation, codes, the parts of dates with sine and cosine. Every run
is a process of its own, and the peers take turns. CPU and wall time, and peak memory above what was there when the
table was read; medians, the ratio is to Polars by hand.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NUMBERS = ("a", "b", "c", "d", "age", "n")
CATEGORIES = ("city", "job", "flag")
PERIODS = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 60), "dayofweek": (0, 7), "quarter": (1, 4)}
OF_DATES = ("year", "month", "day", "dayofweek", "quarter")
OF_TIMES = ("year", "month", "day", "hour", "minute", "dayofweek", "quarter")


def write_table(path: Path, rows: int) -> None:
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
    write(path, pa.table(columns).to_batches(10_000))


def write(path: Path, batches: Any) -> None:
    import pyarrow as pa

    batches = iter(batches)
    first = next(batches)
    with path.open("wb") as file, pa.ipc.new_stream(file, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def mdm(path: Path, out: Path) -> int:
    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.features.applying import Applier
    from mdm.features.engines.engine import open_engine
    from mdm.features.fitting import Work, fit
    from mdm.features.table import Table

    def read(columns: Any, rows: int) -> Any:
        with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as stream:
            held = pa.Table.from_batches([batch.select(columns) for batch in stream])
        yield from held.to_batches(rows)

    with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as stream:
        schema = stream.schema
        rows = sum(len(batch) for batch in stream)
    config = MDMConfig()
    table = Table(schema, rows, read, {"id": "identifier", "city": "category", "job": "category", "n": "integer"})
    with open_engine("polars", config).staged(table, out.parent) as staged:
        fitted = fit(Work(table, ("numeric", "categorical", "datetime"), config), staged, "polars", "")
    columns = list(fitted.columns)
    with Applier(fitted, out.parent, -1) as applier:
        write(out, applier.stream(table.batches(columns, config.performance.feature_batch_size)))
    return len(fitted.features)


def polars(path: Path, out: Path) -> int:
    import polars as pl

    frame = pl.read_ipc_stream(path).rechunk()
    asked = []
    for name in NUMBERS:
        column = pl.col(name).cast(pl.Float64)
        column = pl.when(column.is_finite()).then(column)
        kinds = ("mean", "std", "min", "max", "median", "skew", "kurtosis")
        asked += [getattr(column, kind)().alias(f"{name} {kind}") for kind in kinds]
    asked += [pl.col(name).value_counts().implode().alias(name) for name in CATEGORIES]
    asked += [
        getattr(pl.col(name), kind)().alias(f"{name} {kind}")
        for name in ("day", "seen")
        for kind in ("min", "null_count")
    ]
    found = frame.lazy().select(asked).collect().row(0, named=True)
    features = []
    for name in NUMBERS:
        of = {kind: found[f"{name} {kind}"] for kind in ("mean", "std", "min", "max", "median")}
        column = pl.col(name).cast(pl.Float64)
        value = pl.when(column.is_finite()).then(column).otherwise(of["mean"])
        if name != "n":
            features.append(pl.col(name).is_null().cast(pl.Int64).alias(f"{name}__missing"))
        features += [
            value.alias(f"{name}__value"),
            ((value - of["mean"]) / of["std"]).alias(f"{name}__zscore"),
            ((value - of["min"]) / (of["max"] - of["min"])).alias(f"{name}__minmax"),
            (value - of["median"]).abs().alias(f"{name}__deviation"),
        ]
    for name in CATEGORIES:
        kept = sorted(each[name] for each in found[name] if each["count"] >= 0.01 * len(frame))
        code = pl.col(name).replace_strict(kept, range(len(kept)), default=len(kept), return_dtype=pl.Int64)
        features.append(code.alias(f"{name}__code"))
    for name, parts in (("day", OF_DATES), ("seen", OF_TIMES)):
        for part in parts:
            moment = pl.col(name).dt
            number = moment.weekday() - 1 if part == "dayofweek" else getattr(moment, part)()
            features.append(number.cast(pl.Int64).alias(f"{name}__{part}"))
            if part in PERIODS:
                start, period = PERIODS[part]
                angle = (number.cast(pl.Float64) - start) * (2 * math.pi / period)
                features += [angle.sin().alias(f"{name}__{part}_sin"), angle.cos().alias(f"{name}__{part}_cos")]
    frame.lazy().select(features).collect().write_ipc_stream(out)
    return len(features)


def pandas(path: Path, out: Path) -> int:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from sklearn.preprocessing import OrdinalEncoder

    with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as stream:
        frame = stream.read_all().to_pandas()
    made: dict[str, Any] = {}
    for name in NUMBERS:
        column = frame[name].astype("float64")
        mean, std, low, high, median = column.mean(), column.std(), column.min(), column.max(), column.median()
        column.skew(), column.kurt()
        value = column.fillna(mean)
        if name != "n":
            made[f"{name}__missing"] = column.isna().astype("int64")
        made[f"{name}__value"] = value
        made[f"{name}__zscore"] = (value - mean) / std
        made[f"{name}__minmax"] = (value - low) / (high - low)
        made[f"{name}__deviation"] = (value - median).abs()
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-2, min_frequency=0.01, dtype=np.int64)
    codes = encoder.fit_transform(frame[list(CATEGORIES)])
    made |= {f"{name}__code": codes[:, place] for place, name in enumerate(CATEGORIES)}
    for name, parts in (("day", OF_DATES), ("seen", OF_TIMES)):
        moment = pd.to_datetime(frame[name]).dt
        for part in parts:
            number = getattr(moment, "day_of_week" if part == "dayofweek" else part).astype("int64")
            made[f"{name}__{part}"] = number
            if part in PERIODS:
                start, period = PERIODS[part]
                angle = (number - start) * (2 * math.pi / period)
                made |= {f"{name}__{part}_sin": np.sin(angle), f"{name}__{part}_cos": np.cos(angle)}
    write(out, pa.Table.from_pandas(pd.DataFrame(made), preserve_index=False).to_batches())
    return len(made)


PEERS: dict[str, Callable[[Path, Path], int]] = {"polars by hand": polars, "pandas + scikit-learn": pandas, "mdm": mdm}


def run(peer: str, path: Path, out: Path) -> None:
    import polars as pl  # noqa: F401  # what every peer imports is not measured
    import pyarrow as pa  # noqa: F401

    before, begun = time.process_time(), time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    features = PEERS[peer](path, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    done = {"cpu": time.process_time() - before, "wall": time.perf_counter() - begun, "mb": peak / 1024}
    print(json.dumps(done | {"features": features}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        run(asked.one[0], Path(asked.one[1]), Path(asked.one[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "table.arrow", Path(folder) / "features.arrow"
        write_table(path, asked.rows)
        found: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
        for _ in range(asked.runs):
            for peer in PEERS:
                command = [sys.executable, __file__, "--one", peer, str(path), str(out)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                found[peer].append(json.loads(done.stdout))
    medians = {
        peer: {key: statistics.median(one[key] for one in runs) for key in runs[0]} for peer, runs in found.items()
    }
    first = medians["polars by hand"]
    print("| | features | CPU | wall | memory |\n|---|---|---|---|---|")
    for peer, of in medians.items():
        times = " | ".join(f"{of[key]:.2f} s ({of[key] / first[key]:.2f}x)" for key in ("cpu", "wall"))
        print(f"| {peer} | {of['features']:.0f} | {times} | {of['mb']:.0f} MB |")


if __name__ == "__main__":
    main()
