"""Connections to the configured server."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from mdm.errors import Problem, StorageError
from mdm.storage.postgresql.errors import unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdm.config.models import DatabaseConfig
    from mdm.storage.statements import Echo

_CERTIFICATES: Final = ("sslrootcert", "sslcert", "sslkey")
_CONFIGURE: Final = """SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false),
 set_config('bytea_output', 'hex', false), set_config('synchronize_seqscans', 'off', false),
 set_config('max_parallel_workers_per_gather', '0', false), set_config('lock_timeout', %s, false)"""
"""Values written in one way, and rows read in the order in which they were added."""


def address(settings: DatabaseConfig) -> str:
    """Return the database as an address without password."""
    host, port = settings.postgresql_host, settings.postgresql_port
    return f"postgresql://{settings.postgresql_user}@{host}:{port}/{settings.postgresql_database}"


class Pool:
    """A pool of connections: ``postgresql_pool_size`` stay open, up to ``postgresql_max_overflow`` more come and go."""

    def __init__(self, settings: DatabaseConfig, echo: Echo) -> None:
        self._settings = settings
        self._echo = echo
        self._pool: ConnectionPool | None = None

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """Give a connection and one transaction on it: done when the block ends, undone when it raises."""
        try:
            with self._opened().connection() as connection:
                yield connection
        except PoolTimeout:
            hint = "raise database.postgresql_pool_size, postgresql_max_overflow or connection_timeout"
            message = f"no connection became free within {self._settings.connection_timeout} s"
            raise StorageError(Problem(message, address(self._settings), hint)) from None

    def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _opened(self) -> ConnectionPool:
        if self._pool is None:
            settings = self._settings
            self._probe()
            self._pool = ConnectionPool(
                kwargs=self._parameters(),
                min_size=settings.postgresql_pool_size,
                max_size=settings.postgresql_pool_size + settings.postgresql_max_overflow,
                timeout=settings.connection_timeout,
                configure=self._configure,
                check=ConnectionPool.check_connection,
                open=False,
            )
            self._pool.open()
        return self._pool

    def _probe(self) -> None:
        """Connect once: a pool would try for long, and then say only that the time is over."""
        try:
            psycopg.connect(**self._parameters()).close()
        except psycopg.Error as error:
            raise unreachable(error, address(self._settings)) from None

    def _parameters(self) -> dict[str, Any]:
        settings = self._settings
        given = {name: getattr(settings, f"postgresql_{name}") for name in _CERTIFICATES}
        return {
            "host": settings.postgresql_host,
            "port": settings.postgresql_port,
            "user": settings.postgresql_user,
            "password": settings.postgresql_password.get_secret_value() or None,
            "dbname": settings.postgresql_database,
            "sslmode": settings.postgresql_sslmode,
            "connect_timeout": settings.connection_timeout,
            "client_encoding": "utf8",
            "application_name": "mdm",
            **{name: str(path) for name, path in given.items() if path is not None},
        }

    def _configure(self, connection: psycopg.Connection) -> None:
        with self._echo(_CONFIGURE):
            connection.execute(_CONFIGURE, [f"{self._settings.connection_timeout}s"])
            connection.commit()
