"""Features of categories, as scikit-learn and pandas compute them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from mdm.errors import DatasetError
from mdm.features.folds import FOLDS

from .conftest import Make

COLOURS = ["red", "blue", "red", None, "green", "red", "blue", None, "red", "blue"]


def colours(rows: int = 400) -> pl.DataFrame:
    chosen = np.random.default_rng(5)
    values = chosen.choice([*"abcdefgh", None], rows, p=[0.3, 0.25, 0.2, 0.1, 0.05, 0.03, 0.01, 0.01, 0.05])
    return pl.DataFrame({"c": pl.Series(values.tolist(), dtype=pl.String), "y": chosen.normal(size=rows)})


@pytest.mark.parametrize("least", [0.0, 0.02, 0.15])
def test_labels_are_those_of_scikit_learn(make: Make, least: float) -> None:
    frame = colours().drop_nulls()  # missing is one more category there
    found = make(frame, target="y", categorical_min_frequency=least)
    expected = OrdinalEncoder(min_frequency=least or None).fit_transform(frame.select("c").to_pandas())
    assert found["c__code"] == expected[:, 0].tolist()


@pytest.mark.parametrize("least", [0.0, 0.02])
def test_one_hot_columns_are_those_of_scikit_learn(make: Make, least: float) -> None:
    frame = colours().drop_nulls()
    found = make(frame, target="y", categorical_encoding="onehot", categorical_min_frequency=least)
    encoder = OneHotEncoder(min_frequency=least or None, sparse_output=False)
    expected = encoder.fit_transform(frame.select("c").to_pandas())
    names = ["other" if "infrequent" in name else f"is_{name[2:]}" for name in encoder.get_feature_names_out()]
    assert found.frame.columns == [f"c__{name}" for name in names]
    np.testing.assert_array_equal(found.frame.to_numpy(), expected)


def test_counts_are_those_of_the_training_rows(make: Make) -> None:
    found = make(pl.DataFrame({"c": COLOURS}), categorical_encoding="count", categorical_min_frequency=0.2)
    assert found["c__count"] == [4, 3, 4, 2, 1, 4, 3, 2, 4, 3]
    new = found.client.features("rows", pl.DataFrame({"c": ["blue", "violet", None]}))
    assert new["c__count"].to_list() == [3, 1, 2]


def test_missing_rare_and_new_values_have_their_own_code(make: Make) -> None:
    found = make(pl.DataFrame({"c": COLOURS}), categorical_min_frequency=0.2)
    assert found["c__code"] == [1, 0, 1, -1, 2, 1, 0, -1, 1, 0]
    assert found.client.features("rows", pl.DataFrame({"c": ["violet"]}))["c__code"].to_list() == [2]


def reference(values: list[Any], target: list[float], fold: list[int], training: list[bool]) -> list[float]:
    """Return target encodings row by row, the plain way."""
    encoded = []
    for place, value in enumerate(values):
        others = [
            other
            for other in range(len(values))
            if training[other] and not (training[place] and fold[other] == fold[place])
        ]
        mean = sum(target[other] for other in others) / len(others)
        same = [target[other] for other in others if values[other] == value]
        encoded.append((sum(same) + 10 * mean) / (len(same) + 10))
    return encoded


def test_target_encodings_of_training_rows_do_not_know_their_own_target(make: Make) -> None:
    frame = (
        pl.DataFrame({"c": [*"aabbb", None] * 40})
        .with_row_index("n")
        .with_columns(
            y=(pl.col("n") * 7 % 11).cast(pl.Float64),
            mdm_split=pl.when(pl.col("n") % 4 == 0).then(pl.lit("test")).otherwise(pl.lit("train")),
        )
        .drop("n")
    )
    found = make(frame, target="y", problem_type="regression", categorical_encoding="target")
    fold = [(row * 2_654_435_761 + 20_011) % 2**32 // 2**16 % FOLDS for row in range(len(frame))]
    training = (frame["mdm_split"] == "train").to_list()
    expected = reference(frame["c"].to_list(), frame["y"].to_list(), fold, training)
    np.testing.assert_allclose(found["c__target"], expected, rtol=1e-9)
    assert len(set(fold)) == FOLDS


def test_noise_that_is_encoded_by_its_target_says_nothing_of_it(make: Make) -> None:
    chosen = np.random.default_rng(1)
    frame = pl.DataFrame({"c": [f"v{n}" for n in chosen.integers(0, 90, 900)], "y": chosen.normal(size=900)})
    found = make(frame, target="y", categorical_encoding="target", categorical_min_frequency=0)
    inside = frame.select(pl.corr(pl.col("y"), pl.col("y").mean().over("c"))).item()
    assert inside > 0.25
    assert abs(np.corrcoef(found["c__target"], frame["y"])[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("problem_type", "target", "names"),
    [
        ("binary", ["yes", "no"] * 20, ["c__target"]),
        ("multiclass", [0, 1, 2, 1] * 10, ["c__target_0", "c__target_1", "c__target_2"]),
    ],
)
def test_classes_are_encoded_by_their_share(make: Make, problem_type: str, target: list[Any], names: list[str]) -> None:
    frame = pl.DataFrame({"c": [*"abca"] * 10, "y": target})
    found = make(frame, target="y", problem_type=problem_type, categorical_encoding="target")
    assert found.frame.columns == names
    classes = [sorted(set(target))[1]] if len(names) == 1 else sorted(set(target))
    new = found.client.features("rows", pl.DataFrame({"c": ["a", "b"]}))
    for name, one in zip(names, classes, strict=True):
        is_it = pd.Series([value == one for value in target], dtype=float)
        groups = is_it.groupby(frame["c"].to_list()).agg(["sum", "count"])
        expected = (groups["sum"] + 10 * is_it.mean()) / (groups["count"] + 10)
        np.testing.assert_allclose(new[name], expected[["a", "b"]], rtol=1e-9)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_rows_without_a_target_do_not_count(make: Make, engine: str) -> None:
    frame = pl.DataFrame({"c": [*"aabb"] * 10, "y": [1.0, 3.0, float("nan"), None] * 10})
    found = make(frame, target="y", problem_type="regression", categorical_encoding="target", engine=engine)
    new = found.client.features("rows", pl.DataFrame({"c": ["a", "b"]}))
    assert new["c__target"].to_list() == pytest.approx([2.0, 2.0])  # 20 rows of a, of mean 2; none of b
    assert np.isfinite(found["c__target"]).all()


def test_a_target_encoding_needs_a_target(make: Make) -> None:
    with pytest.raises(DatasetError, match=r"the dataset has none\n  hint: name it"):
        make(pl.DataFrame({"c": COLOURS}), categorical_encoding="target")


def test_integers_and_booleans_can_be_categories(make: Make) -> None:
    frame = pl.DataFrame({"i": [3, 1, 20, 1, None], "b": [True, None, False, True, False]})
    found = make(frame, kinds={"i": "category", "b": "boolean"})
    assert (found["i__code"], found["b__code"]) == ([1, 0, 2, 0, -1], [1, -1, 0, 1, 0])


def test_neither_target_nor_identifiers_become_features(make: Make) -> None:
    given = load_diabetes(as_frame=True).frame.assign(number=range(442), mdm_split="train")
    found = make(pl.from_pandas(given), target="target", kinds={"number": "identifier"}, numeric_aggregations=[])
    assert found.frame.columns == [f"{name}__value" for name in load_diabetes().feature_names]
    assert found.left_out == {"number": "names rows"}
