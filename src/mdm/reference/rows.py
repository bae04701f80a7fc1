"""Record batches as lists of Python values, and back: what Python has no exact value for is text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import types as kinds

from mdm.storage.types import decode

if TYPE_CHECKING:
    from collections.abc import Sequence


def goes_as_text(kind: pa.DataType) -> bool:
    """Say whether values of *kind* are written as text: Python knows no nanoseconds, and drivers guess decimals."""
    return bool(kinds.is_temporal(kind) or kinds.is_decimal(kind))


def columns_of(batch: pa.RecordBatch) -> list[list[Any]]:
    """Return the values of each column."""
    return [(each.cast(pa.string()) if goes_as_text(each.type) else each).to_pylist() for each in batch.columns]


def batch_of(rows: Sequence[Sequence[Any]], schema: pa.Schema, given: Sequence[pa.DataType]) -> pa.RecordBatch:
    """Return *rows*, whose values have the types *given*, as a batch of *schema*."""
    columns = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), given, strict=True)]
    return decode(pa.record_batch(columns, names=schema.names), schema)
