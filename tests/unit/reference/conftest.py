"""The plain and the fast storage of one backend, on the same datasets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mdm.config.models import MDMConfig
from mdm.reference.opening import open_plain_storage
from mdm.storage.registry import open_storage
from mdm.storage.store import Storage
from tests.unit.storage.conftest import backend, database, server

__all__ = ["backend", "database", "server"]

Both: TypeAlias = tuple[Storage, Storage]


@pytest.fixture
def both(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Both]:
    found: dict[str, Any] = request.getfixturevalue("database") if backend == "postgresql" else {}
    config = MDMConfig(paths={"home": tmp_path}, database={**found, "duckdb_threads": 1, "postgresql_pool_size": 1})
    with open_storage(config, backend) as fast, open_plain_storage(config, backend) as plain:
        yield plain, fast
