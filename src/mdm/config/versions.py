"""The versions of the schema since 2.0, as data: what became of each setting from one version to the next.

A file of an older version is read, and rewritten, one step after the other. Its places stay those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from mdm.config import types
from mdm.config.documents import Document, Entry, parse_document
from mdm.config.references import has_reference
from mdm.errors import InvalidConfigError, Problem

_NUMBER: Final = r"(?a)(\d{1,4})(?:\.(\d{1,4}))?"


# Named tuples, because every load imports them: a dataclass takes six times as long to make.
class Move(NamedTuple):
    """A setting that has another key, or another value that means the same.

    *convert* is pure; it raises `ValueError` for what has no counterpart.
    """

    key: str
    to: str
    convert: Callable[[Any], Any] | None = None


class Step(NamedTuple):
    """From the version before to *version*, such as ``2.1.0``."""

    version: str
    moves: tuple[Move, ...]


def drop(key: str) -> Move:
    """Return the move of a setting that is no more: what was written is kept under ``legacy``."""
    return Move(key, f"legacy.{key}")


STEPS: tuple[Step, ...] = ()
"""Every step since 2.0.0, oldest first."""


def present() -> str:
    """Return the version of the schema that this program reads and writes."""
    return types.SCHEMA_VERSION


def number(version: str) -> tuple[int, int]:
    """Return what counts of a version, to compare with others; zeros for what is none."""
    found = re.match(_NUMBER, version)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def pending(document: Document) -> tuple[Step, ...]:
    """Return the steps that lie between *document* and the present version."""
    version = document.version
    return tuple(step for step in STEPS if version and number(step.version) > number(version))


def as_current(document: Document) -> Document:
    """Return *document* with the settings of the present version, at the places where they stand in its text.

    Raises `InvalidConfigError` for values that have no counterpart, all of them.
    """
    for step in pending(document):
        document = replace(document, entries=tuple(after for _, after in _moved(document, step)))
    return document


def upgraded(document: Document) -> Document:
    """Return *document* with the text of the present version; what does not change stays equal byte for byte.

    Raises `InvalidConfigError` as `as_current` does and for a version that is not known, and `EditError` where the text
    cannot be changed without harm.
    """
    _refuse_unknown(document)
    for step in pending(document):
        document = parse_document(_rewritten(document, step), document.path, document.shown)
    return document


def _refuse_unknown(document: Document) -> None:
    for entry in document.entries:
        if entry.key == "version" and not has_reference(entry.value):
            try:
                types.check_version(entry.text or "")
            except ValueError as error:
                told = f"version: {entry.value}: {error}"
                raise InvalidConfigError(Problem(told, f"{document.shown}:{entry.line}:{entry.column}")) from None


def _moved(document: Document, step: Step) -> list[tuple[Entry, Entry]]:
    """Return the entries before and after *step*; where the new key is there already, the old one stays."""
    moves = {move.key: move for move in step.moves}
    taken = {entry.key for entry in document.entries} - moves.keys()
    pairs, problems = [], []
    for entry in document.entries:
        move = moves.get(entry.key)
        try:
            if entry.key == "version":
                pairs.append((entry, entry._replace(value=step.version, text=step.version)))
            elif move is None or move.to in taken:
                pairs.append((entry, entry))
            else:
                pairs.append((entry, _after(entry, move)))
        except ValueError as error:
            problems.append(Problem(f"{entry.key}: {error}", f"{document.shown}:{entry.line}:{entry.column}"))
    if problems:
        raise InvalidConfigError(*problems)
    return list(_without_empty(pairs))


def _after(entry: Entry, move: Move) -> Entry:
    path = tuple(move.to.split("."))
    if move.convert is None:
        return entry._replace(path=path)
    if has_reference(entry.value):
        raise ValueError(f"a reference, and {move.to} has other values; write one of them in its place")
    return entry._replace(path=path, value=move.convert(entry.value), text=None)


def _without_empty(pairs: list[tuple[Entry, Entry]]) -> Iterator[tuple[Entry, Entry]]:
    """Leave out sections without settings that have some now."""
    above = {after.path[:length] for _, after in pairs for length in range(1, len(after.path))}
    return (pair for pair in pairs if pair[1].path not in above)


def _rewritten(document: Document, step: Step) -> str:
    from mdm.config.documents.comments import comments_of
    from mdm.config.editing import REMOVED, edit_yaml, rename_key

    text = document.text
    comments = {entry.path: " ".join((*found.above, found.beside)).strip() for entry, found in comments_of(document)}
    for before, after in _moved(document, step):
        path = before.path
        if before.path[:-1] == after.path[:-1] and before.path != after.path:
            text, path = rename_key(text, before.path, after.path[-1]), after.path
        elif before.path != after.path:
            text = edit_yaml(text, {before.path: REMOVED})
        if path != after.path or before.value != after.value:
            text = edit_yaml(text, {after.path: after.value}, comments={after.path: comments.get(before.path, "")})
    return text
