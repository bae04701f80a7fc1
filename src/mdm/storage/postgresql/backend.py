"""Schemas of PostgreSQL, and the catalog of those that are datasets."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from psycopg import errors

from mdm.errors import DatasetError, Problem
from mdm.storage.info import info_of_json
from mdm.storage.names import check_dataset_name, quoted
from mdm.storage.postgresql.errors import translated
from mdm.storage.postgresql.pool import Pool, address
from mdm.storage.postgresql.session import PostgresqlSession
from mdm.storage.postgresql.types import stored
from mdm.storage.statements import Echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.storage.backend import Stored

_CATALOG: Final = (
    "SELECT pg_advisory_xact_lock(7236573)",  # IF NOT EXISTS alone lets two that come at once collide
    "CREATE SCHEMA IF NOT EXISTS mdm",
    "CREATE TABLE IF NOT EXISTS mdm.datasets(name TEXT PRIMARY KEY, document TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS datasets_without_case ON mdm.datasets(lower(name))",
)


class PostgresqlBackend:
    """Datasets in the database that ``database.postgresql_*`` names."""

    name = "postgresql"
    most_columns = 1600
    longest_name = 63
    sessions: ClassVar[type[PostgresqlSession]] = PostgresqlSession

    def __init__(self, config: MDMConfig) -> None:
        self._echo = Echo(config.database.echo_sql)
        self._address = address(config.database)
        self._pool = Pool(config.database, self._echo)

    def stored(self, arrow: pa.DataType) -> Stored:
        """Return PostgreSQL's type."""
        return stored(arrow)

    def names(self) -> list[str]:
        """Return the names in the catalog; none where there is no catalog yet."""
        with self._session("") as session:
            if not _has_catalog(session):
                return []
            return sorted(name for (name,) in session.execute("SELECT name FROM mdm.datasets"))

    def where(self, name: str) -> str:
        """Return the address of the database and the schema."""
        return f"{self._address}/{name}" if name else self._address

    @contextmanager
    def new(self, name: str) -> Iterator[PostgresqlSession]:
        """Enter the name, which makes a second one wait, or fail, and make the schema."""
        check_dataset_name(name)
        self._ensure_catalog()
        with self._session(name) as session:
            try:
                session.execute("INSERT INTO mdm.datasets VALUES (%s, '')", name)
                session.execute(f"CREATE SCHEMA {quoted(name)}")
            except errors.UniqueViolation:
                hint = "choose another name, also in more than case, or replace or remove the one that is there"
                raise DatasetError(Problem(f"the dataset {name!r} exists already", self.where(name), hint)) from None
            except (errors.DuplicateSchema, errors.ReservedName):
                message = f"the schema {name!r} exists already, and is no dataset"
                raise DatasetError(Problem(message, self.where(name), "choose another name")) from None
            yield session

    @contextmanager
    def change(self, name: str) -> Iterator[PostgresqlSession]:
        """Keep others from changing the dataset."""
        with self._session(name) as session:
            self._find(session, name, "FOR UPDATE")
            yield session

    @contextmanager
    def look(self, name: str) -> Iterator[PostgresqlSession]:
        """See one moment, and change nothing."""
        with self._session(name) as session:
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._find(session, name)
            yield session

    def size(self, name: str) -> int:
        """Return the bytes of the tables, with their indexes and long values."""
        total = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
        with self.look(name) as session:
            sql = f"{total} WHERE relkind = 'r' AND relnamespace = %s::regnamespace"
            return int(session.execute(sql, quoted(name))[0][0])

    def drop(self, name: str) -> None:
        """Remove the tables of the dataset and its schema, unless that holds something of somebody else."""
        with self.change(name) as session:
            for table in info_of_json(session.load(), self.where(name)).tables:
                session.drop_table(table.name)
            session.execute(f"DROP SCHEMA {quoted(name)}")
            session.execute("DELETE FROM mdm.datasets WHERE name = %s", name)

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()

    @contextmanager
    def _session(self, name: str) -> Iterator[PostgresqlSession]:
        with translated(self.where(name)), self._pool.connection() as connection:
            yield self.sessions(connection, name, self._echo)
            with self._echo("COMMIT"):
                connection.commit()

    def _ensure_catalog(self) -> None:
        with self._session("") as session:
            if not _has_catalog(session):
                for statement in _CATALOG:
                    session.execute(statement)

    def _find(self, session: PostgresqlSession, name: str, lock: str = "") -> None:
        check_dataset_name(name)
        if not _has_catalog(session) or not session.execute(f"SELECT 1 FROM mdm.datasets WHERE name = %s {lock}", name):
            hint = "'mdm dataset list' shows those that there are"
            raise DatasetError(Problem(f"there is no dataset {name!r}", self._address, hint))


def _has_catalog(session: PostgresqlSession) -> bool:
    return session.execute("SELECT to_regclass('mdm.datasets')")[0][0] is not None
