"""How a text file separates and quotes its values, and whether it starts with a header."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from mdm.dataset.reading.missing import MARKERS

if TYPE_CHECKING:
    import _csv
    from collections.abc import Iterable

DELIMITERS: Final = ",;\t|:~^ "
"""Separators that are tried, the likelier first."""

_ROWS = 200
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_ESCAPED = re.compile(r'(?<!\\)(\\\\)*\\"(?!\s*[",;\t|\r\n])')


@dataclass(frozen=True, slots=True)
class Dialect:
    """How values are separated and quoted; *padded*: a space follows each separator, and is no part of the value."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    padded: bool = False

    def rows(self, lines: Iterable[str]) -> _csv.Reader:
        """Yield the rows of *lines*; blank lines give empty ones."""
        csv.field_size_limit(sys.maxsize)
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            skipinitialspace=self.padded,
        )


def sniff(start: str, delimiter: str | None = None) -> Dialect:
    """Return the dialect in which the rows of *start* have most often the same number of values, more than one."""
    lines = start.splitlines(keepends=True)
    if len(lines) > 1 and not lines[-1].endswith(("\n", "\r")):
        lines.pop()  # cut off
    escape = "\\" if '\\"' in start and _ESCAPED.search(start) else None
    separators = delimiter or "".join(each for each in DELIMITERS if each in start)
    candidates = [Dialect(each, quote, escape) for quote in _quotes(start) for each in separators]
    best = max(candidates, key=lambda each: _consistency(each, lines), default=Dialect(delimiter or ",", '"', escape))
    if _consistency(best, lines) <= 0:
        best = Dialect(delimiter or ",", '"', escape)
    return Dialect(best.delimiter, best.quote, best.escape, _padded(best, lines))


def has_header(row: list[str]) -> bool:
    """Return whether the first *row* names the columns: it does unless it looks like data.

    It looks like data where it holds a number with a fraction, or numbers and gaps alone; years make good names.
    """
    first = [value for value in row if value not in MARKERS]
    numbers = [value for value in first if _NUMBER.fullmatch(value)]
    if any(not value.strip().lstrip("+-").isdigit() for value in numbers):
        return False
    return not numbers or len(numbers) < len(first)


def _quotes(start: str) -> str:
    # A single quote is an apostrophe, unless values start and end with it and double quotes do not.
    if "'" not in start:
        return '"'
    single = len(re.findall(r"(?<![^,;\t|\r\n])'|'(?![^,;\t|\r\n])", start))
    double = start.count('"')
    return "'" if single > 2 and single % 2 == 0 and not double else '"'


def _consistency(dialect: Dialect, lines: list[str]) -> float:
    """Return a score: the share of rows that have the most frequent width, higher for more columns; 0 for one."""
    try:
        widths = [len(row) for row in islice(dialect.rows(lines), _ROWS) if row]
    except csv.Error:
        return 0
    width, count = max(Counter(widths).items(), key=lambda each: (each[1], each[0]), default=(1, 0))
    if width == 1 or widths[0] == 1:
        return 0
    share = count / len(widths)
    likelihood = 1 - DELIMITERS.find(dialect.delimiter) / 100
    return share**4 * (2 - 1 / width) * likelihood


def _padded(dialect: Dialect, lines: list[str]) -> bool:
    if dialect.delimiter.isspace():
        return False
    values = [value for row in islice(dialect.rows(lines), _ROWS) for value in row[1:]]
    return bool(values) and all(value.startswith(" ") for value in values)
