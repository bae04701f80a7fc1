"""What becomes of legacy settings: where each one ends up, and the values that come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import Any

from mdm.config.layers import Finding, Layer, Notice, Origin, Value
from mdm.config.leaves import Leaf
from mdm.config.schema import Schema
from mdm.errors import Problem

MOVED, KEPT, CONFLICT, INVALID, STAYS = "moved", "kept", "conflict", "invalid", "stays"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one legacy setting.

    *status* is ``moved`` (it reaches its new key), ``kept`` (no counterpart: it stays under ``legacy``), ``conflict``
    (another setting of the same meaning wins), ``invalid`` (the new schema refuses it) or ``stays`` (a flag that is not
    MDM's, which stays in the file of the flags); *detail* says why.
    """

    leaf: Leaf
    status: str
    new: Mapping[str, Any] = field(default_factory=dict, repr=False)
    detail: str = ""
    winner: Leaf | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """Legacy settings as new ones.

    *values* go by new key, *carried* is for ``legacy``, *old_defaults* are for what nobody set.
    """

    outcomes: tuple[Outcome, ...]
    values: Mapping[str, Value]
    carried: Mapping[Any, Any] = field(repr=False)
    old_defaults: Mapping[str, Value] = field(repr=False)

    def of(self, status: str) -> list[Outcome]:
        """Return the outcomes of one status."""
        return [outcome for outcome in self.outcomes if outcome.status == status]

    def as_values(self) -> list[Value]:
        """Return all values, the carried ones and the old defaults included, as a source yields them."""
        values = [*self.values.values(), *self.old_defaults.values()]
        if self.carried:
            values.append(Value("legacy", self.carried, Origin(Layer.FILE, "legacy files")))
        return values


@dataclass(frozen=True, slots=True)
class LegacySource:
    """A translation as a source of values; what the new schema refuses is a problem, a conflict a notice."""

    translation: Translation

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values that won, with the places of the legacy settings."""
        for outcome in self.translation.outcomes:
            if outcome.status == INVALID:
                yield Problem(outcome.detail, str(outcome.leaf.origin), f"legacy key {outcome.leaf.key}")
            elif outcome.status == CONFLICT and outcome.winner is not None and outcome.leaf.path[0] != "refactoring":
                yield Notice(
                    "conflict",
                    f"{outcome.leaf.key} is set differently; {outcome.winner.key} wins",
                    str(outcome.leaf.origin),
                )
        yield from (value for value in self.translation.as_values() if value.key in schema)


def identical(one: Any, other: Any) -> bool:
    """Say whether two plain values are equal and of the same type, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(identical(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    return bool(one == other) or (isinstance(one, float) and isnan(one) and isnan(other))
