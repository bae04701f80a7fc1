"""Batches of text as batches of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from mdm.dataset.detection.formats import first_misfit, parse
from mdm.dataset.reading.rejects import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        arrays = []
        for index, each in enumerate(batch.schema):
            if each.name in self.forms:
                form, kind = self.forms[each.name]
                while (array := parse(batch.column(index), form, kind)) is None:
                    return self.convert(self._without_misfit(batch, index))
            else:
                array = batch.column(index)
            arrays.append(array)
        self.row += batch.num_rows
        return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)

    def _without_misfit(self, batch: pa.RecordBatch, index: int) -> pa.RecordBatch:
        column = batch.column(index)
        form, kind = self.forms[batch.schema.names[index]]
        place = first_misfit(column, form, kind)
        problem = f"column {batch.schema.names[index]}: {shown(column[place].as_py())} is not of type {kind}"
        values = list(batch.slice(place, 1).to_pylist()[0].values())
        self.source.rejects.add(self.source.where, self.row + place, problem, values)
        return pa.concat_batches([batch.slice(0, place), batch.slice(place + 1)])
