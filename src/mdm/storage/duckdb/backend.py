"""Files of DuckDB: how they are made, opened and removed."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

import duckdb

from mdm.core.files import make_folder
from mdm.storage.duckdb.errors import translated
from mdm.storage.duckdb.session import DuckdbSession
from mdm.storage.duckdb.types import stored
from mdm.storage.files import FileBackend
from mdm.storage.statements import Echo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.storage.backend import Stored

_SCHEMA: Final = ("CREATE TABLE mdm_dataset(document VARCHAR)", "INSERT INTO mdm_dataset VALUES ('')")
_CLAIM: Final = "UPDATE mdm_dataset SET document = document || ' '"
"""Holds off other threads; an update that changes nothing would not. What is saved later replaces it."""

_CONNECTING: Final = threading.Lock()
"""Connections of one process to one file share a database, which lacks the reader of Arrow until the first is made."""

_MEGABYTE: Final = 1_000_000


class DuckdbBackend(FileBackend):
    """Datasets in files of DuckDB under ``paths.datasets_path``."""

    name = "duckdb"
    most_columns = 100_000
    longest_name = 1_000_000
    sessions: ClassVar[type[DuckdbSession]] = DuckdbSession

    def __init__(self, config: MDMConfig) -> None:
        super().__init__(config, ".duckdb")
        self._echo = Echo(config.database.echo_sql)
        self._timeout = config.database.connection_timeout
        self._spill = config.database.duckdb_temp_directory or config.paths.temp_path
        share = config.performance.memory_limit_mb * _MEGABYTE // 4  # the rows on their way in take the rest
        most = min(config.database.duckdb_memory_limit.bytes, share)
        self._options: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{most}B",
            "temp_directory": str(self._spill),
            "python_enable_replacements": "false",
        }
        if config.database.duckdb_threads is not None:
            self._options["threads"] = config.database.duckdb_threads

    def stored(self, arrow: pa.DataType) -> Stored:
        """Return DuckDB's own type, or the one that holds *arrow* without loss."""
        return stored(arrow)

    @contextmanager
    def new(self, name: str) -> Iterator[DuckdbSession]:
        """Build a file beside its place."""
        with self._files.building(name) as path, self._open(path) as session:
            session.execute("BEGIN")
            for statement in _SCHEMA:
                session.execute(statement)
            yield session
            session.execute("COMMIT")
            session.execute("CHECKPOINT")  # closing does it too, but does not say when the disk is full

    @contextmanager
    def change(self, name: str) -> Iterator[DuckdbSession]:
        """Open a file that no other process has open, and keep the threads of this one from changing it."""
        with self._open(self._files.existing(name)) as session:
            self._begin_change(session)
            yield session
            session.execute("COMMIT")

    @contextmanager
    def look(self, name: str) -> Iterator[DuckdbSession]:
        """Open a file that takes no change, and from which no other file can be reached."""
        with self._open(self._files.existing(name), read_only=True) as session:
            session.execute("SET enable_external_access = false")
            session.execute("BEGIN")
            yield session

    @contextmanager
    def _open(self, path: Path, *, read_only: bool = False) -> Iterator[DuckdbSession]:
        make_folder(self._spill)
        with translated(path), closing(self._connected(path, read_only=read_only)) as connection:
            connection.execute("SET enable_progress_bar = false")  # it would be drawn on the standard output
            yield self.sessions(connection, self._echo)

    def _begin_change(self, session: DuckdbSession) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            session.execute("BEGIN")
            try:
                session.execute(_CLAIM)
            except duckdb.TransactionException:
                if time.monotonic() > deadline:
                    raise
                session.execute("ROLLBACK")
                time.sleep(0.02)
            else:
                return

    def _connected(self, path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                with _CONNECTING:
                    return duckdb.connect(path, read_only=read_only, config=self._options)
            except duckdb.IOException as error:
                if "Conflicting lock" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
