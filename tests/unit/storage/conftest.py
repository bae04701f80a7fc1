"""Every backend, through one suite: files under the test's folder, and a server that the tests of a process share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pyarrow as pa
import pytest

from mdm.config.models import MDMConfig
from mdm.storage.info import DatasetInfo
from mdm.storage.registry import BACKENDS, open_storage
from mdm.storage.store import Storage
from tests.unit.storage.server import running

Open: TypeAlias = Callable[..., Storage]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, object]]:
    with running() as settings:
        yield settings


@pytest.fixture
def database(server: dict[str, object]) -> Iterator[dict[str, object]]:
    """Settings that lead to a database without datasets."""
    yield server
    with psycopg.connect(host=server["postgresql_host"], user="postgres", dbname="postgres") as connection:  # type: ignore[arg-type]
        find = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^public$'"
        for (name,) in connection.execute(find).fetchall():
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Return what opens the storage of this test's backend, with settings by their sections."""
    found: dict[str, Any] = request.getfixturevalue("database") if backend == "postgresql" else {}
    stores: list[Storage] = []

    def opened(database: dict[str, object] | None = None, **sections: Any) -> Storage:
        config = MDMConfig(paths={"home": tmp_path}, database={**found, **(database or {})}, **sections)
        stores.append(open_storage(config, backend))
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def storage(opened: Open) -> Storage:
    return opened()


def new(name: str = "titanic") -> DatasetInfo:
    return DatasetInfo(name, NOW)


def rows(**columns: Any) -> pa.RecordBatchReader:
    return pa.table(columns).to_reader()


def failing(after: int, error: Exception) -> pa.RecordBatchReader:
    """Return *after* batches of two rows, then *error*."""

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(after):
            yield pa.record_batch({"a": [number, number]})
        raise error

    return pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())


def content(reader: pa.RecordBatchReader) -> dict[str, list[object]]:
    """Return what is read, by column; every reader is read to its end."""
    found: dict[str, list[object]] = reader.read_all().to_pydict()
    return found
