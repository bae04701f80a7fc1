"""What the values of a column are like: exact, and the same whatever the chunks and the backend are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, cast

import polars as pl
import pyarrow as pa

from mdm.dataset.progress import watched
from mdm.storage.info import DATA
from mdm.storage.types import type_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mdm.config.models import MDMConfig
    from mdm.dataset.progress import Progress
    from mdm.storage.store import Storage

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS: Final = 16
_MOST_TOP: Final = 5
_BYTES_OF_A_VALUE: Final = 64
"""What a short text takes in memory, about; numbers take less."""


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """One column. NaN counts as missing; a statistic that so few or such values do not have is none.

    *aggregates* are those of `AGGREGATES` that were asked for, of numbers; of dates the first (``min``) and the last
    (``max``). *quantiles* (of numbers) lie between neighbours linearly. *top* are the most frequent values with how
    often they are there, unless all values are different. *lengths* are characters of texts: ``min``, ``mean``,
    ``max``. *histogram* counts finite numbers, and dates, in `BINS` intervals of the same width from the least to the
    largest.
    """

    name: str
    type: str
    count: int
    missing: int
    distinct: int
    aggregates: Mapping[str, Any]
    quantiles: Mapping[str, float | None]
    top: tuple[tuple[Any, int], ...]
    lengths: Mapping[str, float]
    histogram: tuple[int, ...]

    @property
    def is_numeric(self) -> bool:
        """Whether the column holds numbers."""
        return self.type.startswith(("int", "uint", "float", "double"))


def read_statistics(
    storage: Storage,
    name: str,
    columns: Sequence[str] | None,
    config: MDMConfig,
    progress: Progress | None = None,
) -> tuple[ColumnStatistics, ...]:
    """Return the statistics of a dataset, or of some *columns* of it.

    As many columns are read at once as fit a quarter of ``performance.memory_limit_mb``; of one that does not, the
    values are counted and sorted on the disk.
    """
    [table] = [table for table in storage.info(name).tables if table.name == DATA]
    types = {column.name: column.type for column in table.columns}
    names = tuple(types if columns is None else columns)
    room = config.performance.memory_limit_mb * 2**20 // 4
    step = room // (_BYTES_OF_A_VALUE * max(1, table.rows))
    asked = config.features.numeric_aggregations

    def described(some: Sequence[str]) -> Iterator[ColumnStatistics]:
        rows = storage.read(name, columns=some, rows=config.performance.chunk_size)
        held = list(_within(rows, room if step else 0))
        if (more := next(rows, None)) is None:
            frame = cast("pl.DataFrame", pl.from_arrow(pa.Table.from_batches(held, rows.schema)))
            yield from (statistics_of(each, types[each.name], asked) for each in frame)
        elif len(some) > 1:
            for half in (some[: len(some) // 2], some[len(some) // 2 :]):
                yield from described(half)
        else:
            yield _spilled_statistics(some[0], types[some[0]], chain(held, [more], rows), config)

    groups = (names[place : place + max(1, step)] for place in range(0, len(names), max(1, step)))
    found = (each for group in groups for each in described(group))
    shown = progress if table.rows > config.performance.chunk_size else None
    return tuple(watched(found, shown, "columns", len(names), lambda _: 1))


def _within(rows: Iterator[pa.RecordBatch], room: int) -> Iterator[pa.RecordBatch]:
    """Yield batches until they have taken the *room*."""
    while room >= 0 and (batch := next(rows, None)) is not None:
        room -= batch.nbytes or 1
        yield batch


def _spilled_statistics(name: str, kind: str, batches: Iterator[pa.RecordBatch], config: MDMConfig) -> ColumnStatistics:
    from mdm.dataset.statistics_spilled import spilled

    lengths: list[int] = []

    def counted() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            lengths.append(len(batch))
            yield batch

    with spilled(counted(), type_of_text(kind), config) as values:
        numeric, temporal = values.dtype.is_numeric(), values.dtype.is_temporal()
        low_high = dict(zip(("min", "max"), values.range(), strict=True)) if temporal and values.count else {}
        asked = config.features.numeric_aggregations
        return ColumnStatistics(
            name,
            kind,
            values.count,
            sum(lengths) - values.count,
            values.distinct,
            {each: _number(value) for each, value in values.aggregates(asked).items()} if numeric else low_high,
            values.quantiles(QUANTILES) if numeric else {},
            values.top(_MOST_TOP) if values.distinct < values.count else (),
            values.lengths() if values.dtype == pl.String and values.count else {},
            values.histogram(BINS) if numeric or temporal else (),
        )


def statistics_of(column: pl.Series, kind: str, aggregations: Sequence[str]) -> ColumnStatistics:
    """Return the statistics of *column*, whose Arrow type is called *kind*."""
    values = column.drop_nulls().rechunk()
    if values.dtype.is_float():
        values = values.filter(values.is_not_nan())
    numeric = values.dtype.is_numeric()
    counted = values.alias("value").value_counts(name="n")
    return ColumnStatistics(
        column.name,
        kind,
        len(values),
        len(column) - len(values),
        len(counted),
        _aggregates(values, aggregations) if numeric else _range(values),
        {f"{share:g}": _number(values.quantile(share, "linear")) for share in QUANTILES} if numeric else {},
        _top(counted) if len(counted) < len(values) else (),
        _lengths(values) if values.dtype == pl.String and len(values) else {},
        _histogram(values.to_physical().cast(pl.Float64)) if numeric or values.dtype.is_temporal() else (),
    )


def _skew(values: pl.Series) -> Any:
    return values.skew(bias=False) if len(values) > 2 and values.min() != values.max() else None


def _kurtosis(values: pl.Series) -> Any:
    return values.kurtosis(fisher=True, bias=False) if len(values) > 3 and values.min() != values.max() else None


AGGREGATES: Final[dict[str, Callable[[pl.Series], Any]]] = {
    "mean": lambda values: values.mean(),
    "std": lambda values: values.std(),
    "min": lambda values: values.min(),
    "max": lambda values: values.max(),
    "median": lambda values: values.median(),
    "skew": _skew,
    "kurtosis": _kurtosis,
}
"""As pandas defines them: standard deviation of a sample (n - 1), skewness and excess kurtosis without bias."""


def _aggregates(values: pl.Series, names: Sequence[str]) -> dict[str, Any]:
    return {name: _number(AGGREGATES[name](values)) for name in names}


def _range(values: pl.Series) -> dict[str, Any]:
    return {"min": values.min(), "max": values.max()} if values.dtype.is_temporal() and len(values) else {}


def _top(counted: pl.DataFrame) -> tuple[tuple[Any, int], ...]:
    frequent = counted.filter(pl.col("n") >= pl.col("n").top_k(_MOST_TOP).min())
    return tuple(frequent.sort(["n", "value"], descending=[True, False]).head(_MOST_TOP).rows())


def _lengths(values: pl.Series) -> dict[str, float]:
    lengths: Any = values.str.len_chars()
    return {"min": lengths.min(), "mean": lengths.mean(), "max": lengths.max()}


def _histogram(values: pl.Series) -> tuple[int, ...]:
    finite = values.filter(values.is_finite())
    low: Any = finite.min()
    width = finite.max() - low if len(finite) else 0.0
    if not 0 < width < math.inf:
        return ()
    places = ((finite - low) / width * BINS).floor().clip(0, BINS - 1).cast(pl.Int64)
    counts = dict(places.alias("place").value_counts(name="n").rows())
    return tuple(counts.get(place, 0) for place in range(BINS))


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
