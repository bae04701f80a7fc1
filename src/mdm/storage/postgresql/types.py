"""Which type of PostgreSQL holds an Arrow type without loss, and what the columns of a query are in Arrow."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
from pyarrow import types as kinds

from mdm.storage.backend import Stored

_OF_NUMBERS: Final = {
    1: Stored("SMALLINT", pa.int16()),
    2: Stored("INTEGER", pa.int32()),
    4: Stored("BIGINT", pa.int64()),
    8: Stored("BIGINT", pa.int64()),
}
"""For unsigned integers by their bytes: a signed one that is wider. Beyond 2**63 there is none."""

_SIMPLE: Final = {  # by the number of the type in the system catalog
    16: pa.bool_(),
    17: pa.binary(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1083: pa.time64("us"),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
_NUMERIC: Final = 1700


def stored(arrow: pa.DataType) -> Stored:  # noqa: C901, PLR0911  # a table with conditions
    """Return PostgreSQL's type; microseconds are the shortest time that it knows."""
    if kinds.is_boolean(arrow):
        return Stored("BOOLEAN", arrow)
    if kinds.is_unsigned_integer(arrow):
        return _OF_NUMBERS[arrow.bit_width // 8]
    if kinds.is_integer(arrow):
        return _OF_NUMBERS[max(1, arrow.bit_width // 16)]
    if kinds.is_duration(arrow):
        return Stored("BIGINT", pa.int64())
    if kinds.is_float64(arrow):
        return Stored("DOUBLE PRECISION", arrow)
    if kinds.is_floating(arrow):
        return Stored("REAL", pa.float32())
    if kinds.is_decimal(arrow):
        return Stored(f"NUMERIC({arrow.precision}, {arrow.scale})", arrow)
    if kinds.is_date(arrow):
        return Stored("DATE", pa.date32())
    if kinds.is_time(arrow):
        return Stored("TIME", pa.time64("us"))
    if kinds.is_timestamp(arrow):
        zone = arrow.tz and "UTC"
        return Stored("TIMESTAMPTZ" if zone else "TIMESTAMP", pa.timestamp("us", zone))
    if kinds.is_binary(arrow) or kinds.is_large_binary(arrow) or kinds.is_fixed_size_binary(arrow):
        return Stored("BYTEA", pa.binary())
    return Stored("TEXT", pa.string())


def of_result(number: int, modifier: int) -> pa.DataType:
    """Return the Arrow type of a column of a query; text where Arrow has nothing like it, or sizes are unknown."""
    if number != _NUMERIC:
        return _SIMPLE.get(number, pa.string())
    if modifier < 0:  # numeric without limits, of an average for example
        return pa.float64()
    precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
    return pa.decimal128(precision, scale) if scale <= precision <= 38 else pa.string()
