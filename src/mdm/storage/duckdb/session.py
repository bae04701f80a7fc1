"""One transaction of DuckDB on one connection."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from mdm.storage.names import listed, quoted
from mdm.storage.queries import not_a_query
from mdm.storage.statements import FileSession
from mdm.storage.types import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mdm.storage.statements import Echo


class DuckdbSession(FileSession):
    """One transaction on one connection; left without a commit, it is rolled back."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, echo: Echo) -> None:
        self._connection = connection
        self._echo = echo

    def execute(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Execute one statement, and return its rows."""
        with self._echo(sql):
            return self._connection.execute(sql, parameters or None).fetchall()

    def insert(self, table: str, batches: Iterable[pa.RecordBatch], start: int) -> None:  # noqa: ARG002
        """Add rows by one statement; what goes wrong in *batches* comes through as it is."""
        rest = _Remembering(batches)
        if (first := next(rest, None)) is None:
            return
        reader = pa.RecordBatchReader.from_batches(first.schema, chain([first], rest))
        try:
            self._connection.register("mdm_incoming", reader)
            self.execute(f"INSERT INTO {quoted(table)} FROM mdm_incoming")
        except duckdb.Error:
            if rest.error is not None:
                raise rest.error from None
            raise
        finally:  # also when interrupted: what is registered would outlive the connection, and DuckDB complains of it
            with suppress(duckdb.Error):
                self._connection.unregister("mdm_incoming")

    def widen(self, table: str, other: str, columns: Sequence[str], added: Mapping[str, str]) -> None:
        """Make the table anew."""
        chosen = ", ".join(f"{'o' if name in added else 't'}.{quoted(name)}" for name in columns)
        joined = f"{quoted(table)} AS t POSITIONAL JOIN {quoted(other)} AS o"
        self.execute(f"CREATE TABLE mdm_widened AS SELECT {chosen} FROM {joined}")
        self.drop_table(table)
        self.drop_table(other)
        self.execute(f"ALTER TABLE mdm_widened RENAME TO {quoted(table)}")

    def read(self, table: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield rows as they were added."""
        return self._stream(f"SELECT {listed(schema.names)} FROM {quoted(table)}", rows, schema)

    def query(self, sql: str, rows: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Run one SELECT."""
        try:
            statements = self._connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise not_a_query()
            relation = self._connection.sql(statements[0])
        except (duckdb.ProgrammingError, duckdb.PermissionException) as error:
            raise not_a_query(str(error).partition("\n")[0].partition("Error: ")[2]) from None
        reader = relation.to_arrow_reader(rows)
        return reader.schema, self._echo.over(sql, reader)

    def _stream(self, sql: str, rows: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        reader = self._connection.sql(sql).to_arrow_reader(rows)
        for batch in self._echo.over(sql, reader):
            yield decode(batch, schema)


class _Remembering:
    """An iterator that remembers the *error* with which it ended: DuckDB makes a text of it."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.error: BaseException | None = None
        self._batches = iter(batches)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        try:
            return next(self._batches)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise
