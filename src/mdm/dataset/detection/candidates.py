"""What the text of a column may stand for, after all that was seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from mdm.dataset.detection.dates import has_times
from mdm.dataset.detection.formats import PARSERS
from mdm.dataset.detection.values import beyond_int64, has_fractions

if TYPE_CHECKING:
    from collections.abc import Iterable

NUMBER: Final = ("integer", "float")
DATES: Final = (("date", "datetime", "ymd"), ("zoned",), ("dmy",), ("mdy",))


@dataclass
class Chain:
    """Formats of which each takes all that the one before it takes: the first that fits everything counts."""

    formats: tuple[str, ...]
    step: int = 0
    timed: bool = False

    def take(self, texts: pa.Array) -> pa.Array | None:
        """Return *texts* in the first format that fits these and all before; none where there is none left."""
        while self.alive:
            if (values := PARSERS[self.format](texts)) is not None:
                return values
            self.step += 1
        return None

    @property
    def alive(self) -> bool:
        """Whether a format fits."""
        return self.step < len(self.formats)

    @property
    def format(self) -> str:
        """The format that fits."""
        return self.formats[self.step]


@dataclass
class Candidates:
    """The formats that are still possible; what remains in the end does not depend on order and batches."""

    plain: bool = True
    """Whether text may be numbers and booleans: not where the file could have said so itself."""
    dated: bool = True
    seen: bool = False
    _fraction: bool = False
    _big: bool = False
    _dotted: bool = False
    _boolean: Chain = field(init=False)
    _number: Chain = field(init=False)
    _dates: list[Chain] = field(init=False)

    def __post_init__(self) -> None:
        self._boolean = Chain(("boolean",) if self.plain else ())
        self._number = Chain(NUMBER if self.plain else ())
        self._dates = [Chain(each) for each in (DATES if self.dated else ())]

    def take(self, texts: pa.Array) -> pa.Array | None:
        """Look at some *texts* (no gaps); return them as what all of the column may be, none where it is only text."""
        if not len(texts):
            return None
        self.seen = True
        dates = self._look_for_dates(texts)
        truths, numbers = self._boolean.take(texts), self._number.take(texts)
        if numbers is not None and self._number.format == "float":
            self._look_for_fractions(texts)
        if truths is not None or numbers is not None:
            return truths if numbers is None else numbers
        return next((values for chain, values in zip(self._dates, dates, strict=True) if chain is self._date()), None)

    def result(self) -> tuple[str, pa.DataType]:
        """Return the format that fits everything, and the type of its values."""
        if not self.seen:
            return "text", pa.string()
        if self._boolean.alive:
            return "boolean", pa.bool_()
        if self._number.alive:
            return self._number_result()
        if (chain := self._date()) is None:
            return "text", pa.string()
        if chain.format == "zoned":
            return "zoned", pa.timestamp("us", "UTC")
        return chain.format, pa.timestamp("us") if chain.timed else pa.date32()

    def _number_result(self) -> tuple[str, pa.DataType]:
        if self._number.format == "integer":
            return "integer", pa.int64()
        return ("float", pa.float64()) if self._fraction or not self._big else ("text", pa.string())

    @property
    def ambiguous(self) -> bool:
        """Whether day and month cannot be told apart."""
        return sum(each.alive for each in self._orders()) == 2 and self.seen

    def _look_for_fractions(self, texts: pa.Array) -> None:
        if not self._fraction:
            self._fraction = has_fractions(texts)
            self._big = self._big or (not self._fraction and beyond_int64(texts))

    def _look_for_dates(self, texts: pa.Array) -> list[pa.Array | None]:
        found = [chain.take(texts) for chain in self._dates]
        for chain, values in zip(self._dates, found, strict=True):
            chain.timed = chain.timed or (values is not None and has_times(values))
        if any(chain.alive for chain in self._orders()):
            self._dotted = self._dotted or pc.any(pc.match_substring_regex(texts, r"^\s*\d+\.")).as_py()
        return found

    def _orders(self) -> Iterable[Chain]:
        return self._dates[-2:]

    def _date(self) -> Chain | None:
        alive = [chain for chain in self._dates if chain.alive]
        if not alive:
            return None
        # Where nothing tells: points stand between day and month, slashes between month and day.
        return alive[0] if self._dotted else alive[-1]
