"""The rows of one part of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from mdm.dataset.reading.source import SPLIT_COLUMN
from mdm.dataset.splitting.result import split_of
from mdm.errors import DatasetError, Problem
from mdm.storage.change import table_of
from mdm.storage.info import DATA
from mdm.storage.streams import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage

_OF_FILES = ("train", "test")


def read_part(storage: Storage, name: str, part: str, columns: Sequence[str] | None, rows: int) -> pa.RecordBatchReader:
    """Stream the rows of a part, *rows* at a time, without the column that names it unless that is asked for."""
    info = storage.info(name)
    _check(info, part)
    known = [each.name for each in table_of(info, DATA).columns]
    names = [each for each in known if each != SPLIT_COLUMN] if columns is None else list(columns)
    reader = storage.read(name, columns=list(dict.fromkeys([*names, SPLIT_COLUMN])), rows=rows)
    chosen = (batch.filter(pc.equal(batch.column(SPLIT_COLUMN), part)).select(names) for batch in reader)
    return _stream(pa.schema([reader.schema.field(each) for each in names]), chosen, rows)


def read_part_beside(storage: Storage, name: str, part: str, table: str, rows: int) -> pa.RecordBatchReader:
    """Stream the rows of a *table* that has one for each row of the data, those of a part, *rows* at a time."""
    _check(storage.info(name), part)
    parts = storage.read(name, columns=[SPLIT_COLUMN], rows=rows)
    masks = [pc.equal(batch.column(SPLIT_COLUMN), part) for batch in parts]  # a bit a row
    reader = storage.read(name, table, rows=rows)
    chosen = (batch.filter(mask) for batch, mask in zip(reader, masks, strict=True))
    return _stream(reader.schema, chosen, rows)


def _stream(schema: pa.Schema, batches: Iterator[pa.RecordBatch], rows: int) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, cut((batch for batch in batches if len(batch)), rows))


def _check(info: DatasetInfo, part: str) -> None:
    table = info.table()
    if table is None or SPLIT_COLUMN not in {each.name for each in table.columns}:
        raise DatasetError(Problem(f"the dataset {info.name!r} is not split", hint=f"mdm dataset split {info.name}"))
    split = split_of(info)
    known = [each.name for each in split.parts] if split else _OF_FILES
    if part not in known:
        hint = f"its parts: {', '.join(known)}"
        raise DatasetError(Problem(f"the dataset {info.name!r} has no part {part!r}", hint=hint))
