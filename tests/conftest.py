"""What holds for all tests."""

from __future__ import annotations

import pytest

from mdm.core.metrics import metrics_collector


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the sweeps, which take a minute each: at the end one process would work while the others wait."""
    items.sort(key=lambda item: "crash_sweep" not in item.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let what the tests have counted in this process not reach the home of whoever runs them."""
    metrics_collector.reset()
