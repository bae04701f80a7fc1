"""One transaction of PostgreSQL on one connection, in the schema of one dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from psycopg import pq

from mdm.storage.names import listed, quoted
from mdm.storage.postgresql import copying
from mdm.storage.postgresql.types import of_result
from mdm.storage.queries import not_a_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from psycopg import Connection

    from mdm.storage.statements import Echo


class PostgresqlSession:
    """One transaction; whoever gave the connection ends it."""

    def __init__(self, connection: Connection, name: str, echo: Echo) -> None:
        self._connection = connection
        self._name = name
        self._echo = echo

    def execute(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Execute one statement, and return its rows."""
        with self._echo(sql), self._connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def load(self) -> str:
        """Return the description."""
        return str(self.execute("SELECT document FROM mdm.datasets WHERE name = %s", self._name)[0][0])

    def save(self, document: str) -> None:
        """Replace the description."""
        self.execute("UPDATE mdm.datasets SET document = %s WHERE name = %s", document, self._name)

    def create_table(self, table: str, columns: Sequence[tuple[str, str]]) -> None:
        """Create a table."""
        self.execute(
            f"CREATE TABLE {self._place(table)} ({', '.join(f'{quoted(name)} {sql}' for name, sql in columns)})"
        )

    def drop_table(self, table: str) -> None:
        """Remove a table."""
        self.execute(f"DROP TABLE {self._place(table)}")

    def insert(self, table: str, batches: Iterable[pa.RecordBatch], start: int) -> None:  # noqa: ARG002
        """Add rows by one COPY."""
        sql = f"COPY {self._place(table)} FROM STDIN (FORMAT BINARY)"
        with self._echo(sql), self._connection.cursor() as cursor, cursor.copy(sql) as copy:
            copying.write(copy, batches)

    def widen(self, table: str, other: str, columns: Sequence[str], added: Mapping[str, str]) -> None:
        """Make the table anew, in the order of its rows."""
        chosen = ", ".join(f"{'o' if name in added else 't'}.{quoted(name)}" for name in columns)
        numbered = "(SELECT *, row_number() OVER () AS mdm_row FROM {}) AS {}"
        joined = f"{numbered.format(self._place(table), 't')} JOIN {numbered.format(self._place(other), 'o')}"
        place = self._place("mdm_widened")
        self.execute(f"CREATE TABLE {place} AS SELECT {chosen} FROM {joined} USING (mdm_row) ORDER BY mdm_row")
        self.drop_table(table)
        self.drop_table(other)
        self.execute(f"ALTER TABLE {place} RENAME TO {quoted(table)}")

    def read(self, table: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield rows as they were added."""
        return self._stream(f"SELECT {listed(schema.names)} FROM {self._place(table)}", schema, rows)

    def query(self, sql: str, rows: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Run one query, which finds the tables of the dataset without their schema.

        The server parses it alone first. A text that is one whole query cannot break out of the parentheses of COPY.
        """
        self.execute(f"SET LOCAL search_path = {quoted(self._name)}")
        schema = self._described(sql)
        return schema, self._stream(f"{sql}\n", schema, rows)

    def _described(self, sql: str) -> pa.Schema:
        server = self._connection.pgconn
        with self._echo(f"PREPARE {sql}"):
            result = server.prepare(b"", sql.encode())
            if result.status == pq.ExecStatus.COMMAND_OK:
                result = server.describe_prepared(b"")
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise not_a_query(result.get_error_message().splitlines()[0].removeprefix("ERROR:").strip())
        if not result.nfields:
            raise not_a_query()
        places = range(result.nfields)
        names = [(result.fname(place) or b"").decode() for place in places]
        types = [of_result(result.ftype(place), result.fmod(place)) for place in places]
        return pa.schema(list(zip(names, types, strict=True)))

    def _stream(self, query: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        sql = f"COPY ({query}) TO STDOUT (FORMAT CSV)"
        return self._echo.over(sql, self._batches(sql, schema, rows))

    def _batches(self, sql: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        with self._connection.cursor() as cursor, cursor.copy(sql) as copy:
            yield from copying.read(copy, schema, rows)

    def _place(self, table: str) -> str:
        return f"{quoted(self._name)}.{quoted(table)}"
