"""Medians under a memory limit: DuckDB's own holds all values of a column, a sort goes to the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

if TYPE_CHECKING:
    import duckdb


def sorted_median(frame: nw.LazyFrame[Any], column: str, count: int) -> float | None:
    """Return the median of the *count* numbers of a column of a frame of DuckDB, the mean of the two in the middle."""
    if not count:
        return None
    values: duckdb.DuckDBPyRelation = frame.select(value=column).filter(~nw.col("value").is_null()).to_native()
    middle: list[tuple[float]] = values.order("value").limit(2 - count % 2, (count - 1) // 2).fetchall()
    return sum(value for (value,) in middle) / len(middle)
