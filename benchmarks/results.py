"""What was measured: comparisons of several ways, and curves over sizes; as JSON, and for people."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from math import log
from pathlib import Path
from typing import Any, Literal, TypeAlias

Measure: TypeAlias = Literal["cpu", "wall", "memory"]
"""CPU time and wall time in seconds; the peak of memory in bytes."""

Cost: TypeAlias = Mapping[Measure, float]
"""What doing something once took, as far as it was measured."""

NAMES: Mapping[Measure, str] = {"cpu": "CPU", "wall": "wall", "memory": "memory"}
MEGABYTE = 2**20
_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))


@dataclass(frozen=True)
class Limit:
    """What *way* may cost: *most* times what the way *of* costs, or, without one, *most* itself."""

    way: str
    most: float
    of: str = ""
    measure: Measure = "cpu"


@dataclass(frozen=True)
class LeftOut:
    """A way that could not be measured: because the machine lacks something, or because it *failed*."""

    way: str
    reason: str
    failed: bool


@dataclass(frozen=True)
class Comparison:
    """What one thing costs in several ways; ratios are to the way *against*, where there is one."""

    what: str
    costs: Mapping[str, Cost]
    rounds: int
    against: str = ""
    measures: Sequence[Measure] = ("cpu",)
    limits: Sequence[Limit] = ()
    left_out: Sequence[LeftOut] = ()

    def ratio(self, way: str, measure: Measure) -> float | None:
        """Return what *way* costs in units of what the ratios are against, where both were measured."""
        own, other = self.costs[way].get(measure), self.costs.get(self.against, {}).get(measure)
        return own / other if own is not None and other else None

    def bound(self, limit: Limit) -> float | None:
        """Return the cost that *limit* allows; none where the way it refers to was left out."""
        other = self.costs.get(limit.of, {}).get(limit.measure) if limit.of else 1.0
        return None if other is None else limit.most * other

    def misses(self, limit: Limit) -> bool:
        """Say whether the way of *limit* was measured, and costs more than it allows."""
        own, bound = self.costs.get(limit.way, {}).get(limit.measure), self.bound(limit)
        return own is not None and bound is not None and own > bound


@dataclass(frozen=True)
class Curve:
    """What one thing costs at each size, smallest first, and how steep the last step may be."""

    what: str
    sizes: str  # what they count
    points: Sequence[tuple[float, float]]
    limit: float
    measure: Measure = "cpu"

    @property
    def exponent(self) -> float:
        """How steep the last step is, where what is done once in any case matters least; 1 is linear."""
        (size, cost), (last, end) = self.points[-2:]
        return log(end / cost) / log(last / size)


@dataclass(frozen=True)
class Result:
    """What was measured of one subject, and on which kind of machine; *quick*: with little, to see that it works."""

    subject: str
    comparisons: Sequence[Comparison]
    curves: Sequence[Curve]
    machine: str
    quick: bool = field(default=False)


def machine() -> str:
    """Return what has to be known of this machine to read its figures."""
    version = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, Python {version}, {datetime.now(UTC):%B %Y}"


def write(result: Result, folder: Path) -> None:
    """Write *result* into its file in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{result.subject}.json").write_text(json.dumps(asdict(result), indent=1) + "\n")


def read(folder: Path) -> dict[str, Result]:
    """Return the results that lie in *folder*, by subject."""
    return {path.stem: _result(json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))}


def _result(found: dict[str, Any]) -> Result:
    comparisons = [_comparison(each) for each in found.pop("comparisons")]
    return Result(**found | {"comparisons": comparisons, "curves": [Curve(**each) for each in found["curves"]]})


def _comparison(found: dict[str, Any]) -> Comparison:
    limits = [Limit(**each) for each in found["limits"]]
    return Comparison(**found | {"limits": limits, "left_out": [LeftOut(**each) for each in found["left_out"]]})


def shown(cost: float, measure: Measure) -> str:
    """Return a cost for people, in three digits."""
    if measure == "memory":
        return f"{cost / MEGABYTE:,.0f} MB"
    unit, size = next((pair for pair in _UNITS if cost >= pair[1]), _UNITS[-1])
    return f"{cost / size:.3g} {unit}"


def shown_ratio(ratio: float) -> str:
    """Return a ratio for people."""
    return f"{ratio:,.0f}x" if ratio >= 20 else f"{ratio:.1f}x" if ratio >= 5 else f"{ratio:.2f}x"


def is_ours(way: str) -> bool:
    """Say whether a way is ours: its name begins with MDM."""
    return way.lower().startswith("mdm")
