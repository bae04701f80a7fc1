"""Which type of DuckDB holds an Arrow type without loss."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
from pyarrow import types as kinds

from mdm.storage.backend import Stored

_SAME: Final = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.uint8(): "UTINYINT",
    pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER",
    pa.uint64(): "UBIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.timestamp("s"): "TIMESTAMP_S",
    pa.timestamp("ms"): "TIMESTAMP_MS",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("ns"): "TIMESTAMP_NS",
    pa.time64("ns"): "TIME_NS",
}


def stored(arrow: pa.DataType) -> Stored:
    """Return DuckDB's own type, or the nearest one."""
    if (sql := _SAME.get(arrow)) is not None:
        return Stored(sql, arrow)
    return _nearest(arrow)


def _nearest(arrow: pa.DataType) -> Stored:  # noqa: PLR0911  # a table with conditions
    if kinds.is_timestamp(arrow):
        exact = arrow.unit == "ns"
        return Stored("TIMESTAMPTZ_NS" if exact else "TIMESTAMPTZ", pa.timestamp("ns" if exact else "us", "UTC"))
    if kinds.is_time(arrow):
        return Stored("TIME", pa.time64("us"))
    if kinds.is_decimal(arrow):
        return Stored(f"DECIMAL({arrow.precision}, {arrow.scale})", arrow)
    if kinds.is_duration(arrow):
        return Stored("BIGINT", pa.int64())
    if kinds.is_date(arrow):
        return Stored("DATE", pa.date32())
    if kinds.is_float16(arrow):
        return Stored("FLOAT", pa.float32())
    if kinds.is_binary(arrow) or kinds.is_large_binary(arrow) or kinds.is_fixed_size_binary(arrow):
        return Stored("BLOB", pa.binary())
    return Stored("VARCHAR", pa.string())
