"""Did you mean: the known name that an unknown one was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_MOST = 20
_ALIKE = 0.6
_WORDS = r"[._]+"


class Suggestions:
    """Suggestions for the first unknown names of a source: each is compared with every known name, which takes long."""

    def __init__(self) -> None:
        self._left = _MOST

    def name(self, name: str, known: Iterable[str]) -> str | None:
        """Return the known name that is nearest to *name*, or none where nothing is near."""
        return _nearest(name, known, 0.75) if self._one_more() else None

    def key(self, key: str, known: Collection[str]) -> str | None:
        """Return the known key that is nearest to *key*, as a whole or else without its section."""
        if not self._one_more():
            return None
        by_field = {name.rpartition(".")[2]: name for name in known}
        field = _nearest(key.rpartition(".")[2], by_field, 0.8)
        return _nearest(key, known, 0.7) or (by_field[field] if field else None)

    def _one_more(self) -> bool:
        self._left -= 1
        return self._left >= 0


def _nearest(name: str, known: Iterable[str], cutoff: float) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=3, cutoff=cutoff)
    return next((match for match in close if _differ_little(name, match)), None)


def _differ_little(one: str, other: str) -> bool:
    """Say whether the words that differ are alike, too: that both begin with a long section does not make them so."""
    from difflib import SequenceMatcher

    left, right = re.split(_WORDS, one), re.split(_WORDS, other)
    for end in (0, -1):
        while left and right and left[end] == right[end]:
            del left[end], right[end]
    if not left or not right:  # a word was left out
        return True
    return SequenceMatcher(None, "_".join(left), "_".join(right)).ratio() >= _ALIKE
