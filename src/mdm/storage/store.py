"""Datasets in any backend: whole or not at all, with their description, in and out as streams of record batches."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa

from mdm.errors import DatasetError, Problem
from mdm.storage.info import DATA, Column, DatasetInfo, Table, info_of_json
from mdm.storage.names import check_columns, check_dataset_name, check_table_name
from mdm.storage.streams import Counted, ahead, cut
from mdm.storage.types import decode, encode, fits, plain_schema, type_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from mdm.config.models import PerformanceConfig
    from mdm.storage.backend import Backend, Session

    Edit = Callable[[DatasetInfo], DatasetInfo]

_STEP: Final = 1024
"""Rows that are read at once before it is known how long they are."""

_SHARE: Final = 64
"""Batches of this part of the memory limit leave room for the copies that are made on the way."""


class Storage:
    """The datasets of one backend.

    Every change is one transaction: killed at any instant, it has happened or it has not. A stream that is read keeps
    a connection until it has ended or is forgotten. Errors are StorageError, and DatasetError for what the caller can
    put right.
    """

    def __init__(self, backend: Backend, settings: PerformanceConfig) -> None:
        self.backend = backend
        self._settings = settings
        self._most_bytes = settings.memory_limit_mb * 2**20 // _SHARE

    def __enter__(self) -> Self:
        """Return this; it is closed when the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up connections."""
        self.close()

    def close(self) -> None:
        """Give up connections that are kept for the next use."""
        self.backend.close()

    def names(self) -> list[str]:
        """Return the names of all datasets, sorted."""
        return self.backend.names()

    def info(self, name: str) -> DatasetInfo:
        """Return what is known of a dataset."""
        with self.backend.look(name) as session:
            return self._load(session, name)

    def size(self, name: str) -> int:
        """Return the bytes that a dataset takes on disk."""
        return self.backend.size(name)

    def create(
        self,
        info: DatasetInfo,
        tables: Mapping[str, pa.RecordBatchReader],
        *,
        replace: bool = False,
        edit: Edit | None = None,
    ) -> DatasetInfo:
        """Register a dataset with its tables, and return what is known of it then.

        *edit* adds what is known only when all rows are read. Raises DatasetError where there is one of this name,
        unless *replace*, which puts this one in its place.
        """
        check_dataset_name(info.name)
        known = replace and info.name in self.names()
        with self.backend.change(info.name) if known else self.backend.new(info.name) as session:
            if known:
                for table in self._load(session, info.name).tables:
                    session.drop_table(table.name)
            filled = self._fill(session, _emptied(info, self.backend.name), tables)
            return _save(session, filled, edit)

    def append(self, name: str, rows: pa.RecordBatchReader, table: str = DATA, edit: Edit | None = None) -> DatasetInfo:
        """Add *rows* to a table. Columns are matched by name; values have to fit the types that are there."""
        with self.backend.change(name) as session:
            info = self._load(session, name)
            known = _table(info, table)
            added = self._insert(session, known, _arranged(rows, known))
            return _save(session, info.with_table(added), edit)

    def put(self, name: str, table: str, rows: pa.RecordBatchReader, edit: Edit | None = None) -> DatasetInfo:
        """Put a table beside the others of a dataset, in place of the one of its name."""
        with self.backend.change(name) as session:
            info = self._load(session, name)
            if info.table(table) is not None:
                session.drop_table(table)
            return _save(session, self._fill(session, info, {table: rows}), edit)

    def update(self, name: str, edit: Edit) -> DatasetInfo:
        """Change what is known of a dataset: *edit* gets what is stored and returns what is to be stored."""
        with self.backend.change(name) as session:
            return _save(session, self._load(session, name), edit)

    def drop(self, name: str) -> None:
        """Remove a dataset."""
        self.backend.drop(name)

    def read(
        self, name: str, table: str = DATA, columns: Sequence[str] | None = None, rows: int | None = None
    ) -> pa.RecordBatchReader:
        """Stream a table, or some *columns* of it, in the order in which rows were added.

        A batch has *rows* rows, the last one what is left. Without *rows* it has ``performance.chunk_size``, or fewer
        where these would take much of the memory limit.
        """
        chunk = rows or self._settings.chunk_size
        step, most = (rows, inf) if rows else (min(chunk, _STEP), self._most_bytes)
        with ExitStack() as stack:
            session = stack.enter_context(self.backend.look(name))
            schema = _selected(_table(self._load(session, name), table), columns)
            stored = self._stored(schema)
            batches = (decode(batch, schema) for batch in session.read(table, stored, step))
            return _reader(schema, cut(batches, chunk, most), stack.pop_all())

    def query(self, name: str, sql: str, rows: int | None = None) -> pa.RecordBatchReader:
        """Stream the result of one query on the tables of a dataset; what would change something is refused."""
        chunk = rows or self._settings.chunk_size
        with ExitStack() as stack:
            session = stack.enter_context(self.backend.look(name))
            schema, batches = session.query(sql, chunk)
            return _reader(schema, cut(batches, chunk), stack.pop_all())

    def _load(self, session: Session, name: str) -> DatasetInfo:
        return info_of_json(session.load(), self.backend.where(name))

    def _stored(self, schema: pa.Schema) -> pa.Schema:
        return pa.schema([pa.field(field.name, self.backend.stored(field.type).arrow) for field in schema])

    def _fill(self, session: Session, info: DatasetInfo, tables: Mapping[str, pa.RecordBatchReader]) -> DatasetInfo:
        for name, rows in tables.items():
            check_table_name(name)
            schema = plain_schema(rows.schema)
            check_columns(schema.names, self.backend)
            session.create_table(name, [(field.name, self.backend.stored(field.type).sql) for field in schema])
            table = Table(name, tuple(Column(field.name, str(field.type)) for field in schema))
            info = info.with_table(self._insert(session, table, rows))
        return info

    def _insert(self, session: Session, table: Table, rows: Iterator[pa.RecordBatch]) -> Table:
        stored = self._stored(_schema(table))
        counted = Counted(cut(rows, self._settings.batch_size, self._most_bytes))
        encoded = (encode(batch, stored) for batch in counted)
        batches = ahead(encoded) if self._settings.max_workers > 1 else encoded
        session.insert(table.name, batches, table.rows)
        return replace(table, rows=table.rows + counted.rows)


def _emptied(info: DatasetInfo, backend: str) -> DatasetInfo:
    return replace(info, backend=backend, tables=())


def _save(session: Session, info: DatasetInfo, edit: Edit | None) -> DatasetInfo:
    """Store *info* as *edit* wants it; name, backend and tables are not for the caller to change."""
    if edit is not None:
        info = replace(edit(info), name=info.name, backend=info.backend, tables=info.tables)
    session.save(info.to_json())
    return info


def _table(info: DatasetInfo, name: str) -> Table:
    if (table := info.table(name)) is None:
        hint = f"its tables: {', '.join(table.name for table in info.tables)}"
        raise DatasetError(Problem(f"the dataset {info.name!r} has no table {name!r}", hint=hint))
    return table


def _schema(table: Table) -> pa.Schema:
    return pa.schema([pa.field(column.name, type_of_text(column.type)) for column in table.columns])


def _selected(table: Table, columns: Sequence[str] | None) -> pa.Schema:
    schema = _schema(table)
    if columns is None:
        return schema
    if unknown := [name for name in columns if name not in schema.names]:
        hint = f"its columns: {', '.join(schema.names[:20])}"
        raise DatasetError(
            *(Problem(f"the table {table.name!r} has no column {name!r}", hint=hint) for name in unknown)
        )
    return pa.schema([schema.field(name) for name in columns])


def _arranged(rows: pa.RecordBatchReader, table: Table) -> Iterator[pa.RecordBatch]:
    """Return *rows* with the columns and types of *table*."""
    schema = _schema(table)
    lacking = [f"lacks {name!r}" for name in schema.names if name not in rows.schema.names]
    strange = [f"has {name!r}, which is not there" for name in rows.schema.names if name not in schema.names]
    other = [
        f"has {name!r} as {rows.schema.field(name).type}, which is {schema.field(name).type} there"
        for name in schema.names
        if name in rows.schema.names and not fits(rows.schema.field(name).type, schema.field(name).type)
    ]
    if problems := [*lacking, *strange, *other]:
        hint = f"columns of the table {table.name!r}: {', '.join(schema.names[:20])}"
        raise DatasetError(*(Problem(f"what is to be added {problem}", hint=hint) for problem in problems))
    return (encode(batch.select(schema.names), schema) for batch in rows)


def _reader(schema: pa.Schema, batches: Iterator[pa.RecordBatch], stack: ExitStack) -> pa.RecordBatchReader:
    """Return a reader that leaves *stack* when it has ended, has failed or is forgotten."""
    leaving = _leaving(batches, stack)
    next(leaving)  # only a generator that was started notices that it is forgotten
    return pa.RecordBatchReader.from_batches(schema, leaving)


def _leaving(batches: Iterator[pa.RecordBatch], stack: ExitStack) -> Iterator[pa.RecordBatch | None]:
    with stack:
        yield None
        yield from batches
