"""Features of a dataset that lies in PostgreSQL: the same as those of one in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polars.testing import assert_frame_equal

from mdm.client import Client
from mdm.config.models import MDMConfig
from tests.unit.storage.conftest import database, server  # noqa: F401 (fixtures)

from .test_laws import mixed


def test_a_server_gives_the_same(database: dict[str, Any], tmp_path: Path) -> None:  # noqa: F811
    mixed(300).with_columns(**{"a very long name of a column " * 2: 1.0 * mixed(300)["y"]}).write_parquet(
        tmp_path / "r.parquet"
    )
    settings = {"text_max_features": 9, "categorical_encoding": "target"}
    config = MDMConfig(paths={"home": tmp_path}, database=database, features=settings)
    with Client(config) as client:
        client.register("own", tmp_path / "r.parquet", target="y")
        client.register("shared", tmp_path / "r.parquet", target="y", backend="postgresql")
        assert_frame_equal(client.features("shared", backend="postgresql"), client.features("own"), check_exact=True)
