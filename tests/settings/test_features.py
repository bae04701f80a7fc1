"""Each setting of features, changed alone, and what is seen of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pytest
from pydantic import ValidationError

from mdm.client import Client
from mdm.config.models import MDMConfig, PerformanceConfig
from mdm.errors import InvalidConfigError

Changed: TypeAlias = Callable[..., tuple[pl.DataFrame, pl.DataFrame]]

ROWS = pl.DataFrame(
    {
        "age": [None if n % 10 == 0 else n % 41 for n in range(300)],
        "price": [1.3 ** (n % 29) for n in range(300)],
        "city": [f"city {n % 30}" for n in range(300)],
        "job": ["rare" if n < 2 else f"job {n % 3}" for n in range(300)],
        "day": [date(2024, 1, 1) + timedelta(days=n) for n in range(300)],
        "note": [f"the {['quick', 'slow'][n % 2]} fox {n} jumps" + " twice" * (n % 50 == 0) for n in range(300)],
        "y": [n % 2 for n in range(300)],
    }
)
CUSTOM = """
import os, time
import polars as pl

def seen(frame):
    time.sleep(0.05)
    with open({log!r}, "a") as file:
        file.write(f"{{os.getpid()}} {{len(frame)}}\\n")
    return frame.select("price")
"""


@pytest.fixture
def features(tmp_path: Path) -> Callable[..., pl.DataFrame]:
    """Return what makes the features of the same rows, with settings by their sections."""
    return lambda **sections: made_of_rows(tmp_path, sections)


def made_of_rows(folder: Path, sections: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    ROWS.write_parquet(folder / "rows.parquet")
    client = Client(MDMConfig(**{**sections, "paths": {"home": folder / "home", **sections.get("paths", {})}}))
    client.register("rows", folder / "rows.parquet", target="y", types={"note": "text"}, force=True)
    return client.features("rows")


@pytest.fixture(scope="module")
def defaults(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """The features by the defaults."""
    return made_of_rows(tmp_path_factory.mktemp("defaults"), {})


@pytest.fixture
def changed(features: Callable[..., pl.DataFrame], defaults: pl.DataFrame) -> Changed:
    """Return the features by the defaults, and with one setting changed."""
    return lambda key, value: (defaults, features(features={key.partition(".")[2]: value}))


def new_and_gone(frames: tuple[pl.DataFrame, pl.DataFrame]) -> tuple[list[str], list[str]]:
    before, after = (frame.columns for frame in frames)
    return [name for name in after if name not in before], [name for name in before if name not in after]


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        pytest.param("features.enable_numeric", {"age", "price"}, marks=pytest.mark.setting("features.enable_numeric")),
        pytest.param(
            "features.enable_categorical", {"city", "job"}, marks=pytest.mark.setting("features.enable_categorical")
        ),
        pytest.param("features.enable_datetime", {"day"}, marks=pytest.mark.setting("features.enable_datetime")),
        pytest.param("features.enable_text", {"note"}, marks=pytest.mark.setting("features.enable_text")),
    ],
)
def test_a_family_can_be_turned_off(changed: Changed, key: str, columns: set[str]) -> None:
    new, gone = new_and_gone(changed(key, False))
    assert (new, {name.partition("__")[0] for name in gone}) == ([], columns)


@pytest.mark.setting("features.enable_custom")
def test_custom_features_can_be_turned_off(features: Callable[..., pl.DataFrame], tmp_path: Path) -> None:
    folder = tmp_path / "home" / "config" / "custom_features"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "mine.py").write_text("def mine(frame): return frame.select('price')")
    assert new_and_gone((features(), features(features={"enable_custom": False}))) == ([], ["mine__price"])


@pytest.mark.setting("paths.custom_features_path")
def test_custom_features_come_from_their_folder(
    features: Callable[..., pl.DataFrame], defaults: pl.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "elsewhere" / "mine.py").write_text("def mine(frame): return frame.select('price')")
    after = features(paths={"custom_features_path": tmp_path / "elsewhere"})
    assert new_and_gone((defaults, after)) == (["mine__price"], [])


@pytest.mark.setting("features.numeric_aggregations")
@pytest.mark.parametrize(
    ("without", "gone"),
    [
        ("mean", {"age__zscore", "price__zscore"}),
        ("std", {"age__zscore", "price__zscore"}),
        ("min", {"age__minmax", "price__minmax"}),
        ("max", {"age__minmax", "price__minmax"}),
        ("median", {"age__deviation", "price__deviation"}),
        ("skew", {"price__log"}),
    ],
)
def test_a_statistic_that_is_not_listed_gives_no_feature(changed: Changed, without: str, gone: set[str]) -> None:
    names = [name for name in ("mean", "std", "min", "max", "median", "skew", "kurtosis") if name != without]
    new, found = new_and_gone(changed("features.numeric_aggregations", names))
    assert (new, set(found) - {"price__clipped"}) == ([], gone)


@pytest.mark.setting("features.numeric_missing_strategy")
def test_missing_numbers_are_filled_as_the_setting_says(changed: Changed) -> None:
    before, after = changed("features.numeric_missing_strategy", "fill_zero")
    assert before["age__value"][0] == pytest.approx(ROWS["age"].mean())
    assert after["age__value"][0] == 0


@pytest.mark.setting("features.categorical_max_cardinality")
def test_a_column_with_more_values_is_no_category(changed: Changed) -> None:
    new, gone = new_and_gone(changed("features.categorical_max_cardinality", 20))
    assert gone == ["city__code"]
    assert all(name.startswith("city__word_") for name in new)


@pytest.mark.setting("features.categorical_min_frequency")
def test_rare_values_become_one(changed: Changed) -> None:
    before, after = changed("features.categorical_min_frequency", 0)
    assert (before["job__code"].n_unique(), before["job__code"][0], after["job__code"][0]) == (4, 3, 3)
    before, after = changed("features.categorical_min_frequency", 0.2)
    assert (before["city__code"].n_unique(), after["city__code"].n_unique()) == (30, 1)


@pytest.mark.setting("features.categorical_encoding")
@pytest.mark.parametrize(
    ("encoding", "name"), [("onehot", "job__is_job 1"), ("count", "job__count"), ("target", "job__target")]
)
def test_categories_are_encoded_as_the_setting_says(changed: Changed, encoding: str, name: str) -> None:
    new, gone = new_and_gone(changed("features.categorical_encoding", encoding))
    assert (name in new, gone) == (True, ["city__code", "job__code"])


@pytest.mark.setting("features.datetime_components")
def test_the_listed_parts_of_dates_are_taken(changed: Changed) -> None:
    _, after = changed("features.datetime_components", ["month"])
    assert [name for name in after.columns if name.startswith("day__")] == [
        "day__month",
        "day__month_sin",
        "day__month_cos",
    ]


@pytest.mark.setting("features.datetime_cyclical")
def test_circles_can_be_turned_off(changed: Changed) -> None:
    new, gone = new_and_gone(changed("features.datetime_cyclical", False))
    assert (new, [name for name in gone if not name.endswith(("_sin", "_cos"))], len(gone)) == ([], [], 8)


@pytest.mark.setting("features.text_max_features")
def test_the_vocabulary_has_the_chosen_size(changed: Changed) -> None:
    _, after = changed("features.text_max_features", 3)
    assert len([name for name in after.columns if name.startswith("note__")]) == 3


@pytest.mark.setting("features.text_ngram_range")
def test_runs_of_words_have_the_chosen_length(changed: Changed) -> None:
    _, after = changed("features.text_ngram_range", [2, 2])
    assert {name.count(" ") for name in after.columns if name.startswith("note__")} == {1}


@pytest.mark.setting("features.text_min_df")
def test_rare_words_are_left_out(changed: Changed) -> None:
    before, after = changed("features.text_min_df", 0.1)
    assert ("note__word_twice" in before.columns, "note__word_twice" in after.columns) == (True, False)


@pytest.mark.setting("features.text_use_tfidf")
def test_words_can_be_counted(changed: Changed) -> None:
    before, after = changed("features.text_use_tfidf", False)
    assert 0 < before["note__word_fox"].to_list()[0] < 1
    assert after["note__word_fox"].to_list() == [1] * 300


def seen(features: Callable[..., pl.DataFrame], folder: Path, **performance: int) -> tuple[list[int], int]:
    """Return the batches that a custom feature gets, and how many processes it runs in; the first one is a trial."""
    log = folder / "log"
    log.unlink(missing_ok=True)
    (folder / "custom").mkdir(mode=0o700, exist_ok=True)
    (folder / "custom" / "mine.py").write_text(CUSTOM.format(log=str(log)))
    features(performance=performance, paths={"custom_features_path": folder / "custom"})
    lines = [line.split() for line in log.read_text().splitlines()[2:]]
    return sorted(int(rows) for _, rows in lines), len({process for process, _ in lines})


@pytest.mark.setting("performance.feature_batch_size")
def test_batches_have_the_chosen_size(features: Callable[..., pl.DataFrame], tmp_path: Path) -> None:
    assert seen(features, tmp_path, feature_batch_size=120)[0] == [60, 120, 120]
    assert seen(features, tmp_path)[0] == [300]


@pytest.mark.setting("performance.feature_n_jobs")
def test_as_many_workers_as_chosen(features: Callable[..., pl.DataFrame], tmp_path: Path) -> None:
    assert seen(features, tmp_path, feature_n_jobs=1, feature_batch_size=100)[1] == 1
    assert seen(features, tmp_path, feature_n_jobs=3, feature_batch_size=100)[1] == 3
    assert PerformanceConfig(feature_n_jobs=-1).feature_n_jobs == -1  # all processors, of which there may be one
    assert os.cpu_count()
    with pytest.raises((InvalidConfigError, ValidationError), match="0 workers can do nothing"):
        PerformanceConfig(feature_n_jobs=0)


@pytest.mark.setting("performance.cache_enabled")
def test_features_are_made_anew_without_the_cache(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "rows.parquet")
    for enabled in (True, False):
        client = Client(MDMConfig(paths={"home": tmp_path / "home"}, performance={"cache_enabled": enabled}))
        client.register("rows", tmp_path / "rows.parquet", force=True)
        client.make_features("rows", ["numeric"])
        assert client.make_features("rows", ["numeric"]).reused is enabled
