"""The data side of an edit: what a file holds, what it shall hold, and whether the two are the same."""

from __future__ import annotations

import enum
from typing import Any, Final

Path = tuple[str, ...]


class Removed(enum.Enum):
    """The type of `REMOVED`, which stands for no value at all."""

    REMOVED = "removed"

    def __repr__(self) -> str:
        return self.name


REMOVED: Final = Removed.REMOVED


def lookup(data: Any, path: Path) -> Any:
    """Return the value at *path*, or `REMOVED` where there is none."""
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return REMOVED
        data = data[key]
    return data


def assigned(data: Any, path: Path, value: Any) -> Any:
    """Return a copy of *data* with *value* at *path*; what else refers to the same mappings is left alone."""
    if not path:
        return value
    mapping = data if isinstance(data, dict) else {}
    return {**mapping, path[0]: assigned(mapping.get(path[0]), path[1:], value)}


def dropped(data: Any, path: Path) -> Any:
    """Return a copy of *data* without *path* and without the mappings that became empty by it."""
    return trimmed(_without(data, path), path)


def trimmed(data: Any, path: Path) -> Any:
    """Return *data* without the mappings on the way to *path* that hold nothing, as if they had never been there."""
    if not isinstance(data, dict):
        return {} if data is None else data
    if len(path) < 2 or path[0] not in data:
        return data
    child = trimmed(data[path[0]], path[1:])
    return _without(data, path[:1]) if child == {} else {**data, path[0]: child}


def _without(data: Any, path: Path) -> Any:
    if len(path) == 1:
        return {key: value for key, value in data.items() if key != path[0]}
    return {**data, path[0]: _without(data[path[0]], path[1:])}


def same(one: Any, two: Any) -> bool:
    """Return whether two values are equal and of equal types all the way down.

    Unlike ``==`` this tells 1 from true and 1.0, and takes two NaN for the same. Values that refer to themselves, or
    to one value a million times, cost no more than their text.
    """
    return _same(one, two, set())


def _same(one: Any, two: Any, seen: set[tuple[int, int]]) -> bool:
    if type(one) is not type(two):
        return False
    if not isinstance(one, dict | list | tuple):
        return bool(one == two) or (one != one and two != two)  # noqa: PLR0124  # NaN
    if len(one) != len(two):
        return False
    if (pair := (id(one), id(two))) in seen:
        return True
    seen.add(pair)
    if isinstance(one, dict):
        keys = {key: key for key in two}
        return all(
            key in keys and type(keys[key]) is type(key) and _same(value, two[key], seen) for key, value in one.items()
        )
    return all(_same(a, b, seen) for a, b in zip(one, two, strict=True))
