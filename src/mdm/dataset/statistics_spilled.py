"""Statistics of a column that does not fit the memory: DuckDB counts its values on the disk, and sorts them there."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import polars as pl
import pyarrow as pa

from mdm.core.files import make_folder
from mdm.errors import Problem, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from mdm.config.models import MDMConfig

_SHARE: Final = 2**20 // 4
"""Of a megabyte of the limit what DuckDB may use: the rest is for the rows on their way, out of a database and in."""


class SpilledValues:
    """The values of a column, each once, with how often it is there; NaN and gaps are left out.

    They are held as the numbers that stand for them, where they are dates, times or durations.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, dtype: pl.DataType) -> None:
        self.dtype = dtype
        self._connection = connection
        self.distinct, self.count = self._row("count(*), coalesce(sum(n), 0)::BIGINT")

    def aggregates(self, names: Sequence[str]) -> dict[str, float | None]:
        """Return statistics of numbers, by the definitions of `mdm.dataset.statistics.AGGREGATES`."""
        if not self.count:
            return dict.fromkeys(names)
        low, high, mean = self._row("min(value), max(value), kahan_sum(value::DOUBLE * n) / sum(n)")
        if math.isnan(mean):  # an infinity is among them
            [mean] = self._row("sum(value::DOUBLE * n) / sum(n)")
        median = self.quantiles([0.5])["0.5"] if "median" in names else None
        found = {"mean": mean, "min": low, "max": high, "median": median, **self._shape(mean)}
        return {name: found[name] for name in names}

    def _shape(self, mean: float) -> dict[str, float | None]:
        """Return what the moments about the mean tell, without bias."""
        sums = ", ".join(f"kahan_sum(n * {' * '.join(['(value::DOUBLE - ?)'] * power)})" for power in (2, 3, 4))
        n = self.count
        second, third, fourth = (total / n for total in self._row(sums, *[mean] * 9))
        varied = second > 0
        skew = math.sqrt(n * (n - 1)) / (n - 2) * third / second**1.5 if varied and n > 2 else None
        excess = (n + 1) * (fourth / second**2 - 3) + 6 if varied and n > 3 else None
        return {
            "std": math.sqrt(second * n / (n - 1)) if n > 1 else None,
            "skew": skew,
            "kurtosis": None if excess is None else (n - 1) / ((n - 2) * (n - 3)) * excess,
        }

    def quantiles(self, shares: Sequence[float]) -> Mapping[str, float | None]:
        """Return quantiles of numbers, between neighbours linearly."""
        if not self.count:
            return {f"{share:g}": None for share in shares}
        places = {share: share * (self.count - 1) for share in shares}
        wanted = sorted({side for place in places.values() for side in (math.floor(place), math.ceil(place))})
        at = dict(zip(wanted, self._sorted_at(wanted), strict=True))
        return {f"{share:g}": _between(at[math.floor(p)], at[math.ceil(p)], p % 1) for share, p in places.items()}

    def range(self) -> tuple[Any, Any]:
        """Return the least and the largest value."""
        low, high = self._row("min(value), max(value)")
        return self._shown(low), self._shown(high)

    def top(self, most: int) -> tuple[tuple[Any, int], ...]:
        """Return the most frequent values with how often they are there."""
        rows = self._connection.table("counted").order("n DESC, value").limit(most).fetchall()
        return tuple((self._shown(value), n) for value, n in rows)

    def lengths(self) -> dict[str, float]:
        """Return how many characters texts have."""
        low, total, high = self._row("min(length(value)), sum(length(value) * n)::DOUBLE, max(length(value))")
        return {"min": low, "mean": total / self.count, "max": high}

    def histogram(self, bins: int) -> tuple[int, ...]:
        """Count finite numbers in intervals of the same width."""
        where = "isfinite(value::DOUBLE)"
        low, high = self._row(f"min(value::DOUBLE) FILTER ({where}), max(value::DOUBLE) FILTER ({where})")
        width = high - low if low is not None else 0.0
        if not 0 < width < math.inf:
            return ()
        place = f"least(floor((value::DOUBLE - ?) / ? * {bins:d}), {bins - 1:d})::INTEGER"
        sql = f"SELECT {place} AS place, sum(n)::BIGINT FROM counted WHERE {where} GROUP BY place"
        counts = dict(self._connection.execute(sql, (low, width)).fetchall())
        return tuple(counts.get(each, 0) for each in range(bins))

    def _sorted_at(self, places: Sequence[int]) -> Iterator[float]:
        """Yield the values that have these places, in rising order, when all are sorted."""
        rest, passed = list(places), 0
        relation = self._connection.sql("SELECT value::DOUBLE AS value, n FROM counted ORDER BY value")
        for batch in relation.to_arrow_reader(10_000):
            frame = cast("pl.DataFrame", pl.from_arrow(batch))
            ends = frame["n"].cum_sum() + passed
            while rest and rest[0] < ends[-1]:
                yield frame["value"][ends.search_sorted(rest.pop(0), side="right")]
            passed = ends[-1]

    def _row(self, selection: str, *parameters: object) -> tuple[Any, ...]:
        return self._connection.execute(f"SELECT {selection} FROM counted", parameters or None).fetchall()[0]

    def _shown(self, value: Any) -> Any:
        return pl.Series([value]).cast(self.dtype).item() if self.dtype.is_temporal() else value


@contextmanager
def spilled(batches: Iterator[pa.RecordBatch], kind: pa.DataType, config: MDMConfig) -> Iterator[SpilledValues]:
    """Give the values of *batches*, which have one column; what does not fit the memory goes to the disk."""
    import duckdb

    folder = config.database.duckdb_temp_directory or config.paths.temp_path
    make_folder(folder)
    most = min(config.database.duckdb_memory_limit.bytes, config.performance.memory_limit_mb * _SHARE)
    options: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{most}B",
        "temp_directory": str(folder),
        "threads": 1,  # each holds a part of the memory while it counts
        "preserve_insertion_order": "false",
    }
    empty = cast("pl.Series", pl.from_arrow(pa.array([], kind)))
    schema = _present(empty).to_arrow().schema
    rows = pa.RecordBatchReader.from_batches(schema, _held(batches))
    try:
        with duckdb.connect(config=options) as connection:
            connection.register("incoming", rows)
            connection.execute("CREATE TABLE counted AS SELECT value, count(*) AS n FROM incoming GROUP BY value")
            connection.unregister("incoming")
            yield SpilledValues(connection, empty.dtype)
    except duckdb.OutOfMemoryException as error:
        hint = "raise performance.memory_limit_mb and database.duckdb_memory_limit"
        raise StorageError(Problem("the statistics do not fit the memory limit", hint=hint)) from error


def _held(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from _present(cast("pl.Series", pl.from_arrow(batch.column(0)))).to_arrow().to_batches()


def _present(column: pl.Series) -> pl.DataFrame:
    values = column.drop_nulls()
    if values.dtype.is_float():
        values = values.filter(values.is_not_nan())
    return (values.to_physical() if values.dtype.is_temporal() else values).to_frame("value")


def _between(low: float, high: float, share: float) -> float:
    return low if low == high else low + (high - low) * share
