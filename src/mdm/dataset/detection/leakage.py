"""Columns that give the target away."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Final

import polars as pl

from mdm.dataset.detection.sketch import Distinct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdm.dataset.detection.profile import ColumnProfile

CORRELATION: Final = 0.999
"""Correlation with the target, without its sign, from which on a column gives it away."""

_MOST_PAIRS = 1024


@dataclass
class Moments:
    """Sums of the values of two columns about their means, from which their correlation follows."""

    count: int = 0
    mean: tuple[float, float] = (0.0, 0.0)
    sums: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def merge(self, other: Moments) -> Moments:
        """Return the moments of the rows of both."""
        total = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        dx, dy = other.mean[0] - self.mean[0], other.mean[1] - self.mean[1]
        weight = self.count * other.count / total
        moved = (dx * dx * weight, dy * dy * weight, dx * dy * weight)
        xx, yy, xy = (one + two + more for one, two, more in zip(self.sums, other.sums, moved, strict=True))
        share = other.count / total
        return Moments(total, (self.mean[0] + dx * share, self.mean[1] + dy * share), (xx, yy, xy))

    def correlation(self) -> float:
        """Return the correlation of Pearson; 0 where one column is constant."""
        xx, yy, xy = self.sums
        return xy / sqrt(xx) / sqrt(yy) if xx > 0 and yy > 0 else 0.0


@dataclass
class Association:
    """How a column goes with the target: its correlation, and how many pairs of values there are.

    *moments* are none when one of the two holds no numbers.
    """

    moments: Moments | None = field(default_factory=Moments)
    pairs: Distinct = field(default_factory=lambda: Distinct(_MOST_PAIRS))
    rows: int = 0

    def verdict(self, column: ColumnProfile, target: ColumnProfile) -> str | None:
        """Return how the column gives the target away, if it does."""
        if self.moments and self.moments.count > 2 and abs(found := self.moments.correlation()) > CORRELATION:
            return f"its correlation with the target is {found:.4f}"
        # Of values that are hardly ever there twice, any two columns are one to one.
        if self.pairs.full or not 2 <= self.pairs.count <= self.rows / 2:
            return None
        if self.pairs.count == column.distinct.count == target.distinct.count:
            return "each of its values goes with one value of the target"
        return None


@dataclass(frozen=True)
class Associations:
    """All columns against one target."""

    target: str
    columns: dict[str, Association]

    def take(self, valid: pl.DataFrame, hashes: pl.DataFrame, numbers: dict[str, pl.Series]) -> None:
        """Take the same rows of all columns: which are there, their hashes, and the numbers of those that have such."""
        both = valid.select(pl.col(name) & pl.col(self.target) for name in self.columns)
        # The hash of a hash: a column that equals the target would give 0 for every pair.
        targets = hashes[self.target].hash(1)
        for name, association in self.columns.items():
            association.rows += int(both[name].sum())
            if not association.pairs.full:
                association.pairs.add((hashes[name] ^ targets).filter(both[name]))
        found = _moments(numbers, self.target, self.columns) if self.target in numbers else {}
        for name, association in self.columns.items():
            if association.moments is not None and both[name].any():
                association.moments = association.moments.merge(found[name]) if name in found else None


def _moments(numbers: dict[str, pl.Series], target: str, columns: Iterable[str]) -> dict[str, Moments]:
    frame = pl.DataFrame([series.cast(pl.Float64).alias(name) for name, series in numbers.items()])
    frame = frame.select(pl.when(pl.all().is_finite()).then(pl.all()))
    if not (names := [name for name in columns if name in numbers]):
        return {}
    rows = frame.select(pl.struct(_sums(name, target)).alias(name) for name in names).row(0, named=True)
    return {
        name: Moments(each["n"], (each["x"], each["y"]), (each["xx"], each["yy"], each["xy"]))
        for name, each in rows.items()
    }


def _sums(name: str, target: str) -> list[pl.Expr]:
    there = pl.col(name).is_not_null() & pl.col(target).is_not_null()
    x, y = (pl.when(there).then(pl.col(each)) for each in (name, target))
    dx, dy = x - x.mean(), y - y.mean()
    return [
        x.count().alias("n"),
        x.mean().fill_null(0).alias("x"),
        y.mean().fill_null(0).alias("y"),
        (dx * dx).sum().alias("xx"),
        (dy * dy).sum().alias("yy"),
        (dx * dy).sum().alias("xy"),
    ]
