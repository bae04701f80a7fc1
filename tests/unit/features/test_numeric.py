"""Features of numbers, as pandas and SciPy compute them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from .conftest import Make

NAN = float("nan")


def data(load: Any, share: float) -> Any:
    """Return the numbers of a data set, a *share* of which is missing."""
    frame = load(as_frame=True).data
    return frame.mask(np.random.default_rng(3).random(frame.shape) < share)


@pytest.mark.parametrize("share", [0, 0.2])
@pytest.mark.parametrize("load", [load_iris, load_wine, load_diabetes, load_breast_cancer])
def test_they_are_those_of_pandas(make: Make, load: Any, share: float) -> None:
    given = data(load, share)
    found = make(pl.from_pandas(given), kinds=dict.fromkeys(given, "float"))
    expected: dict[str, Any] = {}
    for name, column in given.items():
        value = column.fillna(column.mean())
        zscore = (value - column.mean()) / column.std()
        if column.isna().any():
            expected[f"{name}__missing"] = column.isna().astype(int)
        expected[f"{name}__value"] = value
        expected[f"{name}__zscore"] = zscore
        expected[f"{name}__minmax"] = (value - column.min()) / (column.max() - column.min())
        expected[f"{name}__deviation"] = (value - column.median()).abs()
        if abs(column.skew()) > 1:
            expected[f"{name}__log"] = np.sign(value) * np.log1p(value.abs())
        if column.kurt() > 3:
            expected[f"{name}__clipped"] = zscore.clip(-3, 3)
    assert found.frame.columns == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_z_scores_are_those_of_scipy(make: Make) -> None:
    values = load_wine(as_frame=True).data["alcohol"]
    found = make(pl.DataFrame({"alcohol": values.to_numpy()}))
    np.testing.assert_allclose(found["alcohol__zscore"], stats.zscore(values, ddof=1), rtol=1e-9)


@pytest.mark.parametrize(("strategy", "fill"), [("fill_mean", 3.0), ("fill_median", 2.0), ("fill_zero", 0.0)])
def test_missing_numbers_are_filled(make: Make, strategy: str, fill: float) -> None:
    values = [1.0, None, 2.0, NAN, 6.0, float("inf")]
    found = make(pl.DataFrame({"x": values}), numeric_missing_strategy=strategy)
    assert found["x__value"] == [1.0, fill, 2.0, fill, 6.0, fill]
    assert found["x__missing"] == [0, 1, 0, 1, 0, 1]


def test_columns_with_missing_numbers_can_be_dropped(make: Make) -> None:
    frame = pl.DataFrame({"x": [1, None, 3], "y": [1, 2, 3]})
    found = make(frame, numeric_missing_strategy="drop", numeric_aggregations=[])
    assert found.frame.columns == ["y__value"]
    assert found.left_out == {"x": "1 missing; features.numeric_missing_strategy is drop"}
    assert found.client.features("rows", pl.DataFrame({"y": [5, None]}))["y__value"].to_list() == [5.0, None]


@pytest.mark.parametrize(
    ("values", "names", "reason"),
    [
        ([5, 5, 5], [], "constant"),
        ([None, None, NAN], [], "all missing"),
        ([5, None, 5], ["x__missing"], None),
    ],
)
def test_what_has_no_signal_is_left_out(make: Make, values: Any, names: list[str], reason: str | None) -> None:
    found = make(pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64), "y": [1, 2, 3]}), numeric_aggregations=[])
    assert found.frame.columns == [*names, "y__value"]
    assert found.left_out.get("x") == reason


def test_other_rows_get_what_was_fitted_on_the_training_part(make: Make) -> None:
    frame = pl.DataFrame({"x": [1.0, 3.0, 100.0, None], "mdm_split": ["train", "train", "test", "test"]})
    found = make(frame)
    assert (found["x__value"], found["x__minmax"]) == ([1, 3, 100, 2], [0, 1, 49.5, 0.5])
    assert (found.made.rows, found.made.fit.trained) == (4, 2)
    assert "x__missing" not in found.frame.columns
