"""Files to read, and reading them in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pytest

from mdm.config.models import DatasetsConfig, PerformanceConfig
from mdm.dataset.detection import Detection, Overrides, detect, typed_batches
from mdm.dataset.reading import ReadingOptions, Source, open_source

Write: TypeAlias = Callable[[str, str | bytes], Path]


def performance(**settings: Any) -> PerformanceConfig:
    return PerformanceConfig.model_validate(settings)


def opened(path: Path | list[Path], *, use_arrow: bool = True, **options: Any) -> Source:
    return open_source(path, performance(use_arrow=use_arrow), ReadingOptions(**options))


def rows(source: Source, chunk_size: int | None = None) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = pa.Table.from_batches(source.batches(chunk_size), source.schema).to_pylist()
    return read


def detected(source: Source, settings: dict[str, Any] | None = None, **overrides: Any) -> Detection:
    return detect(source, DatasetsConfig.model_validate(settings or {}), Overrides(**overrides))


def values(source: Source, detection: Detection) -> dict[str, list[Any]]:
    table = pa.Table.from_batches(typed_batches(source, detection), detection.schema)
    columns: dict[str, list[Any]] = table.to_pydict()
    return columns


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
