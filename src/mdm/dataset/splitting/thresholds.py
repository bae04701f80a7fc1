"""Where sorted keys are cut, in three readings and little memory: the keys of all rows are never held at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Units = Callable[[], Iterator[pl.DataFrame]]

_BINS: Final = 2**16
_COMPACT: Final = 64  # frames of counts that are added up at once


def counted(frames: Iterable[pl.DataFrame], by: Sequence[str]) -> pl.DataFrame:
    """Return how many rows there are (``n``) of each value of *by* in all *frames*."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame.group_by(by).agg(pl.len().cast(pl.Int64).alias("n")))
        if len(held) == _COMPACT:
            held = [_sum(held, by)]
    return _sum(held, by)


def thresholds(units: Units, highest: int, strata: pl.DataFrame, ends: Sequence[float]) -> pl.DataFrame:
    """Return, for each stratum, the key at which each of the parts after the first begins: ``t0``, ``t1`` ...

    *units* reads rows as ``stratum`` and ``key`` (0 to *highest*); *strata* is what `counted` says of the strata;
    *ends* are the shares of the rows before the end of each part but the last. A threshold is missing where no row
    lies behind it.
    """
    width = highest // _BINS + 1
    ranks = _ranks(strata, ends)
    bins = counted((_binned(frame, width) for frame in units()), ("stratum", "bin")).sort("stratum", "bin")
    bins = bins.with_columns((pl.col("n").cum_sum().over("stratum") - pl.col("n")).alias("before"))
    wanted = _bin_of_rank(bins, ranks)
    held = [
        _binned(frame, width).join(wanted.select("stratum", "bin").unique(), on=["stratum", "bin"], nulls_equal=True)
        for frame in units()
    ]
    sorted_keys = pl.concat(held).sort("stratum", "key").group_by("stratum", "bin", maintain_order=True).agg("key")
    found = wanted.join(sorted_keys, on=["stratum", "bin"], how="left", nulls_equal=True).with_columns(
        pl.col("key").list.get(pl.col("rank") - pl.col("before"), null_on_oob=True)
    )
    result = strata.select("stratum")
    for number in range(len(ends)):
        one = found.filter(pl.col("end") == number).select("stratum", pl.col("key").alias(f"t{number}"))
        result = result.join(one, on="stratum", how="left", nulls_equal=True)
    return result


def _ranks(strata: pl.DataFrame, ends: Sequence[float]) -> pl.DataFrame:
    """Return how many rows of each stratum lie before each end.

    They are rounded as if the strata lay in a row, so that what one gets too much the next gets too little.
    """
    rows, start = [], 0
    for place, n in enumerate(strata["n"]):
        least = 0
        for number, end in enumerate(ends):
            least = max(least, min(n, round(end * (start + n)) - round(end * start)))
            rows.append((place, number, least))
        start += n
    ranks = pl.DataFrame(rows, {"place": pl.UInt32, "end": pl.Int64, "rank": pl.Int64}, orient="row")
    placed = strata.select("stratum").with_row_index("place")
    return ranks.join(placed, on="place", maintain_order="left").drop("place")


def _bin_of_rank(bins: pl.DataFrame, ranks: pl.DataFrame) -> pl.DataFrame:
    pairs = ranks.join(bins, on="stratum", nulls_equal=True)
    inside = (pl.col("before") <= pl.col("rank")) & (pl.col("rank") < pl.col("before") + pl.col("n"))
    return pairs.filter(inside).select("stratum", "end", "rank", "bin", "before")


def _binned(frame: pl.DataFrame, width: int) -> pl.DataFrame:
    return frame.with_columns((pl.col("key") // pl.lit(width, pl.UInt64)).alias("bin"))


def _sum(held: list[pl.DataFrame], by: Sequence[str]) -> pl.DataFrame:
    return pl.concat(held).group_by(by).agg(pl.col("n").sum())
