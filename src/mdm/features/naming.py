"""Names of features that every backend takes."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdm.features.feature import Feature

_LONGEST: Final = 63
"""Bytes of a name in PostgreSQL."""


def with_free_names(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """Return *features* with names that differ in more than case and have at most 63 bytes.

    One that is longer is cut, and ends in a digest of the whole; the second of a name gets ``_2``.
    """
    taken: set[str] = set()
    named = []
    for feature in features:
        name = _free(feature.name.replace("\0", ""), taken)
        taken.add(name.lower())
        named.append(replace(feature, name=name))
    return tuple(named)


def _free(name: str, taken: set[str]) -> str:
    wanted, number = _cut(name), 1
    while wanted.lower() in taken:
        number += 1
        wanted = _cut(f"{name}_{number}")
    return wanted


def _cut(name: str) -> str:
    encoded = name.encode()
    if len(encoded) <= _LONGEST:
        return name
    return f"{encoded[: _LONGEST - 9].decode(errors='ignore')}_{sha256(encoded).hexdigest()[:8]}"
