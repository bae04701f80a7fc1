"""One suite over all engines: each gives what Polars gives. Spark is tried where pyspark and Java are installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from mdm.config.models import MDMConfig
from mdm.errors import UsageError
from mdm.features.engines import engine
from mdm.features.engines.engine import engine_for, open_engine
from mdm.features.table import Table
from mdm.integrations.extras import MissingExtraError

from .conftest import Make
from .test_laws import TARGET, mixed

SPARK = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None, reason="needs pyspark (extra spark) and Java 17"
)
NO_SPARK_WARNINGS = pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"
)


@pytest.fixture(scope="module")
def session() -> Iterator[None]:
    """One session for all tests of Spark: to start one takes seconds."""
    from pyspark.sql import SparkSession

    quiet = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.log.level": "ERROR"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in quiet.items():
        builder = builder.config(name, value)
    begun = builder.getOrCreate()
    yield
    begun.stop()


@pytest.fixture(params=["duckdb", pytest.param("pyspark", marks=[SPARK, NO_SPARK_WARNINGS, pytest.mark.timeout(600)])])
def other(request: pytest.FixtureRequest) -> str:
    """An engine that is not Polars."""
    if request.param == "pyspark":
        request.getfixturevalue("session")
    return str(request.param)


@pytest.mark.parametrize("encoding", ["label", "onehot", "count", "target"])
def test_features_are_those_of_polars(make: Make, other: str, encoding: str) -> None:
    frame = mixed(500).drop("words")
    settings: dict[str, Any] = {"categorical_encoding": encoding, "numeric_missing_strategy": "fill_median"}
    settings["families"] = ["numeric", "categorical", "datetime"]  # Spark has no others
    expected = make(frame, home="polars", **TARGET, **settings)
    found = make(frame, home=other, engine=other, **TARGET, **settings)
    assert found.made.fit.engine == other
    assert_frame_equal(found.frame, expected.frame, check_exact=False, rel_tol=1e-9, abs_tol=1e-9)
    assert found.left_out == expected.left_out


def test_hard_columns_are_those_of_polars(make: Make, other: str) -> None:
    nan, inf = float("nan"), float("inf")
    times = pd.date_range("1969-12-31 22:00", periods=6, freq="7h13min", tz="Asia/Kolkata").to_pydatetime().tolist()
    frame = pl.DataFrame(
        {
            "odd": [1.0, nan, None, inf, -inf, 3.0],
            "big": [2**62, 2**61, None, 5, 2**60, 7],
            "missing": pl.Series([None] * 6, dtype=pl.Float64),
            "constant": [4] * 6,
            "half constant": [4, None] * 3,
            "flag": [True, None, False, True, True, False],
            "when": [*times[:3], None, *times[4:]],
            "price": np.exp(np.arange(6)).tolist(),
        }
    )
    expected = make(frame, home="polars")
    found = make(frame, home=other, engine=other)
    assert found.left_out == expected.left_out == {"missing": "all missing", "constant": "constant"}
    assert_frame_equal(found.frame, expected.frame, check_exact=False, rel_tol=1e-9, abs_tol=1e-9)


def test_duckdb_makes_features_of_texts_too(make: Make) -> None:
    frame = mixed(300).select("words")
    expected = make(frame, home="polars", text_max_features=9)
    assert_frame_equal(make(frame, home="duckdb", engine="duckdb", text_max_features=9).frame, expected.frame)


@SPARK
@NO_SPARK_WARNINGS
def test_what_an_engine_cannot_do_is_said_before_it_begins(make: Make) -> None:
    with pytest.raises(
        UsageError, match=r"pyspark cannot make features of text\n  hint: .*numeric,categorical,datetime"
    ):
        make(mixed(50), engine="pyspark")


@SPARK
@NO_SPARK_WARNINGS
def test_names_that_spark_cannot_read_are_refused(make: Make) -> None:
    with pytest.raises(UsageError, match=r"Spark cannot read the column 'a\.b'\n  hint: rename"):
        make(pl.DataFrame({"a.b": [1.5, 2.5] * 9, "c": [1.5, 2.5] * 9}), engine="pyspark")


def test_a_missing_engine_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError("No module named 'pyspark'", name="pyspark.sql")

    monkeypatch.setattr(engine, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"needs the package pyspark\n  hint: .*\[spark\]"):
        open_engine("pyspark", MDMConfig())
    with pytest.raises(UsageError, match="unknown engine dask"):
        open_engine("dask", MDMConfig())


@pytest.mark.parametrize(
    ("columns", "text", "rows", "expected"),
    [
        pytest.param(2, "a", 10**6, "polars", id="small"),
        pytest.param(2, "a", 10**8, "duckdb", id="more rows than fit"),
        pytest.param(1, "a" * 1000, 10**5, "duckdb", id="one column that is too much to be held"),
        pytest.param(10, "a" * 100, 10**5, "polars", id="columns that are held one after the other"),
        pytest.param(2, "a", 0, "polars", id="nothing"),
    ],
)
def test_a_table_that_is_too_much_for_the_memory_goes_to_duckdb(
    columns: int, text: str, rows: int, expected: str
) -> None:
    first = pa.table({f"c{number}": [text] * min(rows, 1000) for number in range(columns)})
    table = Table(first.schema, rows, lambda names, size: iter(first.select(names).to_batches(size)), {})
    assert engine_for(table.measured(), MDMConfig(performance={"memory_limit_mb": 256})) == expected
