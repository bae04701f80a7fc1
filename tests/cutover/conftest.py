"""Homes for the cutover: commands as processes, and the public interface in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdm.config.manager import config_manager
from mdm.core.metrics import metrics_collector
from tests.unit.cli.conftest import Home, home, legacy_home, server

__all__ = ["Home", "here", "home", "legacy_home", "server"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty ``~/.mdm`` for this process, and nothing read or counted yet; given back the same way."""
    for name in os.environ:
        if name.upper().startswith("MDM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    folder = tmp_path / ".mdm"
    folder.mkdir()
    config_manager.reload()
    metrics_collector.reset()
    yield folder
    config_manager.reload()
    metrics_collector.reset()
