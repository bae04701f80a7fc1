"""Streams of record batches: cut to the rows that are wanted, and closed when they end."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator


def cut(batches: Iterable[pa.RecordBatch], rows: int, most: float = inf) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of *rows*, or fewer where these would take over *most* bytes."""
    held: list[pa.RecordBatch] = []
    count = size = 0
    for batch in batches:
        start = 0
        while start < len(batch):
            held.append(batch.slice(start, rows - count))
            start += len(held[-1])
            count, size = count + len(held[-1]), size + held[-1].nbytes
            if count == rows or size > most:
                yield _joined(held)
                held, count, size = [], 0, 0
    if held:
        yield _joined(held)


def ahead(batches: Iterable[pa.RecordBatch], count: int) -> Generator[pa.RecordBatch]:
    """Yield the batches; while one is used, a thread makes up to *count* more."""
    rest = iter(batches)
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = deque(thread.submit(next, rest, None) for _ in range(count))
        try:
            while (batch := coming.popleft().result()) is not None:
                coming.append(thread.submit(next, rest, None))
                yield batch
        finally:
            thread.shutdown(cancel_futures=True)


class Counted:
    """An iterator over batches that counts their *rows*."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.rows = 0
        self._batches = iter(batches)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, counting."""
        for batch in self._batches:
            self.rows += len(batch)
            yield batch


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
