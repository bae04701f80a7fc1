"""One prepared process for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .runner import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """What runs the commands."""
    server = Server()
    yield server
    server.close()
