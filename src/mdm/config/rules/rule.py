"""What a rule is: the way of one legacy setting to its new key, and back."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

LegacyKey = tuple[str, ...]


class Special(Enum):
    """Results of a conversion that are not values."""

    NEW_DEFAULT = "the default of the new setting"
    ABSENT = "not there"


NEW_DEFAULT = Special.NEW_DEFAULT
ABSENT = Special.ABSENT


@dataclass(frozen=True, slots=True)
class Given:
    """A legacy value: as its reader typed it, and as it was written."""

    value: Any = field(repr=False)
    written: str | None = field(default=None, repr=False)

    @property
    def text(self) -> Any:
        """The value as text where it is a scalar; anything else as it is."""
        if self.written is not None and not isinstance(self.value, str | None):
            return self.written
        match self.value:
            case bool():
                return str(self.value).lower()
            case int() | float() | date():
                return str(self.value)
            case _:
                return self.value


def machine_memory() -> int:
    """Return the memory of this machine in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversion may ask of the rest: other legacy settings, and the machine."""

    legacy: Mapping[LegacyKey, Any] = field(default_factory=dict, repr=False)
    memory_bytes: Callable[[], int] = machine_memory

    def first(self, *keys: LegacyKey) -> Any:
        """Return the first of these legacy settings that is set, or `ABSENT`."""
        return next((self.legacy[key] for key in keys if key in self.legacy), ABSENT)


@dataclass(frozen=True, slots=True)
class Both:
    """A pair of pure functions: the legacy value to the new one, and back.

    *forward* raises `ValueError` where there is no new value; *note* says what it does to a value that it changes.
    """

    forward: Callable[[Given, Context], Any]
    back: Callable[[Any, LegacyKey], Any]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: legacy keys that mean the same, the new keys they set, and how the value changes."""

    legacy: tuple[LegacyKey, ...]
    to: tuple[str, ...]
    convert: Both = field(repr=False)

    def forward(self, given: Given, context: Context) -> dict[str, Any]:
        """Return the new values by their key; empty where the legacy value decides nothing."""
        new = self.convert.forward(given, context)
        if new is ABSENT:
            return {}
        return dict(new) if isinstance(new, Mapping) and len(self.to) > 1 else {self.to[0]: new}

    def back(self, values: Mapping[str, Any], key: LegacyKey) -> Any:
        """Return the value under the legacy *key* that means the same as *values*, or `ABSENT`."""
        new = values[self.to[0]] if len(self.to) == 1 else {name: values[name] for name in self.to}
        return self.convert.back(new, key)


def rename(legacy: str | LegacyKey, to: str, convert: Both) -> Rule:
    """Return the rule by which *legacy*, one or more keys parted by blanks, becomes *to*."""
    return Rule(_keys(legacy), (to,), convert)


def expand(legacy: str, to: tuple[str, ...], convert: Both) -> Rule:
    """Return the rule by which one legacy setting decides several new ones."""
    return Rule(_keys(legacy), to, convert)


def _keys(legacy: str | LegacyKey) -> tuple[LegacyKey, ...]:
    return (legacy,) if isinstance(legacy, tuple) else tuple(tuple(key.split(".")) for key in legacy.split())
