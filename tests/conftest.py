"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from loguru import logger

import mdm.config.manager  # noqa: F401 (it tells the flags what the file says, once)
from mdm.core.feature_flags import feature_flags
from mdm.core.metrics import metrics_collector

if TYPE_CHECKING:
    from loguru import Message


@pytest.fixture(autouse=True)
def _the_flags_of_this_process() -> Iterator[None]:
    """A command that runs inside a test tells the flags of its own configuration: what was told before counts again."""
    configured = feature_flags.configured
    yield
    feature_flags.configured = configured


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What MDM logs: level, module and text of each record."""
    lines: list[str] = []

    def hear(message: Message) -> None:
        lines.append(message.rstrip("\n"))

    number = logger.add(hear, level=0, format="{level} {name} {message}", filter="mdm")
    logger.enable("mdm")
    yield lines
    logger.disable("mdm")
    logger.remove(number)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the sweeps, which take a minute each: at the end one process would work while the others wait."""
    items.sort(key=lambda item: "crash_sweep" not in item.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let what the tests have counted in this process not reach the home of whoever runs them."""
    metrics_collector.reset()
