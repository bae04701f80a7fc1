"""What holds for all tests."""

from __future__ import annotations

import pytest

from mdm.core.metrics import metrics_collector


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let what the tests have counted in this process not reach the home of whoever runs them."""
    metrics_collector.reset()
