"""Rows as every engine gets them: with their place, and training rows with their fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from mdm.features.folds import FOLD, fold_of
from mdm.features.table import ROW, SPLIT, TRAIN, plain_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mdm.features.table import Table


def numbered(batches: Iterable[pa.RecordBatch], start: int = 0) -> Iterator[pa.RecordBatch]:
    """Yield *batches* with the place of each row in a column `ROW`."""
    for batch in batches:
        yield batch.append_column(ROW, pa.array(np.arange(start, start + len(batch))))
        start += len(batch)


def numbered_schema(table: Table, names: Sequence[str]) -> pa.Schema:
    """Return the columns *names* of *table* as `numbered` gives them."""
    schema = plain_schema(pa.schema([table.schema.field(name) for name in names]))
    return schema.append(pa.field(ROW, pa.int64()))


def training_rows(frame: nw.LazyFrame[Any], table: Table) -> nw.LazyFrame[Any]:
    """Return the rows of the training part, all where there are no parts, with their fold."""
    rows = frame.filter(nw.col(SPLIT) == TRAIN) if table.is_split else frame
    return rows.with_columns(fold_of(nw.col(ROW), nw.col(ROW) >= 0))


def with_folds(frame: Any, *, split: bool, fitted: int) -> Any:
    """Return all rows with their fold: those of the training part that were there when it was *fitted* have one."""
    training = nw.col(ROW) < fitted
    if split:
        training &= nw.col(SPLIT) == TRAIN
    return frame.with_columns(fold_of(nw.col(ROW), training).alias(FOLD))
