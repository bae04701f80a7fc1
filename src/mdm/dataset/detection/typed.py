"""Batches of text as batches of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from mdm.dataset.detection.formats import misfits, parse
from mdm.dataset.reading.rejects import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mdm.dataset.detection.result import Detection
    from mdm.dataset.reading.source import Source


def typed_batches(source: Source, detection: Detection, chunk_size: int | None = None) -> Iterator[pa.RecordBatch]:
    """Read *source* in the types of *detection*, at most *chunk_size* rows at once.

    A value that does not fit (of a type that was given, or in a file that has changed since) is a bad row: an error,
    or left out, as the source was opened.
    """
    forms = {each.name: (each.format, each.arrow_type) for each in detection.columns}
    yield from converted(source, forms, chunk_size)


def converted(
    source: Source, forms: Mapping[str, tuple[str, pa.DataType]], chunk_size: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Read *source* with the columns of *forms* in these formats and types, the others as they are."""
    converter = _Converter(source, forms)
    for batch in source.batches(chunk_size):
        yield converter.convert(batch)


@dataclass
class _Converter:
    source: Source
    forms: Mapping[str, tuple[str, pa.DataType]]
    row: int = 1

    def convert(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return *batch* converted, without the rows that cannot be."""
        rows: Sequence[int] = range(self.row, self.row + batch.num_rows)
        self.row += batch.num_rows
        while True:
            arrays = {name: self._parsed(batch, name) for name in batch.schema.names}
            refused = [name for name, array in arrays.items() if array is None]
            if not refused:
                return pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
            batch, rows = self._without_misfits(batch, rows, refused[0])

    def _parsed(self, batch: pa.RecordBatch, name: str) -> pa.Array | None:
        column = batch.column(name)
        return parse(column, *self.forms[name]) if name in self.forms else column

    def _without_misfits(
        self, batch: pa.RecordBatch, rows: Sequence[int], name: str
    ) -> tuple[pa.RecordBatch, Sequence[int]]:
        column, kind = batch.column(name), self.forms[name][1]
        bad = misfits(column, *self.forms[name])
        for index in bad:
            problem = f"column {name}: {shown(column[index].as_py())} is not of type {kind}"
            values = list(batch.slice(index, 1).to_pylist()[0].values())
            self.source.rejects.add(self.source.where, rows[index], problem, values)
        good = sorted(set(range(batch.num_rows)).difference(bad))
        return batch.take(pa.array(good, pa.int64())), [rows[index] for index in good]
