"""Where two configurations differ, setting by setting, as people may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mdm.config.documents import walk
from mdm.config.models import MDMConfig
from mdm.config.rules import rules_by_key
from mdm.config.schema import plain
from mdm.config.sources import masked

NOT_SET: Final = object()
"""Stands where one side has no such setting: those below ``legacy`` are nobody's but the user's."""

_USE_NEW: Final = "refactoring.use_new_config"


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting by its dotted key, and what it is in the *one* and in the *other*: plain values, secrets masked."""

    key: str
    one: Any
    other: Any


def differing(one: MDMConfig, other: MDMConfig) -> list[Difference]:
    """Return the settings that differ, those under ``legacy`` one by one."""
    left, right = _flat(one), _flat(other)
    schema = MDMConfig.schema()
    return [
        Difference(key, *(masked(schema, key, side[key]) if key in side else NOT_SET for side in (left, right)))
        for key in dict.fromkeys((*left, *right))
        if left.get(key, NOT_SET) != right.get(key, NOT_SET)
    ]


def mismatches(legacy: MDMConfig, new: MDMConfig) -> list[Difference]:
    """Return where the two systems answer differently; the flag that chooses one, and old spellings, do not count."""
    return [found for found in differing(legacy, new) if found.key != _USE_NEW and not _is_spelling(found.key)]


def _flat(config: MDMConfig) -> dict[str, Any]:
    values = {key: plain(config.value(key)) for key in config.schema() if key not in ("legacy", "version")}
    kept = {".".join(map(str, ("legacy", *path))): value for path, value in walk((), plain(config.legacy)) if path}
    return values | kept


def _is_spelling(key: str) -> bool:
    return key.startswith("legacy.") and tuple(key.split(".")[1:]) in rules_by_key()
