"""Rows in bulk: binary COPY into the server, CSV out of it."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from psycopg import Copy

_SHAPE: Final = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)


def write(copy: Copy, batches: Iterable[pa.RecordBatch]) -> None:
    """Write *batches* to a binary COPY."""
    rest = iter(batches)
    if (first := next(rest, None)) is None:
        return
    encoder = ArrowToPostgresBinaryEncoder(first.schema)
    copy.write(encoder.write_header())
    for batch in chain([first], rest):
        copy.write(encoder.write_batch(batch))
    copy.write(encoder.finish())


def read(copy: Copy, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield what a COPY writes as CSV, *rows* at a time; the protocol has one message for each row."""
    names = [str(place) for place in range(len(schema))]
    types = [pa.string() if pa.types.is_binary(field.type) else field.type for field in schema]
    convert = csv.ConvertOptions(
        column_types=dict(zip(names, types, strict=True)),
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,  # a missing text is empty, an empty one is quoted
    )
    messages = iter(copy)
    while lines := b"".join(islice(messages, rows)):
        shape = csv.ReadOptions(column_names=names, block_size=len(lines))
        table = csv.read_csv(pa.BufferReader(lines), shape, _SHAPE, convert)
        columns = [
            _typed(column.combine_chunks(), field.type) for field, column in zip(schema, table.columns, strict=True)
        ]
        yield pa.record_batch(columns, schema=schema)


def _typed(column: pa.Array, to: pa.DataType) -> pa.Array:
    if not pa.types.is_binary(to):
        return column
    return pa.array((None if text is None else bytes.fromhex(text[2:]) for text in column.to_pylist()), to)
