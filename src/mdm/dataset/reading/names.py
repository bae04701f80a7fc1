"""The names of columns: each there, none twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 10


def checked(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return *names* without the space around them; raise FileError for those that are empty or there twice.

    Names that differ only by case count as the same: databases hold only one of them.
    """
    names = tuple(name.strip() for name in names)
    empty = [str(number) for number, name in enumerate(names, 1) if not name]
    counts = Counter(name.casefold() for name in names if name)
    double = list(dict.fromkeys(name for name in names if counts[name.casefold()] > 1))
    hint = "correct the header, or give all names with --names"
    problems = []
    if empty:
        problems.append(Problem(f"columns without a name: {_listed(empty)}", where, hint))
    if double:
        problems.append(Problem(f"names of more than one column: {_listed(double)}", where, hint))
    if problems:
        raise FileError(*problems)
    return names


def check_given(names: Sequence[str], width: int, where: str) -> None:
    """Raise FileError where *names* are given, but not for all of the columns, which are *width*."""
    if names and len(names) != width:
        message = f"{len(names)} names are given for {width} columns"
        raise FileError(Problem(message, where, "give one name a column"))


def _listed(items: Sequence[str]) -> str:
    rest = f" and {len(items) - _MOST} more" if len(items) > _MOST else ""
    return ", ".join(items[:_MOST]) + rest
