"""How many different values there are, in bounded memory, in any order."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

_ALL = 2**64


@dataclass
class Distinct:
    """The *size* smallest hashes of the values: exact up to that many different values, an estimate above.

    The estimate is off by about ``1 / sqrt(size)``. Which values came first does not matter.
    """

    size: int = 4096
    _least: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.UInt64), repr=False)

    def add(self, hashes: pl.Series) -> None:
        """Take the hashes of some more values."""
        if self.full:
            hashes = hashes.filter(hashes < self._least[-1])
        if len(hashes):
            self._least = pl.concat([self._least, hashes]).unique().sort().head(self.size)

    @property
    def full(self) -> bool:
        """Whether there may be more different values than are kept."""
        return len(self._least) >= self.size

    @property
    def count(self) -> int:
        """Different values: exact while not full, otherwise estimated."""
        if not self.full:
            return len(self._least)
        return round((self.size - 1) * _ALL / int(self._least[-1]))
