"""Which strikes show all that there is to see, without striking every call in every way.

A *line* is a kind of call made by one line of the program, a *site* such a line reached in one way: with the same lines
of Python from the start of the program to it. Which error a call ends with matters to the line, how long the disk
fails to the site; both do the same for the twentieth file as for the first. What is on the disk at that moment does
not. So every call is killed, and refused in one way at least; every line is refused with every error; and at every
site the disk fails once, stays full, and stays dead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeAlias

Site: TypeAlias = tuple[str, str]
"""The name of a call, and the stack from which it was made, its last line first."""

KILLED = "killed"
ERRORS = ("ENOSPC", "EIO", "EACCES")
LASTING = ("disk stays full", "disk stays dead")
KINDS = (KILLED, *ERRORS, *LASTING)


def every(sites: Sequence[Site]) -> Iterator[tuple[str, int]]:
    """Yield every kind of strike with the number of every call."""
    return ((kind, number) for kind in KINDS for number in range(len(sites)))


def covering(sites: Sequence[Site]) -> Iterator[tuple[str, int]]:
    """Yield kinds of strikes with numbers of calls, as the words above say."""
    yield from ((KILLED, number) for number in range(len(sites)))
    for numbers in _grouped((name, stack.partition("\n")[0]) for name, stack in sites):
        for turn in range(max(len(numbers), len(ERRORS))):
            yield ERRORS[turn % len(ERRORS)], numbers[turn % len(numbers)]
    for numbers in _grouped(sites):
        for turn, kind in enumerate(LASTING):
            yield kind, numbers[turn % len(numbers)]


def _grouped(places: Iterable[Hashable]) -> Iterable[list[int]]:
    """Return the numbers of the calls of each place."""
    calls: dict[Hashable, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        calls[place].append(number)
    return calls.values()
