"""A scratch home with a secret of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .homes import Home, new_marker
from .running import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """What runs the commands."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    """An empty home."""
    for name in ("here", "user"):
        (tmp_path / name).mkdir()
    return Home(tmp_path, server, new_marker())
