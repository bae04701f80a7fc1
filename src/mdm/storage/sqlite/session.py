"""One transaction of SQLite on one connection."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import Error
from pyarrow import types as kinds

from mdm.storage.names import listed, quoted
from mdm.storage.queries import not_a_query
from mdm.storage.statements import FileSession
from mdm.storage.types import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from adbc_driver_sqlite import dbapi

    from mdm.config.models import DatabaseConfig
    from mdm.storage.statements import Echo

_PREPARING: Final = "Failed to prepare query: "
_EXAMPLES: Final = {pa.int64(): "0", pa.float64(): "0.0", pa.string(): "''", pa.binary(): "x''"}
_CLASSES: Final = {  # of the values of a result, from the narrowest: each takes those before it
    0: ("null", "{0}", pa.null()),
    1: ("integer", "{0}", pa.int64()),
    2: ("real", "CAST({0} AS REAL)", pa.float64()),
    3: ("text", "CAST({0} AS TEXT)", pa.string()),
    4: ("blob", "CAST({0} AS BLOB)", pa.binary()),
}


class SqliteSession(FileSession):
    """One transaction on one connection."""

    def __init__(self, connection: dbapi.Connection, echo: Echo) -> None:
        self._connection = connection
        self._echo = echo

    def execute(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Execute one statement, and return its rows."""
        with self._echo(sql), closing(self._connection.cursor()) as cursor:
            cursor.execute(sql, parameters or None)
            return list(cursor.fetchall())

    def use_journal(self, settings: DatabaseConfig) -> None:
        """Switch to the journal that is wanted; unlike a transaction, this does not wait for others, so we do."""
        deadline = time.monotonic() + settings.connection_timeout
        while True:
            try:
                self.execute(f"PRAGMA journal_mode = {settings.sqlite_journal_mode}")
            except (Error, sqlite3.Error):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def begin(self) -> None:
        """Begin the transaction; the connection closes without it unless it is committed."""
        with self._echo("BEGIN"):
            self._connection.adbc_connection.set_autocommit(False)

    def commit(self) -> None:
        """Make what was done last, and leave transactions."""
        with self._echo("COMMIT"):
            self._connection.commit()
        self._connection.adbc_connection.set_autocommit(True)

    def drop_table(self, table: str) -> None:
        """Remove a table, and what is known of its NaN."""
        super().drop_table(table)
        self.execute("DELETE FROM mdm_nan WHERE tbl = ?", table)

    def insert(self, table: str, batches: Iterable[pa.RecordBatch], start: int) -> None:
        """Add rows, and remember where NaN is."""
        for batch in batches:
            self._ingest(table, batch)
            if (marks := _nan_marks(table, batch, start + 1)) is not None:
                self._ingest("mdm_nan", marks)
            start += len(batch)

    def widen(self, table: str, other: str, columns: Sequence[str], added: Mapping[str, str]) -> None:  # noqa: ARG002
        """Add columns, and fill them by the numbers of the rows, which count from 1 in both tables."""
        known = {name for (name,) in self.execute("SELECT name FROM pragma_table_info(?)", table)}
        for name in added.keys() - known:
            self.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {added[name]}")
        values = f"SELECT {listed(added)} FROM {quoted(other)} AS o WHERE o.rowid = {quoted(table)}.rowid"
        self.execute(f"UPDATE {quoted(table)} SET ({listed(added)}) = ({values})")
        for name in added:
            self.execute("DELETE FROM mdm_nan WHERE tbl = ? AND col = ?", table, name)
        self.execute("UPDATE mdm_nan SET tbl = ? WHERE tbl = ?", table, other)
        self.drop_table(other)

    def read(self, table: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield rows as they were added, with NaN where it was."""
        selection = f"SELECT {listed(schema.names)} FROM {quoted(table)}"
        marked = {col for (col,) in self.execute("SELECT DISTINCT col FROM mdm_nan WHERE tbl = ?", table)}
        row = 1
        for batch in self._stream(selection, schema, rows):
            yield self._with_nan(batch, table, row) if marked.intersection(schema.names) else batch
            row += len(batch)

    def query(self, sql: str, rows: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Run a query twice: SQLite's columns have no type, so the first run looks at what the values are."""
        look = f"SELECT * FROM (\n{sql}\n) LIMIT 0"
        with _refused(), self._echo(look), closing(self._connection.cursor()) as cursor:
            cursor.execute(look)
            names = [column[0] for column in cursor.description or ()]
        places = [f"c{place}" for place in range(len(names))]
        common = f"WITH q({', '.join(places)}) AS (\n{sql}\n)"
        with _refused():
            found = self.execute(f"{common} SELECT {', '.join(map(_class_of, places))} FROM q")[0]
        classes = [_CLASSES[number or 0] for number in found]
        schema = pa.schema([pa.field(name, arrow) for name, (_, _, arrow) in zip(names, classes, strict=True)])
        columns = ", ".join(cast.format(place) for place, (_, cast, _) in zip(places, classes, strict=True))
        return schema, self._stream(f"SELECT {columns} FROM q", schema, rows, common)

    def _ingest(self, table: str, batch: pa.RecordBatch | pa.Table) -> None:
        with (
            self._echo(f"INSERT INTO {quoted(table)} ... ({len(batch)} rows)"),
            closing(self._connection.cursor()) as cursor,
        ):
            cursor.adbc_ingest(table, batch, mode="append")

    def _stream(self, selection: str, schema: pa.Schema, rows: int, common: str = "") -> Iterator[pa.RecordBatch]:
        """Yield what *selection* gives; a first row of examples, taken off again, tells ADBC the types."""
        examples = ", ".join(_EXAMPLES.get(field.type, "NULL") for field in schema)
        sql = f"{common} SELECT {examples} UNION ALL {selection}"
        for number, batch in enumerate(self._echo.over(sql, self._batches(sql, rows))):
            yield decode(batch.slice(0 if number else 1), schema)

    def _batches(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        with closing(self._connection.cursor()) as cursor:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(rows)})
            cursor.execute(sql)
            yield from cursor.fetch_record_batch()

    def _with_nan(self, batch: pa.RecordBatch, table: str, row: int) -> pa.RecordBatch:
        sql = "SELECT row, col FROM mdm_nan WHERE tbl = ? AND row >= ? AND row < ?"
        marks: dict[str, list[int]] = {}
        for where, col in self.execute(sql, table, row, row + len(batch)):
            marks.setdefault(col, []).append(where - row)
        places = pa.array(range(len(batch)), pa.int64())
        columns = [
            pc.if_else(pc.is_in(places, value_set=pa.array(marks[name], pa.int64())), float("nan"), column)
            if name in marks
            else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return pa.record_batch(columns, schema=batch.schema)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except Error as error:
        if (reason := str(error).partition(_PREPARING)[2]) and "locked" not in reason:
            raise not_a_query(reason.splitlines()[0]) from None
        raise


def _nan_marks(table: str, batch: pa.RecordBatch, first: int) -> pa.Table | None:
    """Return where NaN is, as rows of ``mdm_nan``; none where it is nowhere."""
    marks = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if kinds.is_floating(column.type) and pc.any(is_nan := pc.is_nan(column)).as_py():
            rows = pc.add(pc.indices_nonzero(is_nan).cast(pa.int64()), first)
            marks.append(pa.table({"tbl": pa.repeat(table, len(rows)), "row": rows, "col": pa.repeat(name, len(rows))}))
    return pa.concat_tables(marks) if marks else None


def _class_of(column: str) -> str:
    cases = " ".join(f"WHEN '{name}' THEN {number}" for number, (name, _, _) in _CLASSES.items())
    return f"max(CASE typeof({column}) {cases} END)"
