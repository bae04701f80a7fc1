"""PostgreSQL: a server that is not there, that asks, that dies, and that holds more than datasets."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from mdm.config.models import MDMConfig
from mdm.errors import DatasetError, StorageError
from mdm.storage.registry import open_storage
from mdm.storage.store import Storage
from tests.unit.storage.conftest import Open, content, new, rows
from tests.unit.storage.server import ASKED, running

pytestmark = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)


@pytest.fixture
def administrator(database: dict[str, Any]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        host=database["postgresql_host"], user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        yield connection


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        (
            {"postgresql_host": "127.0.0.1", "postgresql_port": 1},
            "refused",
            "postgresql_host and database.postgresql_port",
        ),
        (
            {"postgresql_user": ASKED, "postgresql_password": "wrong"},
            "authentication failed",
            "database.postgresql_password",
        ),
        ({"postgresql_user": ASKED}, "no password supplied", "see database.postgresql_password"),
        ({"postgresql_user": "nobody"}, 'role "nobody" does not exist', "see database.postgresql_user"),
        ({"postgresql_database": "none"}, 'database "none" does not exist', "see database.postgresql_database"),
    ],
)
def test_without_a_connection_the_setting_is_named(
    opened: Open, settings: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(StorageError) as caught:
        opened({"connection_timeout": 5, **settings}).names()
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in problem.hint
    assert problem.where.startswith("postgresql://")
    assert "wrong" not in str(caught.value)


def test_the_right_password_is_taken(opened: Open, administrator: psycopg.Connection) -> None:
    administrator.execute(f"GRANT CREATE ON DATABASE postgres TO {ASKED}")
    storage = opened({"postgresql_user": ASKED, "postgresql_password": "right"})
    storage.create(new(), {"data": rows(a=[1])})
    assert content(storage.read("titanic")) == {"a": [1]}


def test_who_may_not_is_told_so(opened: Open, administrator: psycopg.Connection) -> None:
    opened().create(new(), {"data": rows(a=[1])})
    storage = opened({"postgresql_user": ASKED, "postgresql_password": "right"})
    with pytest.raises(StorageError, match=r"permission denied for schema mdm\n  hint: .*GRANT"):
        storage.info("titanic")


def test_two_people_see_the_same_datasets(opened: Open) -> None:
    opened().create(new(), {"data": rows(a=[1])})
    assert opened().names() == ["titanic"]


def test_a_schema_of_somebody_else_is_not_touched(opened: Open, administrator: psycopg.Connection) -> None:
    administrator.execute("CREATE SCHEMA app")
    for name in ("app", "public", "mdm", "pg_x"):
        with pytest.raises(DatasetError, match="exists already, and is no dataset"):
            opened().create(new(name), {"data": rows(a=[1])})
    opened().create(new(), {"data": rows(a=[1])})
    administrator.execute("CREATE TABLE titanic.theirs(a int)")
    with pytest.raises(StorageError, match="its schema holds more than the dataset"):
        opened().drop("titanic")
    assert opened().names() == ["titanic"]


def test_what_it_cannot_keep_is_said_with_its_place(opened: Open) -> None:
    storage = opened()
    with pytest.raises(StorageError, match=r"a text holds a NUL character, .*\(COPY data, line 2, column b\)"):
        storage.create(new(), {"data": rows(a=[1, 2], b=["x", "\0"])})
    with pytest.raises(DatasetError, match=r"column 'a': values of type timestamp.* would lose data"):
        storage.create(new(), {"data": rows(a=pa.array([1], pa.timestamp("ns")))})
    with pytest.raises(DatasetError, match="longer than 63 bytes"):
        storage.create(new(), {"data": rows(**{"ü" * 32: [1]})})
    assert storage.names() == []


def test_somebody_who_holds_a_dataset_is_waited_for(opened: Open) -> None:
    opened().create(new(), {"data": rows(a=[1])})
    with (
        opened().backend.change("titanic"),
        pytest.raises(StorageError, match=r"somebody else .*\n.*connection_timeout"),
    ):
        opened({"connection_timeout": 1}).append("titanic", rows(a=[2]))
    assert content(opened().read("titanic")) == {"a": [1]}


def test_of_two_that_register_one_name_the_second_waits_and_is_told(opened: Open) -> None:
    first, second = opened(), opened({"connection_timeout": 1})
    first.names()
    first.create(new("other"), {"data": rows(a=[1])})
    with first.backend.new("titanic") as session:
        session.save(new().to_json())
        with pytest.raises(StorageError, match="somebody else is changing this dataset"):
            second.create(new(), {"data": rows(a=[1])})
    with pytest.raises(DatasetError, match="exists already"):
        second.create(new(), {"data": rows(a=[1])})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_dies_in_mid_load_leaves_nothing(backend: str, tmp_path: Path, number: int) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        for count in range(200):
            if count == 20:
                os.kill(serving_process(database), number)
                time.sleep(0.2)
            yield pa.record_batch({"a": range(10_000)})

    with running() as database:
        config = MDMConfig(paths={"home": tmp_path}, database={**database, "postgresql_pool_size": 1})
        with open_storage(config, backend) as storage:
            storage.create(new("before"), {"data": rows(a=[1])})
            stream = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())
            with pytest.raises(
                StorageError, match=r"the connection to the server was lost\n  hint: nothing was changed"
            ):
                storage.create(new(), {"data": stream})
            assert eventually(storage) == ["before"]


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path, backend: str) -> None:
    storage = open_storage(
        MDMConfig(paths={"home": tmp_path}, database={"postgresql_host": "nowhere.invalid"}), backend
    )
    with pytest.raises(StorageError, match=r"nowhere\.invalid"):
        storage.names()
    storage.close()


def serving_process(database: dict[str, Any]) -> int:
    """Return the process of the server that takes the COPY."""
    with psycopg.connect(host=database["postgresql_host"], user="postgres", dbname="postgres") as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY%FROM STDIN%' AND state = 'active'"
        )
        ((process,),) = [row for row in found.fetchall() if row[0] != connection.info.backend_pid]
    return int(process)


def eventually(storage: Storage) -> list[str]:
    """Return the names once the server has recovered, through the pool that lost its connections."""
    for _ in range(100):
        try:
            return storage.names()
        except StorageError:
            time.sleep(0.1)
    raise AssertionError("the server did not come back")
