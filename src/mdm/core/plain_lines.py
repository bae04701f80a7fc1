"""Lines of YAML that can mean one thing only, read without a parser: most configuration files hold nothing else.

Nothing is read of a text with any other line: a list, an escape, a date, a key that stands twice, a section without
settings, a setting within more than twenty. A parser then says what it means, and would say the same of every text that
is read here.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_FREE = r"\xa1-\xff"  # letters of Latin-1, none of them a space or a line end; a larger range takes long to compile
_DEEPEST = 20  # keys of a path
_BARE = rf"[ !$-~{_FREE}]*"  # no " and no #
_LINE = re.compile(
    rf"""
    (?P<indent>\ *)
    (?:
        (?P<key>[A-Za-z_][A-Za-z0-9_-]{{0,99}}):
        (?:\ +
            (?: "(?P<double>[ !\#-\[\]-~{_FREE}]*)"
              | '(?P<single>[ -&(-~{_FREE}]*)'
              | (?P<whole>-?(?:0|[1-9][0-9]{{0,17}}))
              | (?P<fraction>-?(?:0|[1-9][0-9]{{0,14}})\.[0-9]{{1,15}})
              | (?P<bare>[1-9][0-9]{{0,9}}\ ?[A-Za-z]{{1,9}}
                        |[0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{2,4}}
                        |(?=[A-Za-z/_~${_FREE}]|\.\.?/)(?!{_BARE}:(?:\ |$)){_BARE}(?<!\ ))
            )
        )?
        (?:\ +\#[\t -~{_FREE}]*|\ *)
      | (?:\#[\t -~{_FREE}]*)?
    )
    """,
    re.VERBOSE,
)
_MEANINGS: dict[str, Any] = {
    spelling: meaning
    for words, meaning in (("true yes on", True), ("false no off", False), ("null", None))
    for word in words.split()
    for spelling in (word, word.capitalize(), word.upper())
} | {"~": None}


class Line(NamedTuple):
    """A line ``key: value``, or one that begins a section, which has no *text*.

    *text* is what was written without its quotes, *value* what it means. *start* is where the line begins in the whole
    text; *number*, *indent* and *column*, of the value, count from 1, 0 and 1.
    """

    path: tuple[str, ...]
    value: Any  # may be a secret
    text: str | None
    quoted: bool
    start: int
    number: int
    indent: int
    column: int

    def __repr__(self) -> str:
        return f"Line(path={self.path!r}, number={self.number!r}, column={self.column!r})"


def plain_lines(text: str) -> list[Line] | None:
    """Return the settings and sections of *text* in their order; none where a line is not plain."""
    lines: list[Line] = []
    seen: set[tuple[str, ...]] = set()
    begun: tuple[str, ...] | None = ()  # a section whose first setting has to come now
    levels = [_Level(-1, ())]
    start = 0
    for number, written in enumerate(text.split("\n"), 1):
        found = _LINE.fullmatch(written)
        if found is None:
            return None
        if (kind := found.lastgroup) != "indent":
            indent, key = found.end(1), found[2]
            if (begun is not None or indent != levels[-1].indent) and not _moves(levels, indent, begun):
                return None
            path = (*levels[-1].section, key)
            if path in seen or key in _MEANINGS or len(path) > _DEEPEST:
                return None
            seen.add(path)
            begun = path if kind == "key" else None
            lines.append(_line(found, path, start, number, indent))
        start += len(written) + 1
    return lines if begun is None else None


class _Level(NamedTuple):
    """How far the settings of a section are indented."""

    indent: int
    section: tuple[str, ...]


def _moves(levels: list[_Level], indent: int, begun: tuple[str, ...] | None) -> bool:
    """Bring *levels* to a line that is indented so, the first of a section that has *begun*; say whether one fits."""
    if begun is not None:
        levels.append(_Level(indent, begun))
        return indent > levels[-2].indent
    while indent < levels[-1].indent:
        levels.pop()
    return indent == levels[-1].indent


def _line(found: re.Match[str], path: tuple[str, ...], start: int, number: int, indent: int) -> Line:
    text, column = found[found.lastindex or 0], found.start(found.lastindex or 0)
    match found.lastgroup:
        case "key":
            return Line(path, None, None, False, start, number, indent, 0)
        case "bare":
            return Line(path, _MEANINGS.get(text, text), text, False, start, number, indent, column + 1)
        case "whole":
            return Line(path, int(text), text, False, start, number, indent, column + 1)
        case "fraction":
            return Line(path, float(text), text, False, start, number, indent, column + 1)
    return Line(path, text, text, True, start, number, indent, column)
