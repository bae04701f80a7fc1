"""Features of numbers, as `mdm.features.numeric` defines them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mdm.config.models import FeaturesConfig


def fit(column: str, values: Sequence[Any], settings: FeaturesConfig) -> Iterator[Feature | LeftOut]:
    """Yield the features of a column, whose *values* are those of the training part."""
    numbers = [number for number in map(number_of, values) if number is not None]
    missing = len(values) - len(numbers)
    if not numbers:
        yield LeftOut(column, "numeric", "all missing")
    elif missing and settings.numeric_missing_strategy == "drop":
        yield LeftOut(column, "numeric", f"{missing} missing; features.numeric_missing_strategy is drop")
    elif min(numbers) == max(numbers) and not missing:
        yield LeftOut(column, "numeric", "constant")
    else:
        kinds = {**({"missing": {}} if missing else {}), **_kinds(numbers, settings)}
        for kind, fitted in kinds.items():
            yield Feature(f"{column}__{kind}", "numeric", column, kind, fitted)


def values(feature: Feature, given: Sequence[Any], folds: Sequence[int]) -> list[Any]:  # noqa: ARG001 (as others have it)
    """Return a feature of the values *given*."""
    numbers = [number_of(value) for value in given]
    if feature.kind == "missing":
        return [int(number is None) for number in numbers]
    of = feature.values
    filled = [of["fill"] if number is None else number for number in numbers]
    return [None if number is None else _COMPUTED[feature.kind](number, of) for number in filled]


def number_of(value: Any) -> float | None:
    """Return a number; none where it is missing, or not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


def _kinds(numbers: Sequence[float], settings: FeaturesConfig) -> dict[str, dict[str, Any]]:
    """Return which features numbers have that are not all the same, with what was fitted."""
    if min(numbers) == max(numbers):
        return {}
    of = _statistics(numbers)
    fills = {"fill_mean": of["mean"], "fill_median": of["median"], "fill_zero": 0.0, "drop": None}
    fill = fills[settings.numeric_missing_strategy]
    listed = set(settings.numeric_aggregations)
    kinds = {"value": {"fill": fill}}
    for kind, needs, kept in _LISTED:
        if (
            needs <= listed
            and not (kind == "log" and abs(of["skew"]) <= 1)
            and not (kind == "clipped" and of["kurtosis"] <= 3)
        ):
            kinds[kind] = {"fill": fill, **{name: of[name] for name in kept}}
    return kinds


def _statistics(numbers: Sequence[float]) -> dict[str, float]:
    array = np.array(numbers)
    with np.errstate(all="ignore"):
        mean, n = array.mean(), len(array)
        second, third, fourth = (((array - mean) ** power).mean() for power in (2, 3, 4))
        skew = third / second**1.5 * math.sqrt(n * (n - 1)) / (n - 2) if n > 2 else 0.0
        excess = fourth / second**2 - 3
        kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6) if n > 3 else 0.0
        found = {"mean": mean, "std": array.std(ddof=1), "min": array.min(), "max": array.max()}
        found |= {"median": np.median(array), "skew": skew, "kurtosis": kurtosis}
    return {name: float(value) for name, value in found.items()}


def _zscore(number: float, of: Mapping[str, float]) -> float:
    return (number - of["mean"]) / of["std"]


_LISTED: Final = (
    ("zscore", {"mean", "std"}, ("mean", "std")),
    ("minmax", {"min", "max"}, ("max", "min")),
    ("deviation", {"median"}, ("median",)),
    ("log", {"skew"}, ()),
    ("clipped", {"mean", "std", "kurtosis"}, ("mean", "std")),
)
"""Features, the statistics that have to be listed for each, and those of them that it is computed with."""

_COMPUTED: Final[dict[str, Callable[[float, Mapping[str, float]], float]]] = {
    "value": lambda number, _: number,
    "zscore": _zscore,
    "minmax": lambda number, of: (number - of["min"]) / (of["max"] - of["min"]),
    "deviation": lambda number, of: abs(number - of["median"]),
    "log": lambda number, _: math.copysign(math.log(1 + abs(number)), number),
    "clipped": lambda number, of: max(-3.0, min(3.0, _zscore(number, of))),
}
