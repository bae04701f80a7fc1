"""What was counted, in memory: plain sums that can be added to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Key: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A name and its labels, sorted."""


@dataclass(frozen=True, slots=True)
class Span:
    """Durations in seconds: how many, their sum, the shortest, the longest."""

    count: int
    sum: float
    min: float
    max: float

    def plus(self, other: Span) -> Span:
        """Return both together."""
        return Span(self.count + other.count, self.sum + other.sum, min(self.min, other.min), max(self.max, other.max))


@dataclass(slots=True)
class Tally:
    """Counters, gauges and timers by key."""

    counters: dict[Key, float] = field(default_factory=dict)
    gauges: dict[Key, float] = field(default_factory=dict)
    timers: dict[Key, Span] = field(default_factory=dict)

    def add(self, key: Key, value: float) -> None:
        """Add to a counter."""
        self.counters[key] = self.counters.get(key, 0) + value

    def put(self, key: Key, value: float) -> None:
        """Set a gauge."""
        self.gauges[key] = value

    def time(self, key: Key, seconds: float) -> None:
        """Add one duration to a timer."""
        self.join(key, Span(1, seconds, seconds, seconds))

    def join(self, key: Key, span: Span) -> None:
        """Add durations to a timer."""
        before = self.timers.get(key)
        self.timers[key] = before.plus(span) if before else span

    def plus(self, later: Tally) -> Tally:
        """Return both together; a gauge has the value of *later*."""
        result = Tally(dict(self.counters), {**self.gauges, **later.gauges}, dict(self.timers))
        for key, value in later.counters.items():
            result.add(key, value)
        for key, span in later.timers.items():
            result.join(key, span)
        return result

    def is_empty(self) -> bool:
        """Say whether nothing was counted."""
        return not (self.counters or self.gauges or self.timers)

    def summary(self) -> dict[str, dict[str, Any]]:
        """Return it all by readable names, sorted."""
        return {
            "counters": {shown(key): value for key, value in sorted(self.counters.items())},
            "gauges": {shown(key): value for key, value in sorted(self.gauges.items())},
            "timers": {
                shown(key): {"count": span.count, "sum": span.sum, "min": span.min, "max": span.max}
                for key, span in sorted(self.timers.items())
            },
        }


def key_of(name: str, labels: Mapping[str, object]) -> Key:
    """Return the key under which a name with these labels is counted."""
    if not labels:
        return (str(name), ())
    return (str(name), tuple(sorted((label, str(value)) for label, value in labels.items())))


def shown(key: Key) -> str:
    """Return ``name`` or ``name{label="value",...}``, with quotes and backslashes escaped."""
    name, labels = key
    if not labels:
        return name
    return f"{name}{{{','.join(f'{label}={_quoted(text)}' for label, text in labels)}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'
