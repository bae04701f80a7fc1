"""How often the configuration is asked for, counted by the cache that answers: in C, at no cost to the caller."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

    from mdm.core.metrics import MetricsCollector


class Accesses:
    """Counts the answers of *cached*, a `functools.cache` of a function without parameters.

    What was answered since the last look is added to ``config.access.new`` or ``config.access.legacy`` when *metrics*
    are read or flushed, and before the cache is emptied. *system* says who answers.
    """

    def __init__(self, cached: _lru_cache_wrapper[Any], metrics: MetricsCollector, system: Callable[[], str]) -> None:
        self._cached = cached
        self._metrics = metrics
        self._system = system
        self._counted = 0
        metrics.observers.append(self.count)
        _all.add(self)

    def count(self) -> None:
        """Add what is new to the metrics."""
        answered = self._answered()
        fresh, self._counted = answered - self._counted, answered
        if fresh > 0:
            self._metrics.increment(f"config.access.{self._system()}", fresh)

    def forget(self) -> None:
        """Empty the cache, so that the next access is answered anew."""
        self.count()
        self._cached.cache_clear()
        self._counted = 0

    def skip(self) -> None:
        """Leave what was answered until now to whoever counts it elsewhere."""
        self._counted = self._answered()

    def _answered(self) -> int:
        info = self._cached.cache_info()
        return info.hits + info.currsize


def _skip_in_child() -> None:
    """Leave to the parent what was answered before the fork."""
    for accesses in _all:
        accesses.skip()


_all: WeakSet[Accesses] = WeakSet()
os.register_at_fork(after_in_child=_skip_in_child)
