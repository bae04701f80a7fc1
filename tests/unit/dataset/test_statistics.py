"""Statistics of columns: defined exactly, the same whatever the chunks and the backend are."""

from __future__ import annotations

import statistics as reference
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm.dataset.statistics as statistics_module
from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.dataset.statistics import AGGREGATES, BINS, ColumnStatistics, statistics_of
from mdm.dataset.statistics_kept import STATISTICS
from mdm.routes import open_storage
from mdm.storage.info import DatasetInfo

from .conftest import Write

ALL = tuple(AGGREGATES)


def described(values: list[Any], kind: str = "double") -> ColumnStatistics:
    return statistics_of(pl.Series("x", values), kind, ALL)


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=50).filter(lambda values: max(values) - min(values) > 1))
def test_numbers_are_described_as_the_textbook_does(values: list[float]) -> None:
    n, mean, found = len(values), reference.fmean(values), described(values)
    moments = [sum((value - mean) ** power for value in values) / n for power in (2, 3, 4)]
    skew = (n * (n - 1)) ** 0.5 / (n - 2) * moments[1] / moments[0] ** 1.5
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (moments[2] / moments[0] ** 2 - 3) + 6)
    expected = {
        "mean": mean,
        "std": reference.stdev(values),
        "min": min(values),
        "max": max(values),
        "median": reference.median(values),
        "skew": skew,
        "kurtosis": kurtosis,
    }
    assert found.aggregates == pytest.approx(expected, rel=1e-6, abs=1e-6)
    quartiles = reference.quantiles(values, n=4, method="inclusive")
    assert [found.quantiles[share] for share in ("0.25", "0.5", "0.75")] == pytest.approx(quartiles, abs=1e-6)
    assert (sum(found.histogram), len(found.histogram)) == (n, BINS)


@pytest.mark.parametrize(
    ("values", "missing", "without"),
    [
        pytest.param([None, float("nan")], 2, {*ALL}, id="nothing there"),
        pytest.param([1.0], 0, {"std", "skew", "kurtosis"}, id="one value"),
        pytest.param([1.0, 2.0, None], 1, {"skew", "kurtosis"}, id="two values"),
        pytest.param([5.0] * 9, 0, {"skew", "kurtosis"}, id="constant"),
    ],
)
def test_what_values_do_not_have_is_none(values: list[float | None], missing: int, without: set[str]) -> None:
    found = statistics_of(pl.Series("x", values, pl.Float64), "double", ALL)
    assert found.missing == missing
    assert {name for name, value in found.aggregates.items() if value is None} == without


def test_infinity_is_a_value_but_in_no_bin() -> None:
    found = described([1.0, 2.0, float("inf")])
    assert (found.count, found.aggregates["max"], sum(found.histogram)) == (3, float("inf"), 2)


def test_texts_dates_and_booleans_have_what_suits_them() -> None:
    texts = described(["b", "a", "b", None, "ccc", "a"], "string")
    assert (texts.top, dict(texts.lengths)) == ((("a", 2), ("b", 2), ("ccc", 1)), {"min": 1, "mean": 1.4, "max": 3})
    dates = described([date(2024, 1, 2), None, date(2023, 1, 2)], "date32[day]")
    assert dates.histogram == (1, *[0] * 14, 1)
    assert dates.aggregates == {"min": date(2023, 1, 2), "max": date(2024, 1, 2)}
    assert described([True, False, True], "bool").top == ((True, 2), (False, 1))
    assert described(["a", "b"], "string").top == ()


@pytest.mark.parametrize("backend", ["sqlite", "duckdb"])
def test_they_depend_neither_on_chunks_nor_on_the_backend(tmp_path: Path, write: Write, backend: str) -> None:
    path = write("rows.csv", "a,b,c\n" + "".join(f"{i / 7},{i % 13},t{i % 11}\n" for i in range(5000)))

    def found(chunk_size: int, memory: int) -> tuple[ColumnStatistics, ...]:
        settings = {"chunk_size": chunk_size, "batch_size": chunk_size, "memory_limit_mb": memory}
        client = Client(MDMConfig(paths={"home": tmp_path / f"home{chunk_size}"}, performance=settings))
        client.register("rows", path, backend=backend)
        return client.stats("rows")

    expected = tuple(statistics_of(column, kind, ALL) for column, kind in _columns(path))
    assert found(1000, 256) == found(100_000, 4096) == expected


def test_the_settings_say_which(tmp_path: Path, write: Write) -> None:
    settings = {"numeric_aggregations": ["max", "mean"]}
    client = Client(MDMConfig(paths={"home": tmp_path / "home"}, features=settings))
    client.register("rows", write("rows.csv", "a,b\n1,x\n2,y\n3,z\n"))
    [found] = client.stats("rows", ["a"])
    assert list(found.aggregates.items()) == [("max", 3), ("mean", 2.0)]


def _columns(path: Path) -> list[tuple[pl.Series, str]]:
    return list(zip(pl.read_csv(path), ("double", "int64", "string"), strict=True))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns whose statistics are computed from here on."""
    names: list[str] = []
    statistics_of = statistics_module.statistics_of

    def noted(column: pl.Series, kind: str, aggregations: Sequence[str]) -> ColumnStatistics:
        names.append(column.name)
        return statistics_of(column, kind, aggregations)

    monkeypatch.setattr(statistics_module, "statistics_of", noted)
    return names


def test_they_are_computed_once_for_the_same_rows_and_settings(
    tmp_path: Path, write: Write, computed: list[str]
) -> None:
    config = MDMConfig(paths={"home": tmp_path / "home"})
    client = Client(config)
    client.register("rows", write("a.csv", "day,x,y\n2024-01-02 03:04:05,1.5,a\n2024-01-03 00:00:00,,b\n,inf,a\n"))
    first = client.stats("rows")
    assert client.stats("rows") == first
    assert computed == ["day", "x", "y"]
    client.update("rows", description="said")
    assert Client(config).stats("rows") == first
    client.stats("rows", ["x"])
    config.features.numeric_aggregations = ["mean"]
    client.stats("rows", ["x"])
    client.update("rows", write("b.csv", "day,x,y\n2024-01-02,2,a\n"))
    assert client.stats("rows", ["x"])[0].count == 3
    assert computed == ["day", "x", "y", "x", "x", "x"]


@pytest.mark.parametrize(
    "values",
    [
        [datetime(2024, 1, 2, 3, 4, 5, 6, UTC), None, datetime(2024, 1, 2, 3, 4, 5, 6, UTC)],
        [date(1, 1, 1), date(9999, 12, 31), date(1, 1, 1)],
        [time(1, 2, 3), time(1, 2, 3)],
        [timedelta(-1, 5), timedelta(-1, 5)],
        [Decimal("1.50"), Decimal("1.50")],
        [b"\x00\xff", b"\x00\xff"],
        ["\x00<b>", "\x00<b>", None],
        [True, True, False],
        [float("inf"), 1e-320, 1e-320],
        [2**62, 2**62],
    ],
)
def test_what_is_kept_is_read_back_exactly(values: list[Any]) -> None:
    found = (described(values, "some"),)
    again = STATISTICS.read(STATISTICS.write(found))
    assert again == found
    assert [type(value) for value, _ in again[0].top] == [type(value) for value, _ in found[0].top]


SPILLED = {
    "numbers": pa.array([None, 1.5, float("nan"), 3.25, 1.5, -7.0] * 40),
    "infinite": pa.array([1.0, 2.0, float("inf"), 3.0]),
    "whole": pa.array([3, 1, 2**62, 1]),
    "constant": pa.array([5] * 9),
    "nothing": pa.array([None, None], pa.float64()),
    "texts": pa.array(["é", None, "bb", "é", ""] * 3),
    "days": pa.array([date(2024, 1, 2), None, date(1969, 1, 2), date(2024, 1, 2)]),
    "moments": pa.array([datetime(2024, 1, 2, 3, 4, 5, 6, UTC), None], pa.timestamp("us", "UTC")),
    "spans": pa.array([timedelta(-1), timedelta(1), timedelta(1)], pa.duration("us")),
    "exact": pa.array([Decimal("1.50"), Decimal("1.50"), Decimal("2.25")], pa.decimal128(9, 2)),
    "truths": pa.array([True, False, True]),
}


@pytest.mark.parametrize("name", SPILLED)
def test_what_does_not_fit_the_memory_is_described_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    config = MDMConfig(paths={"home": tmp_path}, performance={"cache_enabled": False, "chunk_size": 1000})
    rows = pa.table({name: SPILLED[name]}).to_reader(2)
    with open_storage(config, "duckdb") as storage:
        storage.create(DatasetInfo("rows", datetime.now(UTC)), {"data": rows})
    client = Client(config)
    [expected] = client.stats("rows")
    monkeypatch.setattr(statistics_module, "_BYTES_OF_A_VALUE", 2**60)
    [found] = client.stats("rows")
    told, wanted = asdict(found), asdict(expected)
    for part in ("aggregates", "quantiles"):
        some, others = told.pop(part), wanted.pop(part)
        assert some == (pytest.approx(others) if expected.is_numeric else others)
    assert told == wanted
