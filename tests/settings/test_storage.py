# ruff: noqa: F811 (fixtures that are imported)
"""What the settings of databases, of loading and of folders do, each changed alone and seen from outside."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pyarrow as pa
import pyarrow.csv
import pytest
from adbc_driver_sqlite import dbapi

from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.errors import StorageError
from mdm.storage.registry import open_storage
from mdm.storage.store import Storage
from tests.unit.storage.conftest import database, new, rows, server  # noqa: F401
from tests.unit.storage.server import ASKED

from .authority import SSL_REQUEST, answering, certificate

Configured: TypeAlias = Callable[..., MDMConfig]
Server: TypeAlias = dict[str, Any]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """Return what gives a configuration in a home of its own, with one setting changed."""

    def configured(key: str = "", value: object = None, database: Server | None = None) -> MDMConfig:
        section, _, name = key.partition(".")
        sections: dict[str, dict[str, object]] = {"paths": {"home": tmp_path}, "database": dict(database or {})}
        if key:
            sections.setdefault(section, {})[name] = value
        return MDMConfig(**sections)

    return configured


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "1,x\n2,y\n" * 150)
    return path


def names(config: MDMConfig) -> list[str]:
    with open_storage(config, "postgresql") as storage:
        return storage.names()


def asked(storage: Storage, sql: str) -> Any:
    """Return what the database says of itself on the connection that changes a dataset."""
    if "titanic" not in storage.names():
        storage.create(new(), {"data": rows(a=[1])})
    with storage.backend.change("titanic") as session:
        return session.execute(sql)[0][0]  # type: ignore[attr-defined]


@pytest.mark.setting("database.default_backend")
@pytest.mark.parametrize("backend", ["sqlite", "duckdb"])
def test_the_default_backend_gets_the_dataset(configured: Configured, file: Path, backend: str, tmp_path: Path) -> None:
    Client(configured("database.default_backend", backend)).register("rows", file)
    assert [path.name for path in (tmp_path / "datasets").iterdir()] == [f"rows.{backend}"]


@pytest.mark.parametrize(
    ("key", "value", "sql", "found"),
    [
        pytest.param(
            "sqlite_synchronous",
            "EXTRA",
            "PRAGMA synchronous",
            3,
            marks=pytest.mark.setting("database.sqlite_synchronous"),
        ),
        pytest.param(
            "sqlite_journal_mode",
            "PERSIST",
            "PRAGMA journal_mode",
            "persist",
            marks=pytest.mark.setting("database.sqlite_journal_mode"),
        ),
        pytest.param(
            "sqlite_cache_size",
            -1234,
            "PRAGMA cache_size",
            -1234,
            marks=pytest.mark.setting("database.sqlite_cache_size"),
        ),
        pytest.param(
            "duckdb_memory_limit",
            "100MB",
            "SELECT current_setting('memory_limit')",
            "95.3 MiB",
            marks=pytest.mark.setting("database.duckdb_memory_limit"),
        ),
        pytest.param(
            "duckdb_threads",
            1,
            "SELECT current_setting('threads')",
            1,
            marks=pytest.mark.setting("database.duckdb_threads"),
        ),
        pytest.param(
            "duckdb_temp_directory",
            "/tmp/mdm-spill-of-the-tests",
            "SELECT current_setting('temp_directory')",
            "/tmp/mdm-spill-of-the-tests",
            marks=pytest.mark.setting("database.duckdb_temp_directory"),
        ),
    ],
)
def test_the_database_says_it_has_the_setting(
    configured: Configured, key: str, value: object, sql: str, found: object
) -> None:
    backend = key.partition("_")[0]
    with open_storage(configured(f"database.{key}", value), backend) as storage:
        assert asked(storage, sql) == found
    with open_storage(configured(), backend) as storage:
        assert asked(storage, sql) != found


@pytest.mark.setting("database.postgresql_host", "database.postgresql_port")
def test_the_server_is_looked_for_at_host_and_port(configured: Configured, database: Server) -> None:
    assert names(configured(database=database)) == []
    for key, value in (("host", "/nowhere"), ("port", 1)):
        with pytest.raises(StorageError, match=f"postgresql_{key}") as caught:
            names(configured(f"database.postgresql_{key}", value, database))
        assert str(value) in caught.value.problems[0].where


@pytest.mark.setting("database.postgresql_user", "database.postgresql_database")
def test_the_server_is_asked_as_user_for_database(
    configured: Configured, database: Server, administrator: psycopg.Connection
) -> None:
    administrator.execute("CREATE ROLE another SUPERUSER LOGIN")
    administrator.execute("CREATE DATABASE another")
    try:
        for key, sql in (("user", "SELECT current_user"), ("database", "SELECT current_database()")):
            with open_storage(configured(f"database.postgresql_{key}", "another", database), "postgresql") as storage:
                assert asked(storage, sql) == "another"
                storage.drop("titanic")
    finally:
        administrator.execute("DROP DATABASE another")
        administrator.execute("DROP OWNED BY another CASCADE")
        administrator.execute("DROP ROLE another")


@pytest.mark.setting("database.postgresql_password")
def test_the_password_lets_in(configured: Configured, database: Server) -> None:
    account = {**database, "postgresql_user": ASKED}
    with open_storage(configured("database.postgresql_password", "right", account), "postgresql") as storage:
        assert storage.names() == []
    with pytest.raises(StorageError, match="password"):
        names(configured(database=account))


@pytest.mark.setting("database.postgresql_pool_size", "database.postgresql_max_overflow")
def test_the_pool_keeps_some_connections_and_opens_more(
    configured: Configured, database: Server, administrator: psycopg.Connection
) -> None:
    limits = {**database, "postgresql_pool_size": 1, "postgresql_max_overflow": 0, "connection_timeout": 1}

    def most_at_once(storage: Storage) -> int:
        streams: list[pa.RecordBatchReader] = []
        with pytest.raises(StorageError, match="no connection became free within 1 s"):
            streams.extend(iter(lambda: storage.read("titanic"), None))
        return len(streams)

    with open_storage(configured("database.postgresql_pool_size", 4, limits), "postgresql") as storage:
        asked(storage, "SELECT 1")
        assert eventually(administrator, 4) == 4  # though only one is used
        assert most_at_once(storage) == 4
    with open_storage(configured("database.postgresql_max_overflow", 2, limits), "postgresql") as storage:
        asked(storage, "SELECT 1")
        assert most_at_once(storage) == 3


@pytest.mark.setting("database.postgresql_sslmode")
def test_encryption_is_asked_for_or_not(configured: Configured) -> None:
    starts = {}
    for mode in ("disable", "require"):
        with answering(b"N") as seen:
            address = {"postgresql_host": "127.0.0.1", "postgresql_port": seen.port}
            with pytest.raises(StorageError, match="SSL" if mode == "require" else "cannot connect"):
                names(configured("database.postgresql_sslmode", mode, address))
        starts[mode] = seen.start == SSL_REQUEST
    assert starts == {"disable": False, "require": True}


@pytest.mark.setting("database.postgresql_sslrootcert")
def test_only_a_server_that_the_root_certificate_vouches_for_is_spoken_to(
    configured: Configured, tmp_path: Path
) -> None:
    told = {}
    for name in ("server", "other"):
        root, key = certificate(tmp_path, name)
        if name == "server":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(root, key)
        with answering(b"S", context) as seen:
            address = {
                "postgresql_host": "127.0.0.1",
                "postgresql_port": seen.port,
                "postgresql_sslmode": "verify-full",
            }
            with pytest.raises(StorageError, match="cannot connect"):
                names(configured("database.postgresql_sslrootcert", root, address))
        told[name] = bool(seen.encrypted)
    assert told == {"server": True, "other": False}


@pytest.mark.setting("database.postgresql_sslcert", "database.postgresql_sslkey")
def test_the_certificate_is_shown_and_its_key_used(configured: Configured, tmp_path: Path) -> None:
    own, key = certificate(tmp_path, "own")
    _, wrong = certificate(tmp_path, "wrong")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path, "server"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(own)

    def shown(**settings: object) -> bytes | None:
        with answering(b"S", context) as seen:
            address = {"postgresql_host": "127.0.0.1", "postgresql_port": seen.port, "postgresql_sslmode": "require"}
            with pytest.raises(StorageError, match="cannot connect"):
                names(configured(database={**address, **settings}))
        return seen.shown

    expected = ssl.PEM_cert_to_DER_cert(own.read_text())
    assert shown(postgresql_sslcert=own, postgresql_sslkey=key) == expected
    assert shown(postgresql_sslkey=key) is None
    assert shown(postgresql_sslcert=own, postgresql_sslkey=wrong) is None


@pytest.mark.setting("database.connection_timeout")
def test_who_does_not_answer_is_given_up_after_the_time(configured: Configured) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = {"postgresql_host": "127.0.0.1", "postgresql_port": silent.getsockname()[1]}
        begun = time.monotonic()
        with pytest.raises(StorageError, match=r"timeout.*\n  hint: .*database.connection_timeout"):
            names(configured("database.connection_timeout", 2, address))
        assert 1 < time.monotonic() - begun < 20
    with open_storage(configured("database.connection_timeout", 2), "sqlite") as storage:
        assert asked(storage, "PRAGMA busy_timeout") == 2000


@pytest.mark.setting("performance.batch_size")
def test_rows_are_written_in_batches(configured: Configured, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    ingest = dbapi.Cursor.adbc_ingest

    def counting(self: dbapi.Cursor, table: str, batch: pa.RecordBatch, **options: Any) -> int:
        sizes.append(len(batch))
        return int(ingest(self, table, batch, **options))

    monkeypatch.setattr(dbapi.Cursor, "adbc_ingest", counting)
    for size in (100, 10_000):
        Client(configured("performance.batch_size", size)).register(f"rows{size}", file)
    assert sizes == [100, 100, 100, 300]


@pytest.mark.setting("performance.max_workers")
def test_one_worker_does_all_in_its_own_thread(configured: Configured) -> None:
    threads: dict[int, str] = {}

    def batches(workers: int) -> Iterator[pa.RecordBatch]:
        threads[workers] = threading.current_thread().name
        yield pa.record_batch({"a": [1]})

    for workers in (1, 2):
        with open_storage(configured("performance.max_workers", workers), "sqlite") as storage:
            stream = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches(workers))
            storage.create(new(f"rows{workers}"), {"data": stream})
    assert threads[1] == threading.current_thread().name != threads[2]


@pytest.mark.setting("performance.use_arrow")
def test_the_reader_is_that_of_arrow_or_the_plain_one(
    configured: Configured, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    open_csv = pyarrow.csv.open_csv

    def counting(stream: object, **options: Any) -> object:
        opened.append(stream)
        return open_csv(stream, **options)

    monkeypatch.setattr(pyarrow.csv, "open_csv", counting)
    found = []
    for use_arrow, times in ((False, 0), (True, 1)):
        client = Client(configured("performance.use_arrow", use_arrow))
        client.register(f"rows{times}", file)
        assert len(opened) == times
        found.append(client.arrow(f"rows{times}"))
    assert found[0] == found[1]


@pytest.mark.setting("paths.home", "paths.datasets_path", "paths.temp_path")
@pytest.mark.parametrize(
    ("key", "folders"),
    [
        ("home", ("other/datasets", "other/temp")),
        ("datasets_path", ("other", "temp")),
        ("temp_path", ("datasets", "other")),
    ],
)
def test_files_lie_in_the_chosen_folders(
    configured: Configured, file: Path, tmp_path: Path, key: str, folders: tuple[str, str]
) -> None:
    config = configured(f"paths.{key}", tmp_path / "other")
    Client(config).register("rows", file)
    with open_storage(config, "duckdb") as storage:
        assert asked(storage, "SELECT current_setting('temp_directory')") == str(tmp_path / folders[1])
    assert (tmp_path / folders[0] / "rows.sqlite").is_file()
    own = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert own == ({"other"} if key == "home" else {"other", "cache", "config", *folders})


@pytest.fixture
def administrator(database: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        host=database["postgresql_host"], user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        yield connection


def eventually(administrator: psycopg.Connection, wanted: int) -> int:
    """Return how many connections of MDM there are, at the latest after five seconds."""
    found = -1
    for _ in range(50):
        ((found,),) = administrator.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mdm'"
        ).fetchall()
        if found == wanted:
            break
        time.sleep(0.1)
    return found
