"""Record batches as files of each format, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from mdm.errors import Problem, UsageError
from mdm.storage.streams import cut

if TYPE_CHECKING:
    from typing import BinaryIO

    from mdm.dataset.exporting.target import Compression

_CODECS: Final = {"none": "NONE", "gzip": "GZIP", "zip": "GZIP", "zstd": "ZSTD"}

_GROUP_ROWS: Final = 1 << 17
_GROUP_BYTES: Final = 16 << 20


def write_csv(rows: pa.RecordBatchReader, file: BinaryIO) -> None:
    """Write UTF-8 with commas and a header. What is missing is empty, an empty text is ``""``, times are ISO 8601.

    Where there is one column only, what is missing is ``""`` too: readers pass over an empty line.
    """
    _check(rows.schema, "CSV")
    missing = '""' if len(rows.schema) == 1 else ""
    file.write(_frame(rows.schema.empty_table()).write_csv().encode())
    file.writelines(_frame(batch).write_csv(include_header=False, null_value=missing).encode() for batch in rows)


def write_json(rows: pa.RecordBatchReader, file: BinaryIO) -> None:
    """Write an object a line; NaN and infinity, which JSON does not have, are null."""
    _check(rows.schema, "JSON")
    file.writelines(_frame(batch).write_ndjson().encode() for batch in rows)


def write_parquet(rows: pa.RecordBatchReader, file: BinaryIO, compression: Compression, level: int) -> None:
    """Write groups of rows that are large enough to be read fast and small enough to be held.

    Parquet has no zip: gzip, which compresses in the same way, stands in for it.
    """
    codec = _CODECS[compression]
    with pq.ParquetWriter(
        file, rows.schema, compression=codec, compression_level=None if codec == "NONE" else max(1, level)
    ) as writer:
        for group in cut(rows, _GROUP_ROWS, _GROUP_BYTES):
            writer.write_batch(group)


def _frame(rows: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    return cast("pl.DataFrame", pl.from_arrow(rows))


def _check(schema: pa.Schema, form: str) -> None:
    unfit = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_duration)
    problems = [
        Problem(f"{form} has no {field.type}", f"column {field.name}", "export as Parquet")
        for field in schema
        if any(test(field.type) for test in unfit)
    ]
    if problems:
        raise UsageError(*problems)
