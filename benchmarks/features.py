"""Features of a table, beside the same by hand in Polars, and with pandas and scikit-learn.

All make the same 64 features of a table of Arrow, and write them to one: statistics of the whole column, the filled
value, z-score, scale and deviation, codes, the parts of dates with sine and cosine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .measure import Effort, compared, job
from .results import Comparison, Limit
from .rows import table, write_batches

NUMBERS = ("a", "b", "c", "d", "age", "n")
CATEGORIES = ("city", "job", "flag")
PERIODS = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 60), "dayofweek": (0, 7), "quarter": (1, 4)}
OF_DATES = ("year", "month", "day", "dayofweek", "quarter")
OF_TIMES = ("year", "month", "day", "hour", "minute", "dayofweek", "quarter")
HAND, PANDAS = "Polars, by hand", "pandas and scikit-learn"


def measured(effort: Effort) -> Iterator[Comparison]:
    rows, out = effort.size(1_000_000), Path.cwd() / "features.arrow"
    path = write_batches(Path.cwd() / "table.arrow", table(rows).to_batches(10_000))
    imports = ("polars", "pyarrow")
    ways = {
        HAND: job(polars, path, out, imports=imports),
        PANDAS: job(pandas, path, out, imports=imports),
        "MDM": job(ours, path, out, imports=imports),
    }
    limits = [Limit("MDM", 1.3, HAND), Limit("MDM", 1.0, PANDAS)]
    what = f"64 features of {rows:,} rows of 12 columns"
    yield compared(what, ways, effort.rounds(3), HAND, ("cpu", "wall", "memory"), limits)


def ours(path: str, out: str) -> None:
    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.features.computing import by_engine
    from mdm.features.fitting import Work
    from mdm.features.table import Table

    def read(columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        with pa.memory_map(path) as file, pa.ipc.open_stream(file) as stream:
            held = pa.Table.from_batches([batch.select(columns) for batch in stream])
        yield from held.to_batches(rows)

    with pa.memory_map(path) as file, pa.ipc.open_stream(file) as stream:
        schema = stream.schema
        rows = sum(len(batch) for batch in stream)
    kinds = {"id": "identifier", "city": "category", "job": "category", "n": "integer"}
    work = Work(Table(schema, rows, read, kinds).measured(), ("numeric", "categorical", "datetime"), MDMConfig())
    with TemporaryDirectory() as folder, by_engine(work, "polars", Path(folder)) as computer:
        write_batches(Path(out), computer.computed(computer.fit()))


def polars(path: str, out: str) -> None:
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


def pandas(path: str, out: str) -> None:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from sklearn.preprocessing import OrdinalEncoder

    with pa.memory_map(path) as file, pa.ipc.open_stream(file) as stream:
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
    write_batches(Path(out), pa.Table.from_pandas(pd.DataFrame(made), preserve_index=False).to_batches())
