"""Every feature flag there is: its name, what it takes, its default. Nothing else is a flag."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from mdm.errors import FlagError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

FlagValue: TypeAlias = bool | int
"""True or false, or for a percentage a whole number from 0 to 100."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag; *rollout* names the percentage of subjects for whom it is on while its own value is false."""

    name: str
    default: FlagValue
    kind: Literal["bool", "percentage"] = "bool"
    rollout: str | None = None


_FLAGS = (
    Flag("use_new_backend", default=False, rollout="backend_rollout_percentage"),
    Flag("use_new_registrar", default=False, rollout="registrar_rollout_percentage"),
    Flag("use_new_features", default=False, rollout="features_rollout_percentage"),
    Flag("use_new_config", default=False),
    Flag("enable_comparison_tests", default=True),
    Flag("enable_performance_tracking", default=True),
    Flag("enable_memory_profiling", default=False),
    Flag("auto_fallback", default=True),
    Flag("backend_rollout_percentage", default=0, kind="percentage"),
    Flag("registrar_rollout_percentage", default=0, kind="percentage"),
    Flag("features_rollout_percentage", default=0, kind="percentage"),
)

FLAGS: Mapping[str, Flag] = MappingProxyType({flag.name: flag for flag in _FLAGS})

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def find(name: str) -> Flag:
    """Return the flag of this name; FlagError, with the nearest name, when there is none."""
    flag = FLAGS.get(name)
    if flag is None:
        raise FlagError(Problem("unknown flag", where=str(name), hint=_suggestion(str(name))))
    return flag


def check(flag: Flag, value: object) -> FlagValue:
    """Return *value* when the flag takes it, otherwise raise FlagError. Nothing is converted."""
    match flag.kind:
        case "bool" if isinstance(value, bool):
            return value
        case "percentage" if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
            return value
    raise FlagError(Problem(f"takes {_expected(flag)}, not this {type(value).__name__}", where=flag.name))


def parse(flag: Flag, text: str) -> FlagValue:
    """Return what *text* (from a variable or a command line) means for the flag; FlagError when it means nothing."""
    word = text.strip().lower()
    if flag.kind == "bool" and word in _WORDS:
        return _WORDS[word]
    if flag.kind == "percentage" and word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= 100:
        return int(word)
    raise FlagError(Problem(f"takes {_expected(flag)}", where=flag.name))


def _expected(flag: Flag) -> str:
    return "true or false" if flag.kind == "bool" else "a whole number from 0 to 100"


def _suggestion(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), FLAGS, n=1)
    return f"did you mean {near[0]}?" if near else f"the flags are {', '.join(FLAGS)}"
