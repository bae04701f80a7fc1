"""One transaction on the tables of a dataset, whatever the backend is."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pyarrow as pa

from mdm.errors import DatasetError, Problem
from mdm.storage.info import DATA, Column, DatasetInfo, Table
from mdm.storage.names import check_columns, check_table_name
from mdm.storage.streams import Counted, ahead, cut
from mdm.storage.types import decode, encode, fits, plain_schema, type_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mdm.config.models import PerformanceConfig
    from mdm.storage.backend import Backend, Session

    Edit = Callable[[DatasetInfo], DatasetInfo]

_BESIDE: Final = "beside"

_STEP: Final = 1024
"""Rows that are read at once before it is known how long they are."""

_WAITING: Final = 1 << 16
"""Rows that wait to be stored: they come many at once, when more of them have been looked at."""

_SHARE: Final = 64
"""Batches of this part of the memory limit leave room for the copies that are made on the way."""


class Change:
    """What is changed of a dataset by one transaction; *info* is what is known of it by then.

    Whoever gave it ends the transaction, and stores *info* with it.
    """

    def __init__(self, session: Session, info: DatasetInfo, backend: Backend, settings: PerformanceConfig) -> None:
        self.info = info
        self._session = session
        self._backend = backend
        self._settings = settings

    def create(self, name: str, rows: pa.RecordBatchReader) -> None:
        """Make a table of *rows*."""
        check_table_name(name)
        schema = plain_schema(rows.schema)
        check_columns(schema.names, self._backend)
        self._session.create_table(name, self._sql(schema))
        self._note(self._insert(Table(name, _columns(schema)), rows))

    def drop(self, name: str) -> None:
        """Remove a table with its rows."""
        self._session.drop_table(name)
        self.info = replace(self.info, tables=tuple(each for each in self.info.tables if each.name != name))

    def append(self, rows: pa.RecordBatchReader, table: str = DATA) -> None:
        """Add *rows* to a table. Columns are matched by name; values have to fit the types that are there."""
        known = table_of(self.info, table)
        self._note(self._insert(known, _arranged(rows, known)))

    def widen(self, rows: pa.RecordBatchReader, table: str = DATA) -> None:
        """Give a table more columns, those of *rows*, row by row; one of the same name is replaced."""
        known = table_of(self.info, table)
        added = plain_schema(rows.schema)
        new = [name for name in added.names if name not in schema_of(known).names]
        schema = pa.schema([*(_newer(field, added) for field in schema_of(known)), *map(added.field, new)])
        check_columns(schema.names, self._backend)
        self._session.create_table(_BESIDE, self._sql(added))
        beside = self._insert(Table(_BESIDE, _columns(added)), rows, workers=1)  # they may come from this transaction
        if beside.rows != known.rows:
            raise DatasetError(f"{beside.rows} rows do not stand beside the {known.rows} of the table {table!r}")
        self._session.widen(table, _BESIDE, schema.names, dict(self._sql(added)))
        self._note(replace(known, columns=_columns(schema)))

    def read(self, columns: Sequence[str] | None = None, table: str = DATA) -> Iterator[pa.RecordBatch]:
        """Yield a table as it is by now, in batches of ``performance.chunk_size`` rows at most; read it to its end."""
        schema = selected(table_of(self.info, table), columns)
        return read(self._session, self._backend, table, schema, self._settings)

    def edit(self, edit: Edit | None) -> None:
        """Let *edit* say what is to be known; name, backend, revision and tables are not for it to change."""
        if edit is not None:
            kept = self.info
            self.info = replace(
                edit(kept), name=kept.name, backend=kept.backend, revision=kept.revision, tables=kept.tables
            )

    def _insert(self, table: Table, rows: Iterator[pa.RecordBatch], workers: int | None = None) -> Table:
        stored = stored_schema(self._backend, schema_of(table))
        counted = Counted(cut(rows, self._settings.batch_size, _most_bytes(self._settings)))
        encoded = (encode(batch, stored) for batch in counted)
        several = (workers or self._settings.max_workers) > 1
        # closed here, so that no thread is still reading the source when somebody else is to read it
        with closing(ahead(encoded, _ahead(self._settings.batch_size)) if several else encoded) as batches:
            self._session.insert(table.name, batches, table.rows)
        return replace(table, rows=table.rows + counted.rows)

    def _note(self, table: Table) -> None:
        revision = uuid4().hex if table.name == DATA else self.info.revision
        self.info = replace(self.info.with_table(table), revision=revision)

    def _sql(self, schema: pa.Schema) -> list[tuple[str, str]]:
        return [(field.name, self._backend.stored(field.type).sql) for field in schema]


def read(  # noqa: PLR0913, PLR0917 (a table, as it is to be read)
    session: Session,
    backend: Backend,
    table: str,
    schema: pa.Schema,
    settings: PerformanceConfig,
    rows: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the columns of *schema*, *rows* rows at a time.

    Without *rows* these are ``performance.chunk_size``, or fewer where they would take much of the memory limit.
    """
    stored = stored_schema(backend, schema)
    chunk = rows or settings.chunk_size
    step, most = (rows, inf) if rows else (min(chunk, _STEP), _most_bytes(settings))
    return cut((decode(batch, schema) for batch in session.read(table, stored, step)), chunk, most)


def stored_schema(backend: Backend, schema: pa.Schema) -> pa.Schema:
    """Return *schema* in the types in which *backend* stores it."""
    return pa.schema([pa.field(field.name, backend.stored(field.type).arrow) for field in schema])


def table_of(info: DatasetInfo, name: str) -> Table:
    """Return a table of a dataset; raises DatasetError where there is none of this name."""
    if (table := info.table(name)) is None:
        hint = f"its tables: {', '.join(table.name for table in info.tables)}"
        raise DatasetError(Problem(f"the dataset {info.name!r} has no table {name!r}", hint=hint))
    return table


def schema_of(table: Table) -> pa.Schema:
    """Return the columns of a table."""
    return pa.schema([pa.field(column.name, type_of_text(column.type)) for column in table.columns])


def selected(table: Table, columns: Sequence[str] | None) -> pa.Schema:
    """Return some columns of a table, or all; raises DatasetError for those that are not there."""
    schema = schema_of(table)
    if columns is None:
        return schema
    if unknown := [name for name in columns if name not in schema.names]:
        hint = f"its columns: {', '.join(schema.names[:20])}"
        raise DatasetError(
            *(Problem(f"the table {table.name!r} has no column {name!r}", hint=hint) for name in unknown)
        )
    return pa.schema([schema.field(name) for name in columns])


def _ahead(rows: int) -> int:
    return min(8, max(1, _WAITING // rows))


def _arranged(rows: pa.RecordBatchReader, table: Table) -> Iterator[pa.RecordBatch]:
    """Return *rows* with the columns and types of *table*."""
    schema = schema_of(table)
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


def _columns(schema: pa.Schema) -> tuple[Column, ...]:
    return tuple(Column(field.name, str(field.type)) for field in schema)


def _newer(field: pa.Field, added: pa.Schema) -> pa.Field:
    return added.field(field.name) if field.name in added.names else field


def _most_bytes(settings: PerformanceConfig) -> int:
    return settings.memory_limit_mb * 2**20 // _SHARE
