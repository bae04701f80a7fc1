"""Statements in the log: what ``database.echo_sql`` asks for."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Echo:
    """Logs each statement at DEBUG with its duration in milliseconds, where *enabled*. Values are never part of it."""

    enabled: bool

    @contextmanager
    def __call__(self, sql: str) -> Iterator[None]:
        """Log *sql* when the block ends, in whatever way."""
        if not self.enabled:
            yield
            return
        from loguru import logger

        begun = time.perf_counter()
        try:
            yield
        finally:
            logger.debug("{:.1f} ms: {}", 1000 * (time.perf_counter() - begun), sql)
