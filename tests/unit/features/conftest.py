"""A frame as a dataset, and its features, in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pytest

from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.features.feature import Family
from mdm.features.making import Made
from mdm.storage.info import DatasetInfo
from mdm.storage.registry import open_storage

NAME = "rows"


@dataclass(frozen=True)
class Features:
    """What was made of a frame."""

    client: Client
    made: Made
    frame: pl.DataFrame

    @property
    def left_out(self) -> dict[str, str]:
        return {each.column: each.reason for each in self.made.fit.left_out}

    def __getitem__(self, name: str) -> list[Any]:
        return self.frame[name].to_list()


Make: TypeAlias = Callable[..., Features]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return what makes the features of a frame; settings of features are keywords, other sections mappings."""

    def make(
        frame: pl.DataFrame,
        *,
        kinds: Mapping[str, str] | None = None,
        target: str | None = None,
        problem_type: str | None = None,
        families: Sequence[Family] | None = None,
        engine: str | None = None,
        backend: str = "sqlite",
        performance: Mapping[str, Any] | None = None,
        home: str = "home",
        **settings: Any,
    ) -> Features:
        paths = {"home": tmp_path / home, "custom_features_path": tmp_path / "custom"}
        config = MDMConfig(paths=paths, performance=performance or {}, features=settings)
        info = DatasetInfo(
            NAME, datetime(2026, 1, 1, tzinfo=UTC), target=target, problem_type=problem_type, kinds=kinds or {}
        )
        with open_storage(config, backend) as storage:
            storage.create(info, {"data": frame.to_arrow().to_reader()}, replace=True)
        client = Client(config)
        made = client.make_features(NAME, families, engine)
        return Features(client, made, client.features(NAME))

    return make
