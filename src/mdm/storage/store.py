"""Datasets in any backend: whole or not at all, with their description, in and out as streams of record batches."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import pyarrow as pa

from mdm.core.log import log
from mdm.storage.change import Change, read, selected, table_of
from mdm.storage.info import DATA, DatasetInfo, info_of_json
from mdm.storage.names import check_dataset_name
from mdm.storage.streams import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from mdm.config.models import PerformanceConfig
    from mdm.storage.backend import Backend, Session
    from mdm.storage.change import Edit


class Storage:
    """The datasets of one backend.

    Every change is one transaction: killed at any instant, it has happened or it has not. A stream that is read keeps
    a connection until it has ended or is forgotten. Errors are StorageError, and DatasetError for what the caller can
    put right.
    """

    def __init__(self, backend: Backend, settings: PerformanceConfig) -> None:
        self.backend = backend
        self._settings = settings

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
        begun = time.perf_counter()
        with self.backend.change(info.name) if known else self.backend.new(info.name) as session:
            if known:
                for table in self._load(session, info.name).tables:
                    session.drop_table(table.name)
            change = Change(session, _emptied(info, self.backend.name), self.backend, self._settings)
            for name, rows in tables.items():
                change.create(name, rows)
            change.edit(edit)
            session.save(change.info.to_json())
        self._tell("stored", change.info, begun)
        return change.info

    @contextmanager
    def change(self, name: str, done: str = "changed") -> Iterator[Change]:
        """Change a dataset by one transaction: all that is done in the block, or nothing; *done* is for the log."""
        begun = time.perf_counter()
        with self.backend.change(name) as session:
            change = Change(session, self._load(session, name), self.backend, self._settings)
            yield change
            session.save(change.info.to_json())
        self._tell(done, change.info, begun)

    def append(self, name: str, rows: pa.RecordBatchReader, table: str = DATA, edit: Edit | None = None) -> DatasetInfo:
        """Add *rows* to a table. Columns are matched by name; values have to fit the types that are there."""
        with self.change(name, "added to") as change:
            change.append(rows, table)
            change.edit(edit)
        return change.info

    def put(self, name: str, table: str, rows: pa.RecordBatchReader, edit: Edit | None = None) -> DatasetInfo:
        """Put a table beside the others of a dataset, in place of the one of its name."""
        with self.change(name, f"table {table} put into") as change:
            if change.info.table(table) is not None:
                change.drop(table)
            change.create(table, rows)
            change.edit(edit)
        return change.info

    def update(self, name: str, edit: Edit) -> DatasetInfo:
        """Change what is known of a dataset: *edit* gets what is stored and returns what is to be stored."""
        with self.change(name) as change:
            change.edit(edit)
        return change.info

    def drop(self, name: str) -> None:
        """Remove a dataset."""
        self.backend.drop(name)
        log("INFO", "removed {dataset} from {backend}", dataset=name, backend=self.backend.name)

    def read(
        self, name: str, table: str = DATA, columns: Sequence[str] | None = None, rows: int | None = None
    ) -> pa.RecordBatchReader:
        """Stream a table, or some *columns* of it, in the order in which rows were added.

        A batch has *rows* rows, the last one what is left. Without *rows* it has ``performance.chunk_size``, or fewer
        where these would take much of the memory limit.
        """
        with ExitStack() as stack:
            session = stack.enter_context(self.backend.look(name))
            schema = selected(table_of(self._load(session, name), table), columns)
            return _reader(schema, read(session, self.backend, table, schema, self._settings, rows), stack.pop_all())

    def query(self, name: str, sql: str, rows: int | None = None) -> pa.RecordBatchReader:
        """Stream the result of one query on the tables of a dataset; what would change something is refused."""
        chunk = rows or self._settings.chunk_size
        with ExitStack() as stack:
            session = stack.enter_context(self.backend.look(name))
            schema, batches = session.query(sql, chunk)
            return _reader(schema, cut(batches, chunk), stack.pop_all())

    def _tell(self, what: str, info: DatasetInfo, begun: float) -> None:
        rows = sum(table.rows for table in info.tables)
        seconds = round(time.perf_counter() - begun, 3)
        message = "{what} {dataset} in {backend}: {rows} rows now, {seconds} s"
        log("INFO", message, what=what, dataset=info.name, backend=self.backend.name, rows=rows, seconds=seconds)

    def _load(self, session: Session, name: str) -> DatasetInfo:
        return info_of_json(session.load(), self.backend.where(name))


def _emptied(info: DatasetInfo, backend: str) -> DatasetInfo:
    return replace(info, backend=backend, revision="", tables=())


def _reader(schema: pa.Schema, batches: Iterator[pa.RecordBatch], stack: ExitStack) -> pa.RecordBatchReader:
    """Return a reader that leaves *stack* when it has ended, has failed or is forgotten."""
    leaving = _leaving(batches, stack)
    next(leaving)  # only a generator that was started notices that it is forgotten
    return pa.RecordBatchReader.from_batches(schema, leaving)


def _leaving(batches: Iterator[pa.RecordBatch], stack: ExitStack) -> Iterator[pa.RecordBatch | None]:
    with stack:
        yield None
        yield from batches
