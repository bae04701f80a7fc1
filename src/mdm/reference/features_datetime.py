"""Features of dates and times, as `mdm.features.datetimes` defines them."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mdm.config.models import FeaturesConfig

_PARTS: Final[dict[str, Callable[[Any], int]]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "dayofweek": lambda moment: moment.weekday(),
    "quarter": lambda moment: (moment.month + 2) // 3,
}
_CIRCLES: Final = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 60), "dayofweek": (0, 7)} | {
    "quarter": (1, 4)
}


def fit(
    column: str, values: Sequence[Any], settings: FeaturesConfig, type_: pa.DataType
) -> Iterator[Feature | LeftOut]:
    """Yield the features of a column, whose *values* are those of the training part."""
    moments = [value for value in values if value is not None]
    if not moments:
        yield LeftOut(column, "datetime", "all missing")
        return
    if len(moments) < len(values):
        yield Feature(f"{column}__missing", "datetime", column, "missing")
    for name in settings.datetime_components:
        if pa.types.is_date(type_) and name in {"hour", "minute"}:
            continue
        if len({_PARTS[name](moment) for moment in moments}) == 1:
            yield LeftOut(column, "datetime", f"{name} is constant")
            continue
        waves = [f"{name}_sin", f"{name}_cos"] if settings.datetime_cyclical and name in _CIRCLES else []
        for kind in (name, *waves):
            yield Feature(f"{column}__{kind}", "datetime", column, kind, {"first": min(moments).isoformat()})


def values(feature: Feature, given: Sequence[Any], folds: Sequence[int]) -> list[Any]:  # noqa: ARG001 (as others have it)
    """Return a feature of the moments *given*."""
    if feature.kind == "missing":
        return [int(value is None) for value in given]
    text = feature.values["first"]
    first = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    name, _, wave = feature.kind.partition("_")
    parts = [_PARTS[name](first if value is None else value) for value in given]
    if not wave:
        return parts
    start, period = _CIRCLES[name]
    turn = math.sin if wave == "sin" else math.cos
    return [turn(2 * math.pi * (part - start) / period) for part in parts]
