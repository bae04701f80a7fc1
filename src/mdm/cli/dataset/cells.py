"""The statistics of columns as cells of tables, for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mdm.dataset.statistics import ColumnStatistics

_SHOWN_QUANTILES = ("0.25", "0.75")
_LONGEST = 24

OTHERS = ("column", "count", "missing", "distinct", "values")
"""The header over :func:`others`."""


def header(aggregations: Sequence[str]) -> tuple[str, ...]:
    """Return the header over :func:`numbers`."""
    return ("column", "count", "missing", "distinct", *aggregations, "25 %", "75 %")


def numbers(column: ColumnStatistics, aggregations: Sequence[str]) -> tuple[Any, ...]:
    """Return a column of numbers as cells."""
    aggregates = [number(column.aggregates[name]) for name in aggregations]
    return (*_counts(column), *aggregates, *(number(column.quantiles[share]) for share in _SHOWN_QUANTILES))


def others(column: ColumnStatistics) -> tuple[Any, ...]:
    """Return any other column as cells."""
    return (*_counts(column), "; ".join(filter(None, (_range(column), _lengths(column), _top(column)))))


def number(value: Any) -> str:
    """Return a number in few digits; nothing where there is none."""
    if isinstance(value, int):
        return str(value)
    if value is None:
        return ""
    return f"{value:.0f}" if 1e5 <= abs(value) < 1e9 else f"{value:.5g}"  # three million is no 3e+06 to a person


def cut(value: Any) -> str:
    """Return a value in few characters."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _counts(column: ColumnStatistics) -> tuple[Any, ...]:
    return (column.name, column.count, column.missing, column.distinct)


def _range(column: ColumnStatistics) -> str:
    return f"{column.aggregates['min']} to {column.aggregates['max']}" if column.aggregates else ""


def _lengths(column: ColumnStatistics) -> str:
    if not column.lengths or column.top:
        return ""
    low, mean, high = (column.lengths[name] for name in ("min", "mean", "max"))
    return f"{low} to {high} characters, {mean:.4g} on average"


def _top(column: ColumnStatistics) -> str:
    return "" if "min" in column.aggregates else ", ".join(f"{cut(value)} {count}" for value, count in column.top)
