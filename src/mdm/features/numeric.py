"""Features of numbers.

Missing are null, NaN and infinity. Statistics are those of the training part: the standard deviation of a sample
(n - 1), skewness and excess kurtosis without bias, as pandas defines them. A missing number is filled by
``features.numeric_missing_strategy``: the mean, the median or 0; with ``drop`` a column in which numbers are missing is
left out, and numbers that only later rows miss stay missing. Of a number *v*, filled, a column ``x`` gives

=================  =============================  =================================================================
feature            when                           value
=================  =============================  =================================================================
``x__value``       always                         *v*
``x__missing``     a number is missing            1 where it was missing, otherwise 0
``x__zscore``      mean, std are listed           (*v* - mean) / std
``x__minmax``      min, max are listed            (*v* - min) / (max - min); new rows may lie outside of 0 to 1
``x__deviation``   median is listed               abs(*v* - median)
``x__log``         skew is listed, abs(skew) > 1  sign(*v*) log(1 + abs(*v*))
``x__clipped``     mean, std and kurtosis are     the z-score, at least -3 and at most 3
                   listed, kurtosis > 3
=================  =============================  =================================================================

"Listed" is in ``features.numeric_aggregations``. All are floats, but for ``missing``, an integer. Where all numbers of
the training part are the same, there is ``x__missing`` alone, or nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import narwhals as nw

    from mdm.config.models import FeaturesConfig

_NEEDS: Final = {
    "zscore": {"mean", "std"},
    "minmax": {"min", "max"},
    "deviation": {"median"},
    "log": {"skew"},
    "clipped": {"mean", "std", "kurtosis"},
}
_SKEWED: Final = 1.0
_HEAVY_TAILED: Final = 3.0
_MOST_DEVIATIONS: Final = 3.0
_FILL: Final = {"fill_mean": "mean", "fill_median": "median"}


def fit(frame: nw.LazyFrame[Any], columns: Sequence[str], settings: FeaturesConfig) -> Iterator[Feature | LeftOut]:
    """Yield the features of *columns* of the training rows *frame*."""
    found = _statistics(frame, columns, settings)
    for place, column in enumerate(columns):
        values = {name.partition(" ")[2]: value for name, value in found.items() if name.startswith(f"{place} ")}
        yield from _features(column, values, found["rows"], settings)


def expression(feature: Feature) -> nw.Expr:
    """Return how *feature* is computed."""
    import narwhals as nw

    column, of = nw.col(feature.column), feature.values
    if feature.kind == "missing":
        return nw.when(_present(column)).then(nw.lit(0)).otherwise(nw.lit(1)).cast(nw.Int64())
    number = column.cast(nw.Float64())
    value = nw.when(_present(column)).then(number).otherwise(nw.lit(of["fill"], nw.Float64()))
    return _COMPUTED[feature.kind](value, of)


def _zscore(value: nw.Expr, of: Mapping[str, float]) -> nw.Expr:
    return (value - of["mean"]) * (1 / of["std"])  # Polars divides a single row in another way than many


def _log(value: nw.Expr, of: Mapping[str, float]) -> nw.Expr:  # noqa: ARG001
    import narwhals as nw

    size = (value.abs() + 1.0).log()
    return nw.when(value < 0).then(-size).otherwise(size)


_COMPUTED: Final[dict[str, Callable[[nw.Expr, Mapping[str, float]], nw.Expr]]] = {
    "value": lambda value, of: value,  # noqa: ARG005
    "zscore": _zscore,
    "minmax": lambda value, of: (value - of["min"]) * (1 / (of["max"] - of["min"])),
    "deviation": lambda value, of: (value - of["median"]).abs(),
    "log": _log,
    "clipped": lambda value, of: _zscore(value, of).clip(-_MOST_DEVIATIONS, _MOST_DEVIATIONS),
}


def _present(column: nw.Expr) -> nw.Expr:
    """Return where a number is there: neither null nor NaN nor infinite, which no comparison lets through."""
    import narwhals as nw

    present: nw.Expr = column.cast(nw.Float64()).abs() < nw.lit(math.inf)
    return present


def _statistics(frame: nw.LazyFrame[Any], columns: Sequence[str], settings: FeaturesConfig) -> dict[str, Any]:
    """Return the statistics of all columns, by one query, under the place of the column and their name."""
    import narwhals as nw

    from mdm.features.engines.medians import sorted_median

    needed = {"min", "max", *settings.numeric_aggregations, _FILL.get(settings.numeric_missing_strategy, "min")}
    sorts = "median" in needed and frame.implementation.is_duckdb()
    needed -= {"median"} if sorts else set()
    asked: dict[str, nw.Expr] = {"rows": nw.len()}
    for place in range(len(columns)):
        number = nw.col(f"{place}")
        asked[f"{place} count"] = number.count()
        asked |= {f"{place} {name}": getattr(number, name)() for name in sorted(needed)}
    numbers = {
        f"{place}": nw.when(_present(nw.col(column))).then(nw.col(column).cast(nw.Float64()))
        for place, column in enumerate(columns)
    }
    rows = frame.select(**numbers)
    [row] = rows.select(**asked).collect("pyarrow").rows(named=True)
    medians = {f"{name} median": sorted_median(rows, name, row[f"{name} count"]) for name in numbers} if sorts else {}
    return {**row, **medians}


def _features(column: str, of: dict[str, Any], rows: int, settings: FeaturesConfig) -> Iterator[Feature | LeftOut]:
    missing = rows - of["count"]
    if not of["count"]:
        yield LeftOut(column, "numeric", "all missing")
        return
    if missing and settings.numeric_missing_strategy == "drop":
        yield LeftOut(column, "numeric", f"{missing} missing; features.numeric_missing_strategy is drop")
        return
    if of["min"] == of["max"] and not missing:
        yield LeftOut(column, "numeric", "constant")
        return
    if missing:
        yield _feature(column, "missing", {})
    if of["min"] != of["max"]:
        yield from (_feature(column, kind, values) for kind, values in _kinds(of, settings))


def _kinds(of: dict[str, Any], settings: FeaturesConfig) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = set(settings.numeric_aggregations)
    fill = {"fill_zero": 0.0, "drop": None}.get(settings.numeric_missing_strategy, 0.0)
    if (name := _FILL.get(settings.numeric_missing_strategy)) is not None:
        fill = of[name]
    yield "value", {"fill": fill}
    for kind, needs in _NEEDS.items():
        if needs <= listed and _has_sense(kind, of):
            yield kind, {"fill": fill, **{name: of[name] for name in sorted(needs - {"skew", "kurtosis"})}}


def _has_sense(kind: str, of: dict[str, Any]) -> bool:
    if kind == "log":
        return abs(_unbiased_skew(of["skew"], of["count"])) > _SKEWED
    if kind == "clipped":
        return _unbiased_kurtosis(of["kurtosis"], of["count"]) > _HEAVY_TAILED
    return True


def _unbiased_skew(population: float | None, n: int) -> float:
    return population * math.sqrt(n * (n - 1)) / (n - 2) if n > 2 and population is not None else 0.0


def _unbiased_kurtosis(population: float | None, n: int) -> float:
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * population + 6) if n > 3 and population is not None else 0.0


def _feature(column: str, kind: str, values: dict[str, Any]) -> Feature:
    return Feature(f"{column}__{kind}", "numeric", column, kind, values)
