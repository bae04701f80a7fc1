"""A legacy key in code: the attribute that gives the same value, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from mdm.config.models import MDMConfig
from mdm.config.outcomes import identical
from mdm.config.rules import OLD_DEFAULTS, all_rules, conversions
from mdm.config.rules.rule import LegacyKey, Rule
from mdm.config.schema import plain
from mdm.config.view import legacy_view

_SAME = (
    *(conversions.AS_IT_IS, conversions.TEXT, conversions.OPTIONAL_TEXT, conversions.NUMBER, conversions.FRACTION),
    *(conversions.YES_NO, conversions.SIZE, conversions.MEGABYTE_COUNT),
)
_SPELLED = (conversions.LOWER, conversions.UPPER, conversions.PRAGMA, conversions.SYNCHRONOUS, conversions.WORDS)


@dataclass(frozen=True, slots=True)
class Attribute:
    """The way from the configuration to a value: section and field, and what has to be asked of it."""

    path: tuple[str, ...]
    call: str = ""


class NoAttributeError(ValueError):
    """No attribute gives the same value; the text says why."""


def is_section(path: LegacyKey) -> bool:
    """Say whether *path* is where settings of 1.x lie below."""
    return path in _sections()


def is_setting(path: LegacyKey) -> bool:
    """Say whether *path* is a setting of 1.x that has a new key."""
    return path in _rules()


def attribute_of(path: LegacyKey) -> Attribute:
    """Return the attribute that gives what the dictionary gives under *path*; raises `NoAttributeError`."""
    rule = _rules()[path]
    names = " and ".join(rule.to)
    if len(rule.to) > 1:
        raise NoAttributeError(f"it is several settings now: {names}")
    setting = MDMConfig.schema()[rule.to[0]]
    if setting.is_path:
        raise NoAttributeError(f"{names} is a Path now, absolute")
    if rule.convert is conversions.BYTES:
        return Attribute(setting.path, ".bytes")
    if rule.convert not in (*_SAME, *_SPELLED) or setting.type_name.startswith("pair"):
        raise NoAttributeError(f"{names} holds another value now: {setting.type_name}")
    return Attribute(setting.path, ".get_secret_value()" if setting.secret else "")


def is_default(path: LegacyKey, value: Any) -> bool:
    """Say whether *value* is what stands under *path* where nobody has set it, for those who come from 1.x."""
    present = _at(_defaults(), path)
    if _rules()[path].convert in _SPELLED and isinstance(value, str) and isinstance(present, str):
        return value.lower() == present.lower()
    return identical(value, present)


@cache
def _rules() -> dict[LegacyKey, Rule]:
    return {key: rule for rule in all_rules(MDMConfig.schema()) for key in rule.legacy}


@cache
def _sections() -> frozenset[LegacyKey]:
    return frozenset(path[:length] for path in _rules() for length in range(len(path)))


@cache
def _defaults() -> dict[str, Any]:
    """Return the legacy dictionary of a home in which nothing is set."""
    schema = MDMConfig.schema()
    raw = {key: OLD_DEFAULTS.get(key, plain(setting.default)) for key, setting in schema.items()}
    return legacy_view(schema, raw)


def _at(tree: Any, path: LegacyKey) -> Any:
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree
