"""The table that features are made of: its rows as streams, its columns, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa
from pyarrow import types as kinds

from mdm.features.feature import LeftOut

if TYPE_CHECKING:
    from mdm.features.feature import Family

SPLIT: Final = "mdm_split"
"""The column that tells the parts of a table."""

TRAIN: Final = "train"

ROW: Final = "mdm_row"
"""The place of a row in the table, from 0: folds depend on it, and on an engine the order."""

_TEXT: Final = 64
_NUMBER: Final = 8
"""Bytes of a value, about, where nothing has been read."""

_LOOKED_AT: Final = 1000
"""Rows that tell how wide the columns are."""

Read: TypeAlias = Callable[[Sequence[str], int], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read again and again: *read* gives some columns, so many rows at a time.

    *kinds* are those of `mdm.dataset.detection`; a column without one is taken by its type. *widths* are the bytes of a
    value in each column, about, as far as they are known.
    """

    schema: pa.Schema
    rows: int
    read: Read
    kinds: Mapping[str, str]
    target: str | None = None
    problem_type: str | None = None
    ids: tuple[str, ...] = ()
    widths: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_split(self) -> bool:
        """Whether there is a training part."""
        return SPLIT in self.schema.names

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that may become features, in their order."""
        return tuple(name for name in self.schema.names if name not in (self.target, *self.ids, SPLIT))

    def family(self, column: str) -> Family | None:
        """Return which family takes a column first; none where no family does."""
        if _is_pattern(column):
            return None
        type_ = self.schema.field(column).type
        match self.kinds.get(column):
            case "identifier":
                return None
            case "category":
                return "categorical"
        return next((family for family, tests in _BY_TYPE.items() if any(test(type_) for test in tests)), None)

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Yield *columns* in plain types."""
        return (plain(batch) for batch in self.read(columns, rows))

    def bytes(self, columns: Sequence[str] | None = None) -> int:
        """Return about how much memory *columns*, or all, take."""
        names = self.schema.names if columns is None else columns
        return int(self.rows * sum(self.widths.get(name, _width(self.schema.field(name).type)) for name in names))

    def measured(self) -> Table:
        """Return the table with the widths that its first rows have: texts may be of any length."""
        first = next(self.read(self.schema.names, _LOOKED_AT), None)
        if not first:
            return self
        columns = zip(first.schema.names, first.columns, strict=True)
        return replace(self, widths={name: column.nbytes / len(first) for name, column in columns})

    def without_family(self) -> Iterator[LeftOut]:
        """Yield the columns that no family takes, with the reason."""
        for name in self.inputs:
            if _is_pattern(name):
                yield LeftOut(name, "", "its name stands for several columns; rename it")
            elif self.kinds.get(name) == "identifier":
                yield LeftOut(name, "", "names rows")
            elif self.family(name) is None:
                yield LeftOut(name, "", f"no family takes {self.schema.field(name).type}")


_BY_TYPE: Final[dict[Family, tuple[Callable[[pa.DataType], bool], ...]]] = {
    "numeric": (kinds.is_integer, kinds.is_floating, kinds.is_decimal),
    "categorical": (kinds.is_boolean,),
    "datetime": (kinds.is_date, kinds.is_timestamp),
    "text": (kinds.is_string, kinds.is_large_string, kinds.is_string_view),
}


def _is_pattern(name: str) -> bool:
    """Say whether Polars takes *name* for a pattern."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return *batch* in the types that every engine has: instants as times in UTC, decimals as floats."""
    schema = plain_schema(batch.schema)
    return pa.record_batch(
        [column.cast(field.type) for field, column in zip(schema, batch.columns, strict=True)], schema=schema
    )


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return the types that `plain` gives."""
    return pa.schema([pa.field(field.name, _plain_type(field.type)) for field in schema])


def _width(arrow: pa.DataType) -> int:
    return _TEXT if kinds.is_string(arrow) or kinds.is_large_string(arrow) or kinds.is_binary(arrow) else _NUMBER


def _plain_type(arrow: pa.DataType) -> pa.DataType:
    if kinds.is_dictionary(arrow):
        return _plain_type(arrow.value_type)
    if kinds.is_timestamp(arrow):
        return pa.timestamp("us")
    if kinds.is_date(arrow):
        return pa.date32()
    if kinds.is_decimal(arrow) or kinds.is_floating(arrow):
        return pa.float64()
    if kinds.is_large_string(arrow) or kinds.is_string_view(arrow):
        return pa.string()
    return arrow
