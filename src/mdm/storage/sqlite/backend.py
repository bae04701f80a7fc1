"""Files of SQLite: how they are made, opened and removed."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from adbc_driver_sqlite import dbapi
from pyarrow import types as kinds

from mdm.storage.backend import Stored
from mdm.storage.files import FileBackend
from mdm.storage.sqlite.errors import translated
from mdm.storage.sqlite.session import SqliteSession
from mdm.storage.statements import Echo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mdm.config.models import MDMConfig

_SCHEMA: Final = (
    "CREATE TABLE mdm_dataset(document TEXT NOT NULL)",
    "CREATE TABLE mdm_nan(tbl TEXT, row INTEGER, col TEXT, PRIMARY KEY(tbl, row, col)) WITHOUT ROWID",
    "INSERT INTO mdm_dataset VALUES ('')",
)


class SqliteBackend(FileBackend):
    """Datasets in files of SQLite under ``paths.datasets_path``."""

    name = "sqlite"
    most_columns = 2000
    longest_name = 1_000_000

    def __init__(self, config: MDMConfig) -> None:
        super().__init__(config, ".sqlite")
        self._settings = config.database
        self._echo = Echo(config.database.echo_sql)

    def stored(self, arrow: pa.DataType) -> Stored:
        """Return the storage class that holds *arrow* without loss."""
        if kinds.is_boolean(arrow) or kinds.is_integer(arrow) or kinds.is_duration(arrow):
            return Stored("INTEGER", pa.int64())
        if kinds.is_floating(arrow):
            return Stored("", pa.float64())
        if kinds.is_binary(arrow) or kinds.is_large_binary(arrow) or kinds.is_fixed_size_binary(arrow):
            return Stored("BLOB", pa.binary())
        return Stored("TEXT", pa.string())

    @contextmanager
    def new(self, name: str) -> Iterator[SqliteSession]:
        """Build a file beside its place. Nobody sees it, and a failure throws it away: so it needs no journal."""
        with self._files.building(name) as path, self._open(path, "rwc") as session:
            for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"):
                session.execute(statement)
            session.begin()
            for statement in _SCHEMA:
                session.execute(statement)
            yield session
            session.commit()
            session.use_journal(self._settings)

    @contextmanager
    def change(self, name: str) -> Iterator[SqliteSession]:
        """Open a file, and keep others from writing to it from the first statement on."""
        with self._open(self._files.existing(name), "rw") as session:
            session.use_journal(self._settings)
            session.begin()
            session.execute("UPDATE mdm_dataset SET document = document")
            yield session
            session.commit()

    @contextmanager
    def look(self, name: str) -> Iterator[SqliteSession]:
        """Open a file that takes no change."""
        with self._open(self._files.existing(name), "rw") as session:
            session.execute("PRAGMA query_only = ON")
            session.begin()
            yield session

    @contextmanager
    def _open(self, path: Path, mode: str) -> Iterator[SqliteSession]:
        address = f"{path.absolute().as_uri()}?mode={mode}"
        with translated(path), closing(dbapi.connect(address, autocommit=True)) as opened:
            session = SqliteSession(opened, self._echo)
            session.execute(f"PRAGMA busy_timeout = {1000 * self._settings.connection_timeout}")
            session.execute(f"PRAGMA cache_size = {self._settings.sqlite_cache_size}")
            session.execute(f"PRAGMA synchronous = {self._settings.sqlite_synchronous}")
            yield session
