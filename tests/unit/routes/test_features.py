"""Features by the plain and the fast implementation: the same, whichever makes or reuses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mdm.cli.dataset.showing import as_json, facts
from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.core.feature_flags import feature_flags
from mdm.core.metrics import metrics_collector
from mdm.errors import MdmError
from mdm.features import new_rows, numeric
from mdm.features.computing import Opener, by_engine
from mdm.features.feature import FAMILIES, Fit
from mdm.features.fitting import Work
from mdm.features.making import kept_fit
from mdm.features.table import Table
from mdm.reference.features import plainly, transform_plainly
from mdm.routes import features as route
from tests.cutover.conftest import here
from tests.unit.features.test_laws import mixed

__all__ = ["here"]


def table_of(frame: pl.DataFrame, **known: Any) -> Table:
    """Return a frame as what features are made of."""
    rows = frame.to_arrow()

    def read(columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        yield from rows.select(list(columns)).to_batches(size)

    return Table(rows.schema, frame.height, read, **{"kinds": {}, **known})


def made(table: Table, opener: Opener, **settings: Any) -> tuple[Fit, pl.DataFrame] | str:
    """Return what is fitted and computed by one implementation, or why nothing is."""
    config = MDMConfig(features=settings, performance={"feature_n_jobs": 1, "feature_batch_size": 100})
    work = Work(table, FAMILIES, config)
    try:
        with opener(work, "polars", Path()) as computer:
            fitted = computer.fit()
            return fitted, pl.DataFrame(pa.Table.from_batches(computer.computed(fitted)))
    except MdmError as error:
        return str(error)


def assert_same(table: Table, **settings: Any) -> None:
    """Both implementations make the same of *table*: names, families, what is left out, numbers."""
    plain, fast = made(table, plainly, **settings), made(table, by_engine, **settings)
    if isinstance(plain, str) or isinstance(fast, str):
        assert plain == fast
        return
    described = [
        [(each.name, each.family, each.column, each.kind) for each in fit.features] for fit, _ in (plain, fast)
    ]
    assert described[0] == described[1]
    same = {"features": (), "left_out": plain[0].left_out}
    assert replace(plain[0], features=()) == replace(fast[0], **same)  # type: ignore[arg-type]
    assert_frame_equal(plain[1], fast[1], check_exact=False, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("encoding", ["label", "onehot", "count", "target"])
@pytest.mark.parametrize(
    ("target", "problem"), [("y", "regression"), ("y", "multiclass"), ("colour", "multiclass"), (None, None)]
)
def test_both_make_the_same_of_a_mixed_table(encoding: str, target: str | None, problem: str | None) -> None:
    table = table_of(mixed(500), target=target, problem_type=problem)
    assert_same(table, categorical_encoding=encoding, categorical_min_frequency=0.05, text_max_features=15)


@pytest.mark.parametrize("strategy", ["drop", "fill_mean", "fill_median", "fill_zero"])
@pytest.mark.parametrize("tfidf", [True, False])
def test_both_follow_the_settings(strategy: str, tfidf: bool) -> None:
    frame = pl.read_csv(Path("examples/penguins.csv").resolve()) if Path("examples").exists() else mixed(90)
    listed = ["mean", "std", "min", "max", "median", "skew", "kurtosis"]
    given = {"numeric_missing_strategy": strategy, "text_use_tfidf": tfidf, "text_max_features": 9}
    assert_same(table_of(frame), numeric_aggregations=listed, **given)
    assert_same(table_of(mixed(120)), numeric_aggregations=["median"], datetime_cyclical=False, **given)


NUMBERS = st.none() | st.integers(-1000, 1000).map(lambda n: n / 4) | st.sampled_from([float("nan"), float("inf")])
TIMES = st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001
WORDS = st.none() | st.text("ab c1,é", max_size=9)
ROW = st.tuples(NUMBERS, st.none() | st.integers(0, 3), st.none() | st.booleans(), TIMES, WORDS, st.sampled_from("xyz"))


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(ROW, max_size=30), part=st.integers(1, 4), encoding=st.sampled_from(["label", "onehot", "target"]))
def test_both_make_the_same_of_any_table(rows: list[tuple[Any, ...]], part: int, encoding: str) -> None:
    types: dict[str, Any] = {
        "x": pl.Float64,
        "n": pl.Int64,
        "b": pl.Boolean,
        "t": pl.Datetime("us"),
        "w": pl.String,
        "y": pl.String,
    }
    frame = pl.DataFrame(rows, schema=types, orient="row")
    split = frame.with_columns(mdm_split=pl.Series(["test" if n % 5 == part else "train" for n in range(len(rows))]))
    table = table_of(split, target="y", problem_type="multiclass", kinds={"n": "category"})
    assert_same(table, categorical_encoding=encoding, text_min_df=0.1, categorical_min_frequency=0.1)


def test_both_make_the_same_of_dates_and_categories_of_floats() -> None:
    days = [None if n % 9 == 0 else date(2023, 12, 30) + timedelta(days=n) for n in range(40)]
    grades = [None if n % 7 == 0 else float("nan") if n % 5 == 0 else n % 3 / 2 for n in range(40)]
    table = table_of(pl.DataFrame({"day": days, "grade": grades}), kinds={"grade": "category"})
    for encoding in ("label", "onehot", "count"):
        assert_same(table, categorical_encoding=encoding)


@pytest.mark.parametrize("encoding", ["onehot", "target"])
def test_both_make_the_same_of_new_rows(encoding: str) -> None:
    table = table_of(mixed(300), target="y", problem_type="regression")
    fast = made(table, by_engine, categorical_encoding=encoding, text_max_features=9)
    assert not isinstance(fast, str)
    rows, config = mixed(340)[290:].to_arrow(), MDMConfig()
    plain, quick = (each(fast[0], rows, config) for each in (transform_plainly, new_rows.transform))
    assert_frame_equal(pl.DataFrame(plain), pl.DataFrame(quick), check_exact=False, rel_tol=1e-9, abs_tol=1e-9)


def counted() -> dict[str, float]:
    """What was counted of the routes of features."""
    counters = metrics_collector.summary()["counters"]
    return {name: n for name, n in counters.items() if name.startswith("route.") and "features" in name}


@pytest.fixture
def client(here: Path) -> Client:
    """A client of an installation with legacy files, with one dataset; features are routed to the fast one."""
    (here / "config.yaml").write_text("database: {backend: sqlite}\n")
    feature_flags.set("use_new_features", True)
    mixed(60).write_parquet("rows.parquet")
    client = Client(MDMConfig(features={"text_max_features": 5}))
    client.register("rows", "rows.parquet", target="y")
    metrics_collector.reset()
    return client


def test_what_one_has_made_the_other_uses(client: Client) -> None:
    fast = client.features("rows")
    feature_flags.set("use_new_features", False)
    assert client.make_features("rows").reused
    assert not client.make_features("rows", refit=True).reused
    assert_frame_equal(client.features("rows"), fast, check_exact=False, rel_tol=1e-9, abs_tol=1e-9)
    client.features("rows", mixed(5))
    made = {name: n for name, n in counted().items() if "compared" not in name}
    assert made == {
        'route.new{route="features.make"}': 1,
        'route.legacy{route="features.make"}': 3,
        'route.legacy{route="features.transform"}': 1,
    }


def test_the_plain_one_stands_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("the library is broken")

    monkeypatch.setattr(numeric, "fit", broken)
    assert "number__zscore" in client.features("rows").columns
    assert counted()['route.fallback{route="features.make"}'] == 1
    with pytest.raises(OSError, match="broken"):  # who names an engine wants this one
        client.make_features("rows", engine="polars", refit=True)


def test_a_sample_is_compared(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(10):  # one call in ten
        client.make_features("rows")
    assert counted()['route.compared{route="features.make"}'] == 1
    assert not [name for name in counted() if "mismatch" in name or "failed" in name]
    monkeypatch.setattr(route, "_FIRST_ROWS", 20)
    monkeypatch.setattr(numeric, "_SKEWED", 99.0)
    for _ in range(10):
        client.make_features("rows")
    assert counted()['route.mismatch{route="features.make"}'] == 1


def test_nothing_to_make_is_no_fallback(client: Client) -> None:
    pl.DataFrame({"same": [1] * 9}).write_csv("same.csv")
    client.register("same", "same.csv")
    with pytest.raises(MdmError, match="no column makes a feature"):
        client.make_features("same")
    assert not [name for name in counted() if "fallback" in name]


class TestUpToDate:
    """Features are made anew when the rows, or their parts, are others."""

    def test_rows_that_were_added(self, client: Client) -> None:
        client.make_features("rows")
        mixed(80)[60:].write_parquet("more.parquet")
        client.update("rows", "more.parquet")
        made = client.make_features("rows")
        assert (made.reused, made.rows, made.fit.rows) == (False, 80, 60)  # by what was fitted before
        assert client.features("rows").height == 80

    def test_another_split(self, client: Client, heard: list[str]) -> None:
        pl.DataFrame({"x": [n * n % 7 / 2 for n in range(50)], "y": [0.5, 1.5] * 25}).write_csv("whole.csv")
        client.register("whole", "whole.csv", target="y")
        assert client.make_features("whole").fit.trained == 50
        client.split("whole", test=0.2)
        assert client.make_features("whole").fit.trained == 40
        assert client.make_features("whole").reused
        client.split("whole", test=0.2, seed=7)
        assert not client.make_features("whole").reused
        reasons = [line.partition("fitted anew: ")[2] for line in heard if "fitted anew" in line]
        assert reasons == ["other columns, other split", "other split"]
        assert client.features("whole", part="train").height == 40
        client.export("whole", "train.csv", table="features", part="train")
        assert pl.read_csv("train.csv").height == 40

    def test_another_dataset_of_the_name(self, client: Client) -> None:
        client.make_features("rows")
        mixed(60).with_columns(number=pl.lit(1.0) * pl.int_range(60)).write_parquet("rows.parquet")
        client.register("rows", "rows.parquet", target="y", force=True)
        assert kept_fit(client.info("rows")) is None
        made = client.make_features("rows")
        assert (made.reused, client.features("rows")["number__value"].to_list()) == (False, [*map(float, range(60))])


def test_a_description_sums_features_up(client: Client) -> None:
    assert "features" not in dict(facts(client.info("rows"), 0))
    made = client.make_features("rows")
    summed = as_json(client.info("rows"), 0)["notes"]["features"]
    assert (summed["count"], summed["fitted_rows"]) == (len(made.fit.features), made.fit.trained)
    assert sum(summed["families"].values()) == summed["count"]
    assert summed["fitted"] == made.fit.fitted
    assert f"{summed['count']} (numeric " in dict(facts(client.info("rows"), 0))["features"]


def test_what_was_made_is_logged(client: Client, heard: list[str]) -> None:
    client.make_features("rows")
    assert any(" mdm.features.making made " in line and " features of rows in 0." in line for line in heard)
