"""Each setting of the storage, seen at work."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mdm.config.models import MDMConfig
from mdm.errors import DatasetError, StorageError
from mdm.storage import registry, statements
from mdm.storage.registry import open_storage
from tests.unit.storage.conftest import Open, new, rows


def asked(storage: Any, sql: str, *, changing: bool) -> Any:
    """Return what the database says of itself, on a connection that changes or that reads."""
    backend = storage.backend
    with backend.change("titanic") if changing else backend.look("titanic") as session:
        return session.execute(sql)[0][0]


@pytest.mark.parametrize("changing", [True, False])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_pragmas_of_every_connection(opened: Open, changing: bool) -> None:
    chosen = {"sqlite_synchronous": "EXTRA", "sqlite_cache_size": -1234, "sqlite_journal_mode": "TRUNCATE"}
    storage = opened({**chosen, "connection_timeout": 7})
    storage.create(new(), {"data": rows(a=[1])})
    pragmas = {"synchronous": 3, "cache_size": -1234, "busy_timeout": 7000}
    for name, value in pragmas.items():
        assert asked(storage, f"PRAGMA {name}", changing=changing) == value
    assert not changing or asked(storage, "PRAGMA journal_mode", changing=True) == "truncate"


@pytest.mark.parametrize(("mode", "found"), [("WAL", "wal"), ("DELETE", "delete")])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_journal_is_the_chosen_one_from_the_beginning(opened: Open, tmp_path: Path, mode: str, found: str) -> None:
    opened({"sqlite_journal_mode": mode}).create(new(), {"data": rows(a=[1])})
    version = (tmp_path / "datasets" / "titanic.sqlite").read_bytes()[18]
    assert {1: "delete", 2: "wal"}[version] == found


@pytest.mark.parametrize("changing", [True, False])
@pytest.mark.parametrize("backend", ["duckdb"], indirect=True)
def test_limits_of_duckdb(opened: Open, tmp_path: Path, changing: bool) -> None:
    storage = opened({"duckdb_memory_limit": "200MB", "duckdb_threads": 1, "duckdb_temp_directory": tmp_path / "spill"})
    storage.create(new(), {"data": rows(a=[1])})
    seen = {
        name: asked(storage, f"SELECT current_setting('{name}')", changing=changing)
        for name in ("memory_limit", "threads")
    }
    assert seen == {"memory_limit": "190.7 MiB", "threads": 1}
    assert asked(storage, "SELECT current_setting('temp_directory')", changing=changing) == str(tmp_path / "spill")


@pytest.mark.parametrize("backend", ["duckdb"], indirect=True)
def test_duckdb_takes_a_quarter_of_the_limit_of_all_work_and_spills_to_the_temporary_folder(
    opened: Open, tmp_path: Path
) -> None:
    storage = opened({"duckdb_memory_limit": "8GB"}, performance={"memory_limit_mb": 1200})
    storage.create(new(), {"data": rows(a=[1])})
    assert asked(storage, "SELECT current_setting('memory_limit')", changing=False) == "286.1 MiB"
    assert asked(storage, "SELECT current_setting('temp_directory')", changing=False) == str(tmp_path / "temp")


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_the_pool_keeps_and_adds_connections(opened: Open) -> None:
    storage = opened({"postgresql_pool_size": 1, "postgresql_max_overflow": 1, "connection_timeout": 2})
    storage.create(new(), {"data": rows(a=range(100_000))})
    streams = [storage.read("titanic", rows=10) for _ in range(2)]
    with pytest.raises(
        StorageError, match=r"no connection became free within 2 s\n  hint: raise database.postgresql_pool_size"
    ):
        storage.read("titanic")
    del streams
    assert asked(storage, "SHOW lock_timeout", changing=True) == "2s"


@contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """Listen as a server that answers once with *answer* (none: never), and give the port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(8)
                connection.sendall(answer) if answer is not None else done.wait(10)

        done = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        done.set()
        thread.join()


def test_encryption_is_asked_for(tmp_path: Path) -> None:
    with listening(b"N") as port:
        database = {"postgresql_host": "127.0.0.1", "postgresql_port": port, "postgresql_sslmode": "require"}
        config = MDMConfig(paths={"home": tmp_path}, database=database)
        with pytest.raises(StorageError, match=r"SSL.*\n  hint: see database.postgresql_sslmode"):
            open_storage(config, "postgresql").names()


def test_certificates_are_used(tmp_path: Path) -> None:
    with listening(b"S") as port:
        address = {"postgresql_host": "127.0.0.1", "postgresql_port": port, "postgresql_sslmode": "verify-full"}
        database = {**address, "postgresql_sslrootcert": tmp_path / "none.crt"}
        config = MDMConfig(paths={"home": tmp_path}, database=database)
        with pytest.raises(StorageError, match=r"none\.crt.*\n  hint: see .*postgresql_sslrootcert"):
            open_storage(config, "postgresql").names()


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with listening(None) as port:
        database = {"postgresql_host": "127.0.0.1", "postgresql_port": port, "connection_timeout": 2}
        begun = time.monotonic()
        with pytest.raises(StorageError, match=r"timeout.*\n  hint: .*database.connection_timeout"):
            open_storage(MDMConfig(paths={"home": tmp_path}, database=database), "postgresql").names()
        assert 1 < time.monotonic() - begun < 8


@pytest.mark.setting("database.echo_sql")
def test_statements_are_logged_with_their_duration(opened: Open, heard: list[str]) -> None:
    storage = opened({"echo_sql": True}, performance={"batch_size": 100})
    storage.create(new(), {"data": rows(secret=range(250))})
    list(storage.query("titanic", "SELECT count(*) FROM data"))
    lines = [line for line in heard if line.startswith("DEBUG mdm.storage.statements ")]
    assert all(re.fullmatch(r"DEBUG \S+ [\d.]+ ms: \S.*", line) for line in lines)
    begin = set() if storage.backend.name == "postgresql" else {"BEGIN"}  # there it goes with the first statement
    assert {*begin, "COMMIT"} <= {line.rpartition(": ")[2] for line in lines}
    assert any("CREATE TABLE" in line and '"secret"' in line for line in lines)
    assert any("SELECT count(*) FROM data" in line for line in lines)
    inserts = {"sqlite": 3, "duckdb": 1, "postgresql": 0}  # a statement a batch, one for all batches, COPY
    assert sum('INSERT INTO "data"' in line for line in lines) == inserts[storage.backend.name]


def test_no_statement_is_logged_unless_it_is_asked_for(opened: Open, heard: list[str]) -> None:
    opened().create(new(), {"data": rows(a=[1])})
    assert [line.split(" ", 2)[:2] for line in heard] == [["INFO", "mdm.storage.store"]]


@pytest.mark.parametrize("backend", ["duckdb"], indirect=True)
def test_a_slow_statement_is_told_of_without_its_text(
    opened: Open, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened()
    storage.create(new(), {"data": rows(a=[1])})
    heard.clear()
    monkeypatch.setattr(statements, "SLOW", 0)
    list(storage.query("titanic", "SELECT a + 4711 FROM data"))
    assert "INFO mdm.storage.statements a statement took 0.0 s: SELECT ... (database.echo_sql shows all of it)" in heard
    assert "4711" not in "".join(heard)


def test_what_becomes_of_datasets_is_logged(opened: Open, heard: list[str]) -> None:
    storage = opened()
    storage.create(new(), {"data": rows(a=[1])})
    storage.append("titanic", rows(a=[2, 3]))
    storage.drop("titanic")
    where = storage.backend.name
    assert [re.sub(r"now, [\d.]+ s$", "now", line.removeprefix("INFO mdm.storage.store ")) for line in heard] == [
        f"stored titanic in {where}: 1 rows now",
        f"added to titanic in {where}: 3 rows now",
        f"removed titanic from {where}",
    ]


def test_chunks_have_the_chosen_size(opened: Open) -> None:
    storage = opened(performance={"chunk_size": 1000})
    storage.create(new(), {"data": rows(a=range(2500))})
    assert [len(batch) for batch in storage.read("titanic")] == [1000, 1000, 500]
    assert [len(batch) for batch in storage.query("titanic", "SELECT a FROM data")] == [1000, 1000, 500]


def test_the_backend_is_the_chosen_one(tmp_path: Path) -> None:
    config = MDMConfig(paths={"home": tmp_path}, database={"default_backend": "duckdb"})
    assert open_storage(config).backend.name == "duckdb"
    assert open_storage(config, "sqlite").backend.name == "sqlite"
    with pytest.raises(
        DatasetError, match=r"^Invalid backend: oracle\n  hint: choose one of sqlite, duckdb, postgresql"
    ):
        open_storage(config, "oracle")
    assert not (tmp_path / "datasets").exists()


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg.errors")

    monkeypatch.setattr(registry, "import_module", missing)
    with pytest.raises(
        StorageError, match=r"needs the package psycopg\n  hint: pip install 'ml-data-manager\[postgresql\]'"
    ):
        open_storage(MDMConfig(), "postgresql")
