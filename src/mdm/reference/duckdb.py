"""Files of DuckDB through lists of Python values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as kinds

from mdm.reference.rows import batch_of, columns_of, goes_as_text
from mdm.storage.duckdb import DuckdbBackend
from mdm.storage.duckdb.session import DuckdbSession
from mdm.storage.names import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class PlainDuckdbSession(DuckdbSession):
    """One transaction that writes and reads values of Python."""

    def insert(self, table: str, batches: Iterable[pa.RecordBatch], start: int) -> None:  # noqa: ARG002
        """Add rows; a statement for each row would take a thousand times as long as one with a list for each column."""
        for batch in batches:
            lists = ", ".join(["unnest(?)"] * batch.num_columns)
            sql = f"INSERT INTO {quoted(table)} ({listed(batch.schema.names)}) SELECT {lists}"
            self.execute(sql, *columns_of(batch))

    def read(self, table: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield rows as they were added."""
        columns = ", ".join(_selected(field) for field in schema)
        sql = f"SELECT {columns} FROM {quoted(table)}"
        given = [_given(field.type) for field in schema]
        with self._echo(sql):
            result = self._connection.execute(sql)
        while found := result.fetchmany(rows):
            yield batch_of(found, schema, given)


class PlainDuckdbBackend(DuckdbBackend):
    """The same files, written and read the plain way."""

    sessions = PlainDuckdbSession


def _selected(field: pa.Field) -> str:
    """Return what selects a column: an instant as a number, whatever the zone of the connection."""
    name = quoted(field.name)
    if kinds.is_timestamp(field.type) and field.type.tz:
        return f"epoch_{field.type.unit}({name})"
    return f"CAST({name} AS VARCHAR)" if goes_as_text(field.type) else name


def _given(kind: pa.DataType) -> pa.DataType:
    if kinds.is_timestamp(kind) and kind.tz:
        return pa.int64()
    return pa.string() if goes_as_text(kind) else kind
