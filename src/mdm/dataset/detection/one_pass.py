"""Rows in their types while they are looked at: the usual file is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdm.dataset.detection.detect import Detector


class ContradictedError(Exception):
    """A later row does not fit the types that the rows before it have; the detector tells the right ones in the end."""


def detected_batches(detector: Detector) -> pa.RecordBatchReader:
    """Stream the rows of a fresh *detector* in the types that its first batch has.

    What is yielded is what `typed_batches` yields once the detector has seen all rows: where these have other types
    than the first, the stream ends with ContradictedError.
    """
    rows = _typed_rows(detector)
    schema = next(rows).schema
    return pa.RecordBatchReader.from_batches(schema, rows)


def _typed_rows(detector: Detector) -> Iterator[pa.RecordBatch]:
    """Yield an empty batch that tells the schema, then the rows."""
    batches = detector.batches()
    first = next(batches, None)
    forms = detector.forms()
    schema = pa.schema([(name, kind) for name, (_, kind) in forms.items()])
    yield pa.RecordBatch.from_pylist([], schema)
    while first is not None:
        if detector.forms() != forms:
            raise ContradictedError
        batch, found = first
        columns = zip(batch.columns, found, schema.types, strict=True)
        arrays = [_typed(given, values, kind) for given, values, kind in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        first = next(batches, None)


def _typed(given: pa.Array, found: pa.Array | None, kind: pa.DataType) -> pa.Array:
    if given.type == kind:
        return given
    if given.null_count == len(given):
        return pa.nulls(len(given), kind)
    try:
        if found is not None:
            return found.cast(kind)
    except pa.ArrowInvalid:
        pass
    raise ContradictedError  # a value that does not fit a type that was said: typed_batches tells which
