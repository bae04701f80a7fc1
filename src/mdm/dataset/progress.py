"""How far long work is, for whoever wants to show it."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from mdm.dataset.reading.source import Source

T = TypeVar("T")


class Progress(Protocol):
    """Shows one piece of work while a block runs."""

    def __call__(self, doing: str, total: int | None) -> AbstractContextManager[Callable[[int], object]]:
        """Give what takes how much more is done; *total* is none where nobody knows how much there is."""
        ...


def watched(
    items: Iterable[T],
    progress: Progress | None,
    doing: str,
    total: int | None = None,
    size: Callable[[T], int] = len,  # type: ignore[assignment]  # batches have a length
) -> Iterator[T]:
    """Return *items*, of *size* each, whose use is shown by *progress*; what is one item long is over too soon."""
    return iter(items) if progress is None else _watched(iter(items), progress, doing, total, size)


def watched_reading(opened: Source, progress: Progress | None, doing: str, total: int | None = None) -> Source:
    """Return *opened* so that its rows are counted by *progress* as they are read."""
    if progress is None:
        return opened
    return replace(opened, stream=lambda *sizes: watched(opened.stream(*sizes), progress, doing, total))


def _watched(
    items: Iterator[T], progress: Progress, doing: str, total: int | None, size: Callable[[T], int]
) -> Iterator[T]:
    first = list(zip(range(2), items, strict=False))
    if len(first) < 2:
        yield from (item for _, item in first)
        return
    with progress(doing, total) as advance:
        for item in chain((item for _, item in first), items):
            yield item
            advance(size(item))
