"""Columns that give the target away."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from mdm.dataset.detection.sketch import Distinct

if TYPE_CHECKING:
    from mdm.dataset.detection.hashes import Hashes
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

    def take(self, batch: pa.RecordBatch, hashes: Hashes, numbers: dict[str, pa.Array]) -> None:
        """Take some rows: as they are, their *hashes*, and the *numbers* of the columns that have such."""
        # The hash of a hash: a column that equals the target would give 0 for every pair.
        targets = hashes.again(self.target)
        against = _measured(numbers[self.target]) if self.target in numbers else None
        for name, association in self.columns.items():
            both = _both(batch.column(name), batch.column(self.target))
            rows = len(batch) if both is None else both.true_count
            association.rows += rows
            if not association.pairs.full:
                pairs = pc.bit_wise_xor(hashes[name], targets)
                association.pairs.add(pairs if both is None else pairs.filter(both))
            if association.moments is not None and rows:
                known = against is not None and name in numbers
                found = _moments(_measured(numbers[name]), against) if known else None
                association.moments = found and association.moments.merge(found)


def _both(one: pa.Array, other: pa.Array) -> pa.Array | None:
    """Return where both have a value; none where that is everywhere."""
    if one.null_count or other.null_count:
        return pc.and_(one.is_valid(), other.is_valid())
    return None


def _measured(numbers: pa.Array) -> pa.Array:
    """Return *numbers* as floats, with gaps for those that are not finite."""
    values = numbers.cast(pa.float64(), safe=False)
    if not pa.types.is_floating(numbers.type) or pc.all(pc.is_finite(values), min_count=0).as_py():
        return values
    return pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))


def _moments(xs: pa.Array, ys: pa.Array) -> Moments:
    if (both := _both(xs, ys)) is not None:
        xs, ys = xs.filter(both), ys.filter(both)
    if not len(xs):
        return Moments()
    x, y = pc.mean(xs), pc.mean(ys)
    dx, dy = pc.subtract(xs, x), pc.subtract(ys, y)
    xx, yy, xy = (pc.sum(pc.multiply(*each)).as_py() for each in ((dx, dx), (dy, dy), (dx, dy)))
    return Moments(len(xs), (x.as_py(), y.as_py()), (xx, yy, xy))
