"""Batches of one size: no more rows and bytes at once than asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def rechunked(batches: Iterable[pa.RecordBatch], rows: int, limit: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of *batches* in batches of *rows* rows, or fewer where these would take over *limit* bytes."""
    waiting: list[pa.RecordBatch] = []
    held = size = 0
    for batch in batches:
        for part in _parts(batch, held, rows):
            waiting.append(part)
            held, size = held + part.num_rows, size + part.nbytes
            if held == rows or size > limit:
                yield _joined(waiting)
                waiting, held, size = [], 0, 0
    if waiting:
        yield _joined(waiting)


def _parts(batch: pa.RecordBatch, held: int, rows: int) -> Iterator[pa.RecordBatch]:
    start = 0
    while start < batch.num_rows:
        count = min(rows - (held + start) % rows, batch.num_rows - start)
        yield batch.slice(start, count)
        start += count


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
