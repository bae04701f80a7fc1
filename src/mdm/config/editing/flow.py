"""Entries of flow mappings and items of flow sequences: put in and taken out with their commas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdm.config.editing.lines import (
    BREAK,
    Splice,
    break_at,
    is_first_on_line,
    line_end,
    line_start,
    next_line,
)
from mdm.config.editing.nodes import Sequence

if TYPE_CHECKING:
    from collections.abc import Sequence as Series

    from mdm.config.editing.nodes import Entry, Mapping, Node

_COMMA = re.compile(r"(?:\s|#[^\n\r\x85\u2028\u2029]*+)*+,")
_SPACE_AND_COMMA = re.compile(r"\s*,\s*")
_REST_OF_LINE = re.compile(r"[ \t]*(?P<comma>,?)[ \t]*(?:#.*)?")


def add(text: str, container: Mapping | Sequence, after: int, addition: str) -> list[Splice]:
    """Return the splices that put *addition* behind the part with index *after*, on a line of its own if that has one.

    The index -1 puts it before all others.
    """
    parts = _parts(container)
    if not parts:
        inside = text.index("{", container.start) + 1
        return [Splice(inside, inside, addition)]
    if after < 0:
        return [_before(text, parts[0].start, addition)]
    start, end = parts[after].start, parts[after].end
    if not is_first_on_line(text, start):
        return [Splice(end, end, f", {addition}")]
    indent = break_at(text, start) + text[line_start(text, start) : start]
    rest = _rest_of_line(text, end)
    if rest is None or (not rest["comma"] and _comma(text, end) is not None):
        return [Splice(end, end, f",{indent}{addition}")]
    if rest["comma"]:
        return [Splice(rest.end(), rest.end(), f"{indent}{addition},")]
    return [Splice(end, end, ","), Splice(rest.end(), rest.end(), f"{indent}{addition}")]


def remove(text: str, container: Mapping | Sequence, first: int, last: int) -> list[Splice]:
    """Return the splices that take out the parts from *first* to *last*, and one comma with them."""
    parts = _parts(container)
    start, end = parts[first].start, parts[last].end
    previous = parts[first - 1].end if first else None
    comma = _comma(text, end)
    before = None if previous is None else _comma(text, previous)
    if is_first_on_line(text, start) and (rest := _rest_of_line(text, end)) and BREAK.match(text, rest.end()):
        lines = Splice(line_start(text, start), next_line(text, rest.end()))
        return [lines] if comma is not None or before is None else [Splice(before - 1, before), lines]
    if previous is not None and _SPACE_AND_COMMA.fullmatch(text, previous, start):
        return [Splice(previous, end)]
    if comma is not None:
        following = parts[last + 1].start if last + 1 < len(parts) else comma
        clean = _SPACE_AND_COMMA.fullmatch(text, end, following)
        return [Splice(start, following)] if clean else [Splice(start, end), Splice(comma - 1, comma)]
    return [Splice(start, end)] if before is None else [Splice(before - 1, before), Splice(start, end)]


def is_bare_without(text: str, mapping: Mapping) -> bool:
    """Return whether no comment is left in *mapping* once all its entries are gone."""
    start, pieces = mapping.start, []
    for entry in mapping.entries:
        pieces.append(text[start : entry.start])
        start = entry.end
    return "#" not in "".join(pieces) + text[start : mapping.end]


def _before(text: str, start: int, addition: str) -> Splice:
    own_line = is_first_on_line(text, start)
    separator = "," + (break_at(text, start) + text[line_start(text, start) : start] if own_line else " ")
    return Splice(start, start, addition + separator)


def _parts(container: Mapping | Sequence) -> Series[Entry | Node]:
    return container.items if isinstance(container, Sequence) else container.entries


def _comma(text: str, offset: int) -> int | None:
    """Return the offset behind the comma that follows, if one does."""
    found = _COMMA.match(text, offset)
    return found.end() if found else None


def _rest_of_line(text: str, offset: int) -> re.Match[str] | None:
    """Return the rest of the line with its comma, unless more than a comment follows."""
    return _REST_OF_LINE.fullmatch(text, offset, line_end(text, offset))
