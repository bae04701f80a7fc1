"""Schemas of PostgreSQL through statements with parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
from psycopg import errors

from mdm.reference.rows import batch_of, columns_of, goes_as_text
from mdm.storage.names import listed, quoted
from mdm.storage.postgresql import PostgresqlBackend
from mdm.storage.postgresql.session import PostgresqlSession

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class PlainPostgresqlSession(PostgresqlSession):
    """One transaction that writes and reads values of Python."""

    def insert(self, table: str, batches: Iterable[pa.RecordBatch], start: int) -> None:  # noqa: ARG002
        """Add rows one by one."""
        for batch in batches:
            marks = ", ".join(["%s"] * batch.num_columns)
            sql = f"INSERT INTO {self._place(table)} ({_escaped(listed(batch.schema.names))}) VALUES ({marks})"
            with self._echo(sql), self._connection.cursor() as cursor:
                try:
                    cursor.executemany(sql, list(zip(*columns_of(batch), strict=True)))
                except psycopg.DataError as error:
                    if error.sqlstate is None:  # psycopg itself refuses the NUL character
                        raise errors.CharacterNotInRepertoire from None
                    raise

    def read(self, table: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield rows as they were added."""
        columns = ", ".join(
            f"{quoted(field.name)}::text" if goes_as_text(field.type) else quoted(field.name) for field in schema
        )
        sql = f"SELECT {columns} FROM {self._place(table)}"
        given = [pa.string() if goes_as_text(field.type) else field.type for field in schema]
        with self._echo(sql), self._connection.cursor("mdm_plain") as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(rows):
                yield batch_of(found, schema, given)


class PlainPostgresqlBackend(PostgresqlBackend):
    """The same schemas, written and read the plain way."""

    sessions = PlainPostgresqlSession


def _escaped(sql: str) -> str:
    return sql.replace("%", "%%")
