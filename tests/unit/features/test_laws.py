"""What holds of all features: they depend on the rows and the settings, on nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.errors import DatasetError, UsageError
from mdm.features.feature import Feature, Fit, fit_of_dict
from mdm.features.making import kept_fit
from mdm.features.naming import with_free_names
from mdm.storage.registry import open_storage

from .conftest import NAME, Make

DAY = date(2024, 2, 27)


def mixed(rows: int) -> pl.DataFrame:
    """Return a table with every kind of column, parts and a target."""
    numbers = range(rows)
    return pl.DataFrame(
        {
            "number": [None if n % 7 == 0 else (n * 37 % 101) / 3 for n in numbers],
            "skewed": [1.5 ** (n % 23) for n in numbers],
            "colour": [None if n % 11 == 0 else ["red", "green", "blue"][n * n % 3] for n in numbers],
            "day": [None if n % 13 == 0 else DAY + timedelta(days=n % 400) for n in numbers],
            "words": [f"the word{n % 5} of row{n % 17} and part{n}" for n in numbers],
            "y": [float(n % 5) for n in numbers],
            "mdm_split": ["test" if n % 5 == 4 else "train" for n in numbers],
        }
    )


SETTINGS: dict[str, Any] = {"categorical_encoding": "target", "text_max_features": 12}
TARGET: dict[str, Any] = {"target": "y", "problem_type": "regression"}


@pytest.mark.parametrize(
    ("performance", "backend", "engine"),
    [
        ({"feature_batch_size": 100, "feature_n_jobs": 3}, "sqlite", None),
        ({"feature_batch_size": 100_000, "chunk_size": 1000}, "duckdb", None),
        ({"feature_n_jobs": 1, "memory_limit_mb": 256}, "sqlite", "polars"),
    ],
)
def test_neither_batches_nor_workers_nor_the_backend_matter(
    make: Make, performance: dict[str, int], backend: str, engine: str | None
) -> None:
    frame = mixed(2345)
    expected = make(frame, home="one", **TARGET, **SETTINGS)
    found = make(frame, home="two", performance=performance, backend=backend, engine=engine, **TARGET, **SETTINGS)
    assert_frame_equal(found.frame, expected.frame, check_exact=True)
    assert found.made.fit.features == expected.made.fit.features


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 299), unique=True, min_size=1, max_size=20))
def test_a_row_has_the_same_features_wherever_it_comes(fitted: tuple[Client, pl.DataFrame], rows: list[int]) -> None:
    client, frame = fitted
    alone = client.features(NAME, mixed(300)[rows])
    assert_frame_equal(alone, frame[rows], check_exact=True)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Client, pl.DataFrame]:
    home = tmp_path_factory.mktemp("fitted")
    mixed(300).write_parquet(home / "rows.parquet")
    client = Client(MDMConfig(paths={"home": home}, features={"text_max_features": 12}))
    client.register(NAME, home / "rows.parquet", target="y")
    return client, client.features(NAME)


def test_what_was_fitted_is_kept_as_json(fitted: tuple[Client, pl.DataFrame]) -> None:
    client, frame = fitted
    fit = kept_fit(client.info(NAME))
    assert isinstance(fit, Fit)
    assert fit_of_dict(fit.as_dict(), "") == fit
    assert [feature.name for feature in fit.features] == frame.columns
    assert (fit.rows, fit.trained) == (300, 240)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=70), max_size=12))
def test_names_are_different_and_short_enough_for_every_backend(names: list[str]) -> None:
    named = [each.name for each in with_free_names(Feature(f"c__{name}", "text", "c", "count") for name in names)]
    assert len({name.lower() for name in named}) == len(names)
    assert all(len(name.encode()) <= 63 and "\0" not in name for name in named)


def test_what_is_there_is_used_again_until_something_changes(make: Make) -> None:
    found = make(mixed(300), **TARGET)
    client = found.client
    assert client.make_features(NAME).reused
    assert not client.make_features(NAME, refit=True).reused
    assert not client.make_features(NAME, ["numeric"]).reused
    assert {feature.family for feature in kept_fit(client.info(NAME)).features} == {"numeric"}  # type: ignore[union-attr]
    client.config.features.numeric_aggregations = []
    assert client.features(NAME).columns == ["number__missing", "number__value", "skewed__value"]


def test_rows_that_are_added_get_what_was_fitted_before(make: Make) -> None:
    frame = mixed(300)
    found = make(frame, **TARGET, **SETTINGS)
    with open_storage(found.client.config) as storage:
        storage.append(NAME, mixed(400)[300:].to_arrow().to_reader())
    after = found.client.features(NAME)
    assert len(after) == 400
    assert_frame_equal(after.head(300), found.frame, check_exact=True)
    assert found.client.make_features(NAME, refit=True).fit.trained == 320
    assert not found.client.features(NAME).head(300).equals(found.frame)


def test_one_row_gives_nothing_to_fit(make: Make) -> None:
    with pytest.raises(DatasetError, match="no column makes a feature"):
        make(mixed(1).drop("mdm_split", "words"))


def test_an_empty_table_gives_nothing_to_fit(make: Make) -> None:
    with pytest.raises(DatasetError, match=r"no column makes a feature\n  hint: number: all missing"):
        make(mixed(10).clear().drop("mdm_split"))


def test_parts_without_training_rows_are_refused(make: Make) -> None:
    with pytest.raises(DatasetError, match="no row has 'train' in mdm_split"):
        make(mixed(10).with_columns(mdm_split=pl.lit("test")))


def test_new_rows_have_to_fit(make: Make) -> None:
    client = make(mixed(100), **TARGET).client
    with pytest.raises(DatasetError, match=r"the rows lack the column 'colour'") as lacking:
        client.features(NAME, mixed(5).drop("colour", "day"))
    assert len(lacking.value.problems) == 2
    with pytest.raises(DatasetError, match="column 'number': not double"):
        client.features(NAME, mixed(5).with_columns(number=pl.lit("many")))
    assert client.features(NAME, mixed(5).clear()).shape == (0, client.features(NAME).width)
    assert client.features(NAME, mixed(5).to_pandas()).equals(client.features(NAME, mixed(5).to_arrow()))


def test_more_features_than_the_backend_has_columns_are_refused(make: Make) -> None:
    words = pl.DataFrame({"t": [f"a{n} b{n} c{n} d{n}" for n in range(600)]})
    with pytest.raises(DatasetError, match="columns: sqlite takes at most 2000"):
        make(words, text_max_features=3000, text_min_df=0.0, text_ngram_range=(1, 1))


@pytest.mark.parametrize(("families", "message"), [(["numbers"], "unknown family numbers"), ([], "no family")])
def test_families_have_to_be_there(make: Make, families: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make(mixed(10), families=families)


def test_nothing_is_left_behind(make: Make, tmp_path: Path) -> None:
    temp = tmp_path / "home" / "temp"
    killed = temp / "features-999999999-x"
    killed.mkdir(parents=True)
    make(mixed(50))
    assert list(temp.iterdir()) == []


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_columns_may_have_any_name(make: Make, engine: str) -> None:
    names = ["value", "n", 'a"b', "a.b", "x y", "ü", "0", "rows", "class", "{}", "%s"]
    frame = pl.DataFrame({name: [1, 2, 3, 4] * 5 for name in names} | {f"{name}2": [*"abab"] * 5 for name in names})
    odd = frame.with_columns(**{"*": pl.lit(1), "^a$": pl.lit(2)}, when=pl.lit(None, pl.Time))
    found = make(odd, engine=engine, numeric_aggregations=[])
    assert found.frame.columns == [f"{name}__value" for name in names] + [f"{name}2__code" for name in names]
    reason = "its name stands for several columns; rename it"
    assert found.left_out == {"*": reason, "^a$": reason, "when": "no family takes time64[ns]"}
