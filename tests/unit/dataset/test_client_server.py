"""Datasets from Python beside a PostgreSQL server: when it is asked, and that it gives the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.errors import DatasetError, StorageError
from tests.unit.storage.conftest import database, server  # noqa: F401 (fixtures)

from .conftest import Write

TEXT = "id,fare,when,note\n" + "".join(f"{i},{i / 7},2024-03-{1 + i % 28:02},t{i % 11}\n" for i in range(2500))


@pytest.fixture
def file(write: Write) -> Path:
    return write("rows.csv", TEXT)


def test_a_server_has_the_same_verbs_and_gives_the_same(
    database: dict[str, Any],  # noqa: F811
    tmp_path: Path,
    file: Path,
) -> None:
    settings = {**database, "default_backend": "postgresql"}
    with Client(MDMConfig(paths={"home": tmp_path / "home"}, database=settings)) as client:
        info = client.register("shared", file)
        client.register("own", file, backend="sqlite")
        assert [(each.name, each.backend) for each in client.list()] == [("own", "sqlite"), ("shared", "postgresql")]
        assert client.info("shared") == info
        assert client.load("shared").equals(client.load("own"))
        assert client.stats("shared") == client.stats("own")
        assert client.sql("shared", "SELECT count(*) FROM data").item() == 2500
        here, there = (client.export(name, tmp_path / f"{name}.csv").target.path for name in ("own", "shared"))
        assert here.read_bytes() == there.read_bytes()
        for name in ("shared", "own"):
            client.split(name, stratify="note")
            client.update(name, file, force=True)
        assert client.load("shared").equals(client.load("own"))
        assert [(part.name, part.rows) for part in client.split("shared", stratify="note").parts] == [
            ("train", 4000),
            ("test", 1000),
        ]
        with pytest.raises(DatasetError, match="exists already"):
            client.register("shared", file, backend="duckdb")
        assert client.register("shared", file, force=True).backend == "postgresql"
        client.remove("shared")
        assert [each.name for each in client.list()] == ["own"]


def test_more_columns_than_the_server_takes_are_refused_unread(
    database: dict[str, Any],  # noqa: F811
    tmp_path: Path,
    write: Write,
) -> None:
    wide = write("wide.csv", ",".join(f"c{number}" for number in range(1700)) + "\nbad row\n")
    with Client(MDMConfig(paths={"home": tmp_path / "home"}, database=database)) as client:
        with pytest.raises(DatasetError, match="1700 columns: postgresql takes at most 1600"):
            client.register("wide", wide, backend="postgresql")
        assert client.list("postgresql") == ()


def test_a_server_that_is_not_the_default_is_asked_only_by_name(tmp_path: Path, file: Path) -> None:
    nowhere = {"postgresql_host": "127.0.0.1", "postgresql_port": 1, "connection_timeout": 1}
    client = Client(MDMConfig(paths={"home": tmp_path / "home"}, database=nowhere))
    client.register("rows", file)
    assert [each.name for each in client.list()] == ["rows"]
    with pytest.raises(DatasetError, match="there is no dataset 'other'"):
        client.load("other")
    with pytest.raises(StorageError, match="refused"):
        client.info("other", backend="postgresql")
