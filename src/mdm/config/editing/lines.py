"""Where lines begin and end in YAML text, and how pieces of it are replaced.

YAML 1.1 knows more line breaks than ``\\n``, and Python's ``splitlines`` knows others still; everything here uses those
of YAML, so that an offset means the same to the parser and to us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdm.errors import EditError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

_BREAKS = "\n\r\x85\u2028\u2029"
BREAK = re.compile(rf"\r\n|[{_BREAKS}]")
_BEFORE_COLON = re.compile(rf"(?:\s|#[^{_BREAKS}]*+)*+:")
_BY_HAND = "edit the file by hand"


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace what stands from *start* to *end* with *text*."""

    start: int
    end: int
    text: str = ""


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return *text* with all splices made; none may overlap another."""
    pieces, done = [], 0
    for splice in sorted(splices, key=lambda s: (s.start, s.end)):
        if splice.start < done:
            raise refusal("its text overlaps with that of another value", text, splice.start)
        pieces += [text[done : splice.start], splice.text]
        done = splice.end
    return "".join([*pieces, text[done:]])


def line_start(text: str, offset: int) -> int:
    """Return where the line that holds *offset* begins."""
    return max(text.rfind(char, 0, offset) for char in _BREAKS) + 1


def line_end(text: str, offset: int) -> int:
    """Return where the line that holds *offset* ends, before its line break."""
    found = BREAK.search(text, offset)
    return found.start() if found else len(text)


def next_line(text: str, offset: int) -> int:
    """Return where the next line begins, or the end of the text."""
    found = BREAK.search(text, offset)
    return found.end() if found else len(text)


def column(text: str, offset: int) -> int:
    """Return how many characters stand before *offset* on its line."""
    return offset - line_start(text, offset)


def is_first_on_line(text: str, offset: int) -> bool:
    """Return whether only spaces stand before *offset* on its line."""
    return not text[line_start(text, offset) : offset].strip(" \t")


def break_at(text: str, offset: int) -> str:
    """Return the line break that ends the line of *offset*, or the first of the file where that line has none."""
    found = BREAK.search(text, offset) or BREAK.search(text)
    return found.group() if found else "\n"


def after_line(text: str, offset: int, lines: Iterable[str]) -> Splice:
    """Return the splice that puts *lines* below the line of *offset*; a file without a last line break keeps none."""
    end, start, line_break = line_end(text, offset), next_line(text, offset), break_at(text, offset)
    if end == start:
        return Splice(end, end, line_break + line_break.join(lines))
    return Splice(start, start, "".join(line + line_break for line in lines))


def whole_lines(text: str, start: int, end: int) -> Splice:
    """Return the splice that takes out every line from that of *start* to that of *end*.

    The last line of a file may have no break of its own; then the one before it goes, as `after_line` put it there.
    """
    first, last = line_start(text, start), next_line(text, end)
    if last == line_end(text, end) and first:
        first -= len("\r\n") if text[:first].endswith("\r\n") else 1
    return Splice(first, last)


def after_colon(text: str, key_end: int) -> int | None:
    """Return the offset behind the colon that follows a key, or nothing when the key has none."""
    found = _BEFORE_COLON.match(text, key_end)
    return found.end() if found else None


def place(text: str, offset: int) -> str:
    """Return ``line:column`` of *offset*, both from 1."""
    return f"{sum(1 for _ in BREAK.finditer(text, 0, line_start(text, offset))) + 1}:{column(text, offset) + 1}"


def refusal(message: str, text: str = "", offset: int | None = None, hint: str = _BY_HAND) -> EditError:
    """Return the error that says what cannot be changed, and where it stands; never a value of the file."""
    return EditError(Problem(message, "" if offset is None else place(text, offset), hint))
