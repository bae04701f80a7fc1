"""Did you mean: the known name that an unknown one was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

_MOST = 20


class Suggestions:
    """Suggestions for the first unknown names of a source: each costs a comparison with every known name."""

    def __init__(self) -> None:
        self._left = _MOST

    def nearest(self, name: str, known: Iterable[str], cutoff: float) -> str | None:
        """Return what is nearest to *name*, or none where nothing is near."""
        if not self._left:
            return None
        self._left -= 1
        return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), None)

    def setting(self, key: str, known: Collection[str]) -> str | None:
        """Return the known key that *key* was probably meant to be: as a whole, or without its section."""
        by_field = {name.rpartition(".")[2]: name for name in known}
        field = self.nearest(key.rpartition(".")[2], by_field, 0.8)
        return self.nearest(key, known, 0.7) or (by_field[field] if field else None)
