"""What one pass over a table tells of its columns, in memory that does not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from mdm.dataset.detection.candidates import Candidates
from mdm.dataset.detection.formats import spread
from mdm.dataset.detection.sketch import Distinct
from mdm.dataset.detection.values import has_space


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a column. *form* says how its text is read, *type* what it then is.

    *distinct* is an estimate unless *exact*; *length* is the average of the texts in characters; *spaced*: a text has
    spaces inside; *span* is the highest integer less the lowest.
    """

    name: str
    form: str
    type: pa.DataType
    count: int
    missing: int
    distinct: int
    exact: bool
    length: float
    spaced: bool
    span: int | None
    ambiguous: bool


@dataclass
class ColumnProfile:
    """Takes a column batch by batch."""

    name: str
    type: pa.DataType
    candidates: Candidates
    distinct: Distinct
    count: int = 0
    missing: int = 0
    _characters: int = 0
    _spaced: bool = False
    _low: int | None = None
    _high: int | None = field(default=None)

    def take(self, array: pa.Array, hashes: pa.Array) -> pa.Array | None:
        """Take the next values and their *hashes*; return them as what all so far may be, none where that is text."""
        values = array.drop_null() if array.null_count else array
        self.count += len(values)
        self.missing += array.null_count
        self.distinct.add(hashes.filter(array.is_valid()) if array.null_count else hashes)
        found = self._take_texts(values) if pa.types.is_string(self.type) else values
        if found is None or not len(found):
            return None
        if pa.types.is_integer(found.type):
            self._take_span(found)
        return spread(found, array)

    def facts(self) -> Facts:
        """Return what is known now."""
        form, kind = self.candidates.result() if pa.types.is_string(self.type) else ("text", self.type)
        return Facts(
            self.name,
            form,
            kind,
            self.count,
            self.missing,
            self.distinct.count,
            not self.distinct.full,
            self._characters / self.count if self.count else 0,
            self._spaced,
            self._high - self._low if self._high is not None and self._low is not None else None,
            self.candidates.ambiguous,
        )

    def _take_texts(self, texts: pa.Array) -> pa.Array | None:
        found = self.candidates.take(texts)
        if found is not None and not pa.types.is_timestamp(found.type):  # then it is ASCII, and has no space inside
            self._characters += pc.sum(pc.binary_length(texts)).as_py() or 0
            return found
        self._characters += pc.sum(pc.utf8_length(texts)).as_py() or 0
        self._spaced = self._spaced or (has_space(texts) and has_space(pc.utf8_trim_whitespace(texts)))
        return found

    def _take_span(self, numbers: pa.Array) -> None:
        ends = pc.min_max(numbers).as_py()
        self._low = ends["min"] if self._low is None else min(self._low, ends["min"])
        self._high = ends["max"] if self._high is None else max(self._high, ends["max"])
