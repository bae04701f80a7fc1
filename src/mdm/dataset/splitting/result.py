"""What a split has made of a dataset, as it is kept with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from mdm.dataset.splitting.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mdm.storage.info import DatasetInfo

SPLIT: Final = "split"
"""Note of a dataset: how it was split, and what came of it, as `Split.as_dict` gives it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its *rows*, and of the target either the share of each value or the *mean*; neither without one."""

    name: str
    rows: int
    shares: Mapping[str, float]
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """How a dataset was split, and the parts that it has."""

    recipe: Recipe
    parts: tuple[Part, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as mappings and lists that JSON knows."""
        recipe = {**asdict(self.recipe), "shares": dict(self.recipe.shares)}
        return {**recipe, "parts": [asdict(part) for part in self.parts]}


def split_of(info: DatasetInfo) -> Split | None:
    """Return how a dataset was split; none where it was not."""
    kept = info.notes.get(SPLIT)
    if kept is None:
        return None
    recipe = Recipe(kept["method"], kept["column"], kept["seed"], tuple(kept["shares"].items()))
    return Split(recipe, tuple(Part(**part) for part in kept["parts"]))
