"""The rows of one part of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from mdm.dataset.reading.source import SPLIT_COLUMN
from mdm.dataset.splitting.result import split_of
from mdm.errors import DatasetError, Problem
from mdm.storage.streams import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage

_OF_FILES = ("train", "test")


def read_part(storage: Storage, name: str, part: str, columns: Sequence[str] | None, rows: int) -> pa.RecordBatchReader:
    """Stream the rows of a part, *rows* at a time, without the column that names it unless that is asked for."""
    info = storage.info(name)
    _check(info, part)
    table = info.tables[0]
    names = [each.name for each in table.columns if each.name != SPLIT_COLUMN] if columns is None else list(columns)
    reader = storage.read(name, columns=list(dict.fromkeys([*names, SPLIT_COLUMN])), rows=rows)
    chosen = (batch.filter(pc.equal(batch.column(SPLIT_COLUMN), part)).select(names) for batch in reader)
    schema = pa.schema([reader.schema.field(each) for each in names])
    return pa.RecordBatchReader.from_batches(schema, cut((batch for batch in chosen if len(batch)), rows))


def _check(info: DatasetInfo, part: str) -> None:
    table = info.table()
    if table is None or SPLIT_COLUMN not in {each.name for each in table.columns}:
        raise DatasetError(Problem(f"the dataset {info.name!r} is not split", hint=f"mdm dataset split {info.name}"))
    split = split_of(info)
    known = [each.name for each in split.parts] if split else _OF_FILES
    if part not in known:
        hint = f"its parts: {', '.join(known)}"
        raise DatasetError(Problem(f"the dataset {info.name!r} has no part {part!r}", hint=hint))
