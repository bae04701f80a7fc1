"""Where two results differ, place by place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any, Final, TypeAlias

LIMIT: Final = 1000
"""Differences that are listed at most; the first is enough to fail."""

_Above: TypeAlias = tuple[tuple[int, int], ...]


class Missing:
    """Stands where one side has nothing."""

    def __repr__(self) -> str:
        """Return what is shown in reports."""
        return "<missing>"


MISSING: Final = Missing()


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One place where two results differ: ``database.pool[2].name``, empty for the results as a whole."""

    path: str
    old: Any
    new: Any


def differences(old: object, new: object) -> tuple[Difference, ...]:
    """Return where *old* and *new* differ, at most 1000 places.

    Mappings, sequences, sets, dataclasses and Pydantic models are compared part by part, the last two by their fields
    whatever their class; a list is not a tuple, true is not 1, and NaN equals NaN. Everything else is compared with
    ``==``, tables and arrays by their own ``equals`` or ``tolist``.
    """
    return tuple(islice(_differences("", old, new, ()), LIMIT))


def fields_of(value: Any) -> Any:
    """Return a record as a mapping and an array as a list; anything else as it is."""
    if isinstance(value, type) or hasattr(value, "equals"):
        return value
    if dataclasses.is_dataclass(value):
        return {each.name: getattr(value, each.name, MISSING) for each in dataclasses.fields(value)}
    for method in ("model_dump", "tolist"):  # Pydantic's models, NumPy's arrays
        if callable(convert := getattr(value, method, None)):
            return convert()
    return value


def _differences(path: str, old: Any, new: Any, above: _Above) -> Iterator[Difference]:
    if old is new or (id(old), id(new)) in above:  # a structure that holds itself
        return
    inside = (*above, (id(old), id(new)))
    old, new = fields_of(old), fields_of(new)
    match old, new:
        case Mapping(), Mapping():
            yield from _in_mappings(path, old, new, inside)
        case Set(), Set():
            yield from _in_sets(path, old, new)
        case Sequence(), Sequence() if _listed(old) and _kind(old) is _kind(new):
            yield from _in_sequences(path, old, new, inside)
        case _ if not _equal(old, new):
            yield Difference(path, old, new)


def _in_mappings(path: str, old: Mapping[Any, Any], new: Mapping[Any, Any], above: _Above) -> Iterator[Difference]:
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _differences(_below(path, key), old.get(key, MISSING), new.get(key, MISSING), above)


def _in_sets(path: str, old: Set[Any], new: Set[Any]) -> Iterator[Difference]:
    for item in sorted((item for item in {*old, *new} if item not in old or item not in new), key=repr):
        place = f"{path}{{{item!r}}}"
        yield Difference(place, item, MISSING) if item in old else Difference(place, MISSING, item)


def _in_sequences(path: str, old: Sequence[Any], new: Sequence[Any], above: _Above) -> Iterator[Difference]:
    for index in range(max(len(old), len(new))):
        left = old[index] if index < len(old) else MISSING
        right = new[index] if index < len(new) else MISSING
        yield from _differences(f"{path}[{index}]", left, right, above)


def _below(path: str, key: object) -> str:
    if isinstance(key, str) and key.isidentifier():
        return f"{path}.{key}" if path else key
    return f"{path}[{key!r}]"


def _listed(value: object) -> bool:
    return not isinstance(value, str | bytes | bytearray | memoryview)


def _kind(value: object) -> type:
    return next((kind for kind in (list, tuple) if isinstance(value, kind)), type(value))


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, bool) is not isinstance(new, bool):
        return False
    if callable(equals := getattr(old, "equals", None)) and type(old) is type(new):
        return bool(equals(new))
    return bool(old == new) or bool(old != old and new != new)  # noqa: PLR0124 (NaN, of any numeric type)
