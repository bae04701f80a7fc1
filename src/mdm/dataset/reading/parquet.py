"""Parquet files, their types brought down to those that every backend holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from mdm.core.file_errors import file_error
from mdm.dataset.reading.compression import damaged
from mdm.dataset.reading.names import check_given, checked
from mdm.dataset.reading.source import ReadingOptions, Source
from mdm.errors import FileError, Problem
from mdm.storage.streams import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mdm.config.models import PerformanceConfig
    from mdm.dataset.reading.rejects import Rejects

_BUFFER = 1 << 20
"""Bytes that are read of each column at once: a group of rows may be larger than the memory."""


def open_parquet(path: Path, performance: PerformanceConfig, options: ReadingOptions, rejects: Rejects) -> Source:
    """Open a Parquet file; its types are kept as far as a database column has them."""
    with _file(path) as file:
        given = file.schema_arrow
    check_given(options.names, len(given.names), str(path))
    names = checked(options.names or given.names, str(path))
    schema = pa.schema([(name, stored_type(each.type)) for name, each in zip(names, given, strict=True)])

    def stream(chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        with _file(path) as file:
            batches = file.iter_batches(batch_size=min(chunk_size, 65_536))
            yield from cut((_stored(each, schema, path) for each in batches), chunk_size, chunk_bytes)

    return Source((path,), schema, stream, performance, typed=True, rejects=rejects)


def stored_type(given: pa.DataType) -> pa.DataType:
    """Return the type in which values of type *given* are delivered.

    All integers are int64 (uint64, which may not fit, is text), all other numbers float64, times have microseconds and
    are in UTC where they have a zone; what has no counterpart (lists, structures, times of day) is text.
    """
    if pa.types.is_dictionary(given):
        return stored_type(given.value_type)
    if pa.types.is_timestamp(given):
        return pa.timestamp("us", "UTC" if given.tz else None)
    for test, kept in (
        (pa.types.is_boolean, pa.bool_()),
        (pa.types.is_uint64, pa.string()),
        (pa.types.is_integer, pa.int64()),
        (pa.types.is_floating, pa.float64()),
        (pa.types.is_decimal, pa.float64()),
        (pa.types.is_date, pa.date32()),
    ):
        if test(given):
            return kept
    return pa.string()


def _file(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except pa.ArrowException as error:
        raise damaged(path, str(error).splitlines()[0]) from error
    except OSError as error:
        raise file_error(error, path, "read") from error


def _stored(batch: pa.RecordBatch, schema: pa.Schema, path: Path) -> pa.RecordBatch:
    arrays = []
    for array, each in zip(batch.columns, schema, strict=True):
        try:
            arrays.append(_as(array, each.type))
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            message = f"column {each.name}: {array.type} cannot be kept as {each.type}: {str(error).splitlines()[0]}"
            raise FileError(Problem(message, str(path), "convert the column, or leave it out")) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if array.type == kind:
        return array
    if pa.types.is_nested(array.type):
        texts = [
            None if each is None else json.dumps(each, default=str, ensure_ascii=False) for each in array.to_pylist()
        ]
        return pa.array(texts, kind)
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), kind)
    return array.cast(kind, safe=not pa.types.is_timestamp(kind))  # nanoseconds go
