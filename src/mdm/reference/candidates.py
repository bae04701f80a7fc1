"""What the texts of a column may stand for, by looking at each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final

import pyarrow as pa

from mdm.reference.formats import VALUE_OF, is_too_large

_DATES: Final[tuple[tuple[str, ...], ...]] = (("date", "datetime", "ymd"), ("zoned",), ("dmy",), ("mdy",))
_NUMBERS: Final = {"boolean": pa.bool_(), "integer": pa.int64(), "float": pa.float64()}


@dataclass
class PlainCandidates:
    """The formats that fit all texts so far. It stands in for `mdm.dataset.detection.candidates.Candidates`."""

    plain: bool = True
    dated: bool = True
    seen: bool = False
    fits: set[str] = field(init=False)
    timed: set[str] = field(default_factory=set)
    fraction: bool = False
    big: bool = False
    dotted: bool = False

    def __post_init__(self) -> None:
        dates = (name for order in _DATES for name in order)
        self.fits = {*(_NUMBERS if self.plain else ()), *(dates if self.dated else ())}

    def take(self, texts: pa.Array) -> pa.Array | None:
        """Look at each of *texts*; return them as numbers or booleans where all of the column may be such."""
        values = texts.to_pylist()
        for text in values:
            self._look(text)
        form = next((form for form in ("integer", "float", "boolean") if form in self.fits), None)
        return pa.array(map(VALUE_OF[form], values), _NUMBERS[form]) if form and values else None

    def result(self) -> tuple[str, pa.DataType]:
        """Return the format that fits everything, and the type of its values."""
        if not self.seen:
            return "text", pa.string()
        if form := next((form for form in ("boolean", "integer") if form in self.fits), None):
            return form, _NUMBERS[form]
        if "float" in self.fits:
            return ("float", pa.float64()) if self.fraction or not self.big else ("text", pa.string())
        return self._date()

    @property
    def ambiguous(self) -> bool:
        """Whether day and month cannot be told apart."""
        return self.seen and {"dmy", "mdy"} <= self.fits

    def _look(self, text: str) -> None:
        self.seen = True
        values = {form: value for form in self.fits if (value := VALUE_OF[form](text)) is not None}
        self.fits = set(values)
        self.timed |= {form for form, value in values.items() if _has_time(value)}
        if "float" in values:
            self.fraction = self.fraction or bool(re.search(r"[.eEiI]", text))
            self.big = self.big or is_too_large(text)
        elif values:
            self.dotted = self.dotted or bool(re.match(r"\s*\d+\.", text))

    def _date(self) -> tuple[str, pa.DataType]:
        forms = [form for order in _DATES if (form := next((each for each in order if each in self.fits), None))]
        if not forms:
            return "text", pa.string()
        # Where nothing tells: points stand between day and month, slashes between month and day.
        form = forms[0] if self.dotted else forms[-1]
        if form == "zoned":
            return form, pa.timestamp("us", "UTC")
        return form, pa.timestamp("us") if form in self.timed else pa.date32()


def _has_time(value: Any) -> bool:
    return isinstance(value, datetime) and value.time() != time()
