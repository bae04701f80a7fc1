"""The system that does not answer, read beside the one that does: what it would have said is compared and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Final

from mdm.config.differing import NOT_SET, Difference, mismatches
from mdm.config.schema import to_text
from mdm.config.systems import NEW, Active
from mdm.core.log import log
from mdm.core.metrics import MetricsCollector

PATIENCE: Final = 0.25
"""Seconds that a load waits for its shadow. A slower one goes on beside the program and is counted as slow."""

COMPARED, MISMATCH = "config.shadow.compared", "config.shadow.mismatch"
FAILED, SLOW = "config.shadow.failed", "config.shadow.slow"

_told: set[str] = set()


def compare(active: Active, load: Callable[[], Active | None], metrics: MetricsCollector) -> None:
    """Compare *active* with what *load* gives, the other system; none where there is no such.

    Whatever goes wrong there is counted, and the caller never sees it.
    """
    thread = Thread(target=_compare, args=(active, load, metrics), name="mdm-shadow", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread is to be had, or the interpreter is about to end
        metrics.increment(FAILED, error="RuntimeError")
        return
    thread.join(PATIENCE)
    if thread.is_alive():
        metrics.increment(SLOW)


def found_between(active: Active, other: Active) -> list[Difference]:
    """Return where the legacy system (one) and the new one (other) answer differently."""
    legacy, new = (other, active) if active.system == NEW else (active, other)
    return mismatches(legacy.config, new.config)


def told(difference: Difference) -> str:
    """Return one line about a difference."""
    legacy, new = ("not set" if value is NOT_SET else to_text(value) for value in (difference.one, difference.other))
    return f"{difference.key}: the legacy system says {legacy}, the new one {new}"


def _compare(active: Active, load: Callable[[], Active | None], metrics: MetricsCollector) -> None:
    try:
        other = load()
        if other is not None:
            _count(found_between(active, other), metrics)
    except Exception as error:  # noqa: BLE001 (a shadow never harms whom it follows)
        metrics.increment(FAILED, error=type(error).__name__)


def _count(found: Sequence[Difference], metrics: MetricsCollector) -> None:
    metrics.increment(COMPARED)
    for difference in found:
        metrics.increment(MISMATCH, key=difference.key)
        if (text := told(difference)) not in _told:
            _told.add(text)
            log("INFO", "{difference}", difference=text)
    if found:
        metrics.flush()  # whoever is to see it need not wait for the end of a service
