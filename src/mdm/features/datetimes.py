"""Features of dates and times.

A column ``x`` gives for each of ``features.datetime_components``, as an integer: ``x__year``, ``x__month`` (1 to 12),
``x__day`` (1 to 31), ``x__hour``, ``x__minute``, ``x__dayofweek`` (Monday is 0), ``x__quarter`` (1 to 4); dates have
neither hours nor minutes. With ``features.datetime_cyclical`` the periodic ones, all but the year, give a point on a
circle too: ``x__month_sin`` and ``x__month_cos`` are sine and cosine of 2 pi (month - 1) / 12; periods are 12 months,
31 days, 24 hours, 60 minutes, 7 days of the week, 4 quarters, each from its first value.

Times with a zone are those of UTC. Where a date of the training part is missing, ``x__missing`` is 1 for missing ones
and otherwise 0; a missing date counts as the first one of the training part. A component that is the same in all
training rows is left out.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import narwhals as nw

    from mdm.config.models import FeaturesConfig

_CIRCLES: Final = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 60), "dayofweek": (0, 7)} | {
    "quarter": (1, 4)
}
"""First value and period of each periodic component."""

_OF_TIMES: Final = ("hour", "minute")


def fit(frame: nw.LazyFrame[Any], columns: Sequence[str], settings: FeaturesConfig) -> Iterator[Feature | LeftOut]:
    """Yield the features of *columns* of the training rows *frame*."""
    import narwhals as nw

    schema = frame.collect_schema()
    for column in columns:
        names = [name for name in settings.datetime_components if schema[column] != nw.Date() or name not in _OF_TIMES]
        parts = {name: _component(nw.col(column), name) for name in names}
        asked = {"rows": nw.len(), "count": nw.col("moment").count(), "first": nw.col("moment").min()}
        for name in names:
            asked |= {f"{name} min": nw.col(name).min(), f"{name} max": nw.col(name).max()}
        found = frame.select(moment=nw.col(column), **parts).select(**asked)
        [row] = found.collect("pyarrow").rows(named=True)
        yield from _features(column, dict(row), names, settings)


def expression(feature: Feature) -> nw.Expr:
    """Return how *feature* is computed."""
    import narwhals as nw

    column = nw.col(feature.column)
    if feature.kind == "missing":
        return nw.when(column.is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64())
    text = feature.values["first"]
    first = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    name, _, wave = feature.kind.partition("_")
    part = _component(nw.when(column.is_null()).then(nw.lit(first)).otherwise(column), name).cast(nw.Int64())
    if not wave:
        return part
    start, period = _CIRCLES[name]
    angle = (part - start).cast(nw.Float64()) * (2 * math.pi / period)
    return angle.sin() if wave == "sin" else angle.cos()


def _component(moment: nw.Expr, name: str) -> nw.Expr:
    if name == "dayofweek":
        return (moment.dt.weekday() + 6) % 7  # Sunday is 7 in Polars and DuckDB, and 0 in Spark
    if name == "quarter":
        return (moment.dt.month() + 2) // 3
    part: nw.Expr = getattr(moment.dt, name)()
    return part


def _features(
    column: str, row: dict[str, Any], names: Sequence[str], settings: FeaturesConfig
) -> Iterator[Feature | LeftOut]:
    if not row["count"]:
        yield LeftOut(column, "datetime", "all missing")
        return
    if row["count"] < row["rows"]:
        yield Feature(f"{column}__missing", "datetime", column, "missing")
    first = {"first": row["first"].isoformat()}
    for name in names:
        if row[f"{name} min"] == row[f"{name} max"]:
            yield LeftOut(column, "datetime", f"{name} is constant")
            continue
        waves = ("_sin", "_cos") if settings.datetime_cyclical and name in _CIRCLES else ()
        for kind in (name, *(f"{name}{wave}" for wave in waves)):
            yield Feature(f"{column}__{kind}", "datetime", column, kind, first)
