"""Files of SQLite through Python's own module, row by row."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from mdm.reference.rows import batch_of, columns_of
from mdm.storage.names import listed, quoted
from mdm.storage.sqlite import SqliteBackend
from mdm.storage.sqlite.errors import translated
from mdm.storage.sqlite.session import SqliteSession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from mdm.storage.statements import Echo


class PlainSqliteBackend(SqliteBackend):
    """The same files, opened by Python's own module."""

    @contextmanager
    def _open(self, path: Path, mode: str) -> Iterator[SqliteSession]:
        address = f"{path.absolute().as_uri()}?mode={mode}"
        timeout = self._settings.connection_timeout
        with translated(path), closing(sqlite3.connect(address, timeout, isolation_level=None, uri=True)) as opened:
            session = PlainSqliteSession(opened, self._echo)
            session.execute(f"PRAGMA cache_size = {self._settings.sqlite_cache_size}")
            session.execute(f"PRAGMA synchronous = {self._settings.sqlite_synchronous}")
            yield session


class PlainSqliteSession(SqliteSession):
    """One transaction on one connection of Python's own module."""

    def __init__(self, connection: sqlite3.Connection, echo: Echo) -> None:
        self._plain = connection
        self._echo = echo

    def execute(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Execute one statement, and return its rows."""
        with self._echo(sql), closing(self._plain.execute(sql, parameters)) as cursor:
            return cursor.fetchall()

    def begin(self) -> None:
        """Begin the transaction."""
        self.execute("BEGIN")

    def commit(self) -> None:
        """Make what was done last."""
        self.execute("COMMIT")

    def _ingest(self, table: str, batch: pa.RecordBatch | pa.Table) -> None:
        marks = ", ".join("?" * batch.num_columns)
        sql = f"INSERT INTO {quoted(table)} ({listed(batch.schema.names)}) VALUES ({marks})"
        with self._echo(sql):
            self._plain.executemany(sql, zip(*columns_of(batch), strict=True)).close()

    def _stream(self, selection: str, schema: pa.Schema, rows: int, common: str = "") -> Iterator[pa.RecordBatch]:
        sql = f"{common} {selection}"
        with self._echo(sql), closing(self._plain.execute(sql)) as cursor:
            while found := cursor.fetchmany(rows):
                yield batch_of(found, schema, schema.types)
