"""How many different values there are, in bounded memory, in any order."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

_ALL = 2**64


@dataclass
class Distinct:
    """The *size* smallest hashes of the values: exact up to that many different values, an estimate above.

    The estimate is off by about ``1 / sqrt(size)``. Which values came first does not matter.
    """

    size: int = 4096
    _least: pa.Array = field(default_factory=lambda: pa.nulls(0, pa.uint64()), repr=False)
    _waiting: list[pa.Array] = field(default_factory=list, repr=False)

    def add(self, hashes: pa.Array) -> None:
        """Take the hashes of some more values."""
        if len(self._least) == self.size:
            hashes = hashes.filter(pc.less(hashes, self._least[-1]))
        if len(hashes):
            self._waiting.append(hashes.unique())
        if sum(map(len, self._waiting)) > self.size:
            self._settle()

    @property
    def full(self) -> bool:
        """Whether there may be more different values than are kept."""
        self._settle()
        return len(self._least) == self.size

    @property
    def count(self) -> int:
        """Different values: exact while not full, otherwise estimated."""
        if not self.full:
            return len(self._least)
        return round((self.size - 1) * _ALL / int(self._least[-1].as_py()))

    def _settle(self) -> None:
        if self._waiting:
            self._least = pa.concat_arrays([self._least, *self._waiting]).unique().sort()[: self.size]
            self._waiting = []
