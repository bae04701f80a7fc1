"""Finds datasets by words: in names, tags, targets, columns and descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdm.storage.info import DatasetInfo

_WEIGHTS: Final = {"name": 8.0, "tag": 5.0, "target": 3.0, "column": 2.0, "description": 1.0}
"""How much a word found there counts; all of a text counts three times as much, its beginning twice."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a word was found: *place* is one of name, tag, target, column and description, *text* what it is in."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset that holds every word, the places where, the weightiest first, and how much these weigh."""

    info: DatasetInfo
    matches: tuple[Match, ...]
    score: float


def search(infos: Iterable[DatasetInfo], text: str) -> tuple[Found, ...]:
    """Return the datasets in which every word of *text* is found, in whatever case, the best first."""
    words = [word.casefold() for word in text.split()]
    found = [each for info in infos if words and (each := _found(info, words)) is not None]
    return tuple(sorted(found, key=lambda each: (-each.score, each.info.name)))


def _found(info: DatasetInfo, words: list[str]) -> Found | None:
    weights: dict[Match, float] = {}
    score = 0.0
    for word in words:
        here = {match: weight for match in _places(info) if (weight := _weight(match, word))}
        if not here:
            return None
        score += max(here.values())
        weights |= {match: max(weight, weights.get(match, 0)) for match, weight in here.items()}
    return Found(info, tuple(sorted(weights, key=lambda match: -weights[match])), score)


def _places(info: DatasetInfo) -> Iterator[Match]:
    yield Match("name", info.name)
    yield from (Match("tag", tag) for tag in info.tags)
    if info.target:
        yield Match("target", info.target)
    if (table := info.table()) is not None:
        yield from (Match("column", column.name) for column in table.columns if column.name != info.target)
    yield Match("description", info.description)


def _weight(match: Match, word: str) -> float:
    text = match.text.casefold()
    if word not in text:
        return 0.0
    return _WEIGHTS[match.place] * (3 if text == word else 2 if text.startswith(word) else 1)
