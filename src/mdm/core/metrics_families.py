"""What was counted in the terms of Prometheus: families of samples, under names that it accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from mdm.core.metrics_tally import Tally, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mdm.core.metrics_tally import Key

MEANINGS: Final[Mapping[str, str]] = {
    "config.access.legacy": "How often a program asked for the configuration while the legacy system answered.",
    "config.access.new": "How often a program asked for the configuration while the new system answered.",
    "config.fallback": "How often the legacy system answered because the new configuration was refused.",
    "config.load.seconds": "Seconds to read and validate the configuration that a program shares.",
    "config.migration.settings": "Legacy settings of all migrations, by what became of them.",
    "config.migration.success_rate": "Share of the legacy settings that the last migration took over, 0 to 1.",
    "config.shadow.mismatch": "Settings in which the two systems differed, by key.",
    "flags.evaluation": "How often a flag was found to be on or off for somebody.",
    "route.compared": "How often both implementations of a part were compared.",
    "route.fallback": "How often the legacy implementation of a part stood in for the new one, which had failed.",
    "route.legacy": "How often the legacy implementation of a part was chosen.",
    "route.memory.bytes": "The most memory of a process that used a part, in bytes.",
    "route.mismatch": "How often both implementations of a part differed.",
    "route.new": "How often the new implementation of a part did the work.",
    "route.seconds": "Seconds that a part took, by implementation.",
    "route.shadow_failed": "How often a comparison of both implementations of a part was not possible.",
}
"""What the metrics of MDM itself count."""

FamilyKind: TypeAlias = Literal["counter", "gauge", "summary"]

_FORBIDDEN: Final = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(slots=True)
class Family:
    """Everything under one name; *samples* are keys with numbers. A counter's name is without its ``_total``."""

    name: str
    kind: FamilyKind
    samples: list[tuple[Key, float]] = field(default_factory=list)

    @property
    def meaning(self) -> str:
        """One sentence for readers."""
        base = re.sub(r"(?<=_seconds)_(min|max)$", "", self.name)
        told = (text for name, text in MEANINGS.items() if _name(name) == base)
        return next(told, "Counted by a program that uses MDM.")


def families(tally: Tally) -> list[Family]:
    """Return the families of *tally*; a timer is a summary in seconds, with its extremes as gauges.

    Names that become one name are added up. Of families of different kinds that would share a name, the first counts.
    """
    found: dict[tuple[str, FamilyKind], Family] = {}
    for name, kind, key, value in _samples(_renamed(tally)):
        found.setdefault((name, kind), Family(name, kind)).samples.append((key, value))
    taken: set[str] = set()
    kept = []
    for family in found.values():
        names = {family.name, *(key[0] for key, _ in family.samples)}
        if not names & taken:
            taken |= names
            kept.append(family)
    return kept


def prometheus_text(tally: Tally) -> str:
    """Return *tally* in the text format of Prometheus (0.0.4), which its node exporter reads from files."""
    return "".join(f"{line}\n" for family in families(tally) for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    name = f"{family.name}_total" if family.kind == "counter" else family.name
    yield f"# HELP {name} {family.meaning}"
    yield f"# TYPE {name} {family.kind}"
    for key, value in family.samples:
        yield f"{shown(key)} {value}"


def _samples(tally: Tally) -> Iterator[tuple[str, FamilyKind, Key, float]]:
    for (name, labels), value in sorted(tally.counters.items()):
        yield name, "counter", (f"{name}_total", labels), value
    for (name, labels), value in sorted(tally.gauges.items()):
        yield name, "gauge", (name, labels), value
    for (name, labels), span in sorted(tally.timers.items()):
        yield name, "summary", (f"{name}_count", labels), span.count
        yield name, "summary", (f"{name}_sum", labels), span.sum
        yield f"{name}_min", "gauge", (f"{name}_min", labels), span.min
        yield f"{name}_max", "gauge", (f"{name}_max", labels), span.max


def _renamed(tally: Tally) -> Tally:
    result = Tally()
    for (name, labels), value in tally.counters.items():
        result.add((_name(name).removesuffix("_total"), _labels(labels)), value)
    for (name, labels), value in tally.gauges.items():
        result.put((_name(name), _labels(labels)), value)
    for (name, labels), span in tally.timers.items():
        result.join((_name(name).removesuffix("_seconds") + "_seconds", _labels(labels)), span)
    return result


def _name(name: str) -> str:
    return f"mdm_{_FORBIDDEN.sub('_', name)}"


def _labels(labels: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({_label(name): text for name, text in labels}.items()))


def _label(name: str) -> str:
    accepted = _FORBIDDEN.sub("_", name)
    return accepted if accepted[:1].isalpha() else f"label_{accepted}"
