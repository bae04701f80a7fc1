"""The Arrow types that are stored, their names, and what they become on the way into a database and back."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as kinds

from mdm.errors import DatasetError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PARAMETRIC: Final = re.compile(
    r"timestamp\[(?P<unit>s|ms|us|ns), tz=(?P<zone>.+)\]"
    r"|decimal128\((?P<precision>\d+), (?P<scale>\d+)\)"
    r"|fixed_size_binary\[(?P<width>\d+)\]"
)
_FAMILIES: Final = (
    (kinds.is_string, kinds.is_large_string, kinds.is_string_view),
    (kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary),
    (kinds.is_date,),
    (kinds.is_time,),
    (kinds.is_duration,),
    (kinds.is_decimal,),
)
_EPOCH: Final = date(1970, 1, 1)
_DAYS: Final = ((date.min - _EPOCH).days, (date.max - _EPOCH).days + 1)
_SECOND: Final = 10**9  # in nanoseconds


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return *schema* as it is stored and read back: dictionaries as their values, no metadata.

    Raises DatasetError with every column whose type cannot be stored.
    """
    fields = [pa.field(field.name, _plain(field.type)) for field in schema]
    if problems := [_unfit(field) for field in fields if not _is_fit(field.type)]:
        raise DatasetError(*problems)
    return pa.schema(fields)


@cache
def type_of_text(text: str) -> pa.DataType:
    """Return the type that ``str`` of it gives; raises ValueError where it is none of those that are stored."""
    if (simple := _simple().get(text)) is not None:
        return simple
    if (match := _PARAMETRIC.fullmatch(text)) is None:
        raise ValueError(f"not a type of a column: {text}")
    if match["unit"]:
        return pa.timestamp(match["unit"], match["zone"])
    return (
        pa.binary(int(match["width"]))
        if match["width"]
        else pa.decimal128(int(match["precision"]), int(match["scale"]))
    )


def encode(batch: pa.RecordBatch, stored: pa.Schema) -> pa.RecordBatch:
    """Return *batch* in the types of *stored*; raises DatasetError with every column that they cannot hold exactly."""
    columns, problems = [], []
    for field, column in zip(stored, batch.columns, strict=True):
        try:
            columns.append(_encoded(column, field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            message = f"values of type {column.type} cannot be stored exactly: {str(error).splitlines()[0]}"
            problems.append(Problem(message, f"column {field.name!r}", "change its type in the source, or its values"))
    if problems:
        raise DatasetError(*problems)
    return pa.record_batch(columns, schema=stored)


def decode(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return what :func:`encode` was given."""
    columns = [_decoded(column, field.type) for field, column in zip(schema, batch.columns, strict=True)]
    return pa.record_batch(columns, schema=schema)


def fits(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Say whether a cast that loses nothing, or else raises, leads from *given* to *wanted*."""
    given = _plain(given)
    if given == wanted or kinds.is_null(given):
        return True
    if kinds.is_integer(given):
        return bool(kinds.is_integer(wanted) or kinds.is_floating(wanted))
    if kinds.is_floating(given) and kinds.is_floating(wanted):
        return bool(given.bit_width < wanted.bit_width)
    if kinds.is_timestamp(given) and kinds.is_timestamp(wanted):
        return (given.tz is None) == (wanted.tz is None)
    return any(_is_one_of(given, family) and _is_one_of(wanted, family) for family in _FAMILIES)


def _is_one_of(arrow: pa.DataType, family: Sequence[Callable[[pa.DataType], bool]]) -> bool:
    return any(is_this(arrow) for is_this in family)


def _plain(arrow: pa.DataType) -> pa.DataType:
    return arrow.value_type if kinds.is_dictionary(arrow) else arrow


def _is_fit(arrow: pa.DataType) -> bool:
    try:
        return bool(type_of_text(str(arrow)) == arrow)
    except ValueError:
        return False


def _unfit(field: pa.Field) -> Problem:
    hint = "turn it into JSON text first" if kinds.is_nested(field.type) else "turn it into text or numbers first"
    return Problem(f"the type {field.type} cannot be stored", f"column {field.name!r}", hint)


@cache
def _simple() -> dict[str, pa.DataType]:
    units: Sequence[str] = ("s", "ms", "us", "ns")
    types = [
        *(pa.null(), pa.bool_(), pa.float16(), pa.float32(), pa.float64(), pa.date32(), pa.date64()),
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()),
        *(pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
        *(make(unit) for make in (pa.timestamp, pa.duration) for unit in units),
    ]
    return {str(one): one for one in types}


def _encoded(column: pa.Array, to: pa.DataType) -> pa.Array:
    if kinds.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if kinds.is_date(column.type) or kinds.is_timestamp(column.type):
        _check_years(column)
    if kinds.is_timestamp(column.type) and column.type.tz is not None and kinds.is_string(to):
        column = column.cast(pa.timestamp(column.type.unit, "UTC"))
    return column.cast(to)


def _check_years(column: pa.Array) -> None:
    """Refuse what not every backend has: ISO texts have years of four digits, and whole seconds."""
    if kinds.is_date32(column.type):
        numbers, (first, last) = column.cast(pa.int32()), _DAYS
    else:
        numbers, (first, last) = (
            column.cast(pa.int64()),
            _range("ms" if kinds.is_date64(column.type) else column.type.unit),
        )
    ends = pc.min_max(numbers)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if low is not None and (low < first or high >= last):
        raise pa.ArrowInvalid("a date outside the years 1 to 9999, or those that 64 bits reach")


def _range(unit: str) -> tuple[int, int]:
    """Return the first instant that is stored, and the first after the last one."""
    if unit == "ns":
        return -(2**63) + _SECOND, 2**63 - _SECOND
    per_day = 86_400 * _SECOND // {"s": _SECOND, "ms": 10**6, "us": 10**3}[unit]
    return _DAYS[0] * per_day, _DAYS[1] * per_day


def _decoded(column: pa.Array, to: pa.DataType) -> pa.Array:
    if kinds.is_null(to):
        return pa.nulls(len(column))
    if kinds.is_time(to) and kinds.is_string(column.type):
        day = pc.binary_join_element_wise("1970-01-01", column, " ")
        return day.cast(pa.timestamp(to.unit)).cast(to)
    return column.cast(to)
