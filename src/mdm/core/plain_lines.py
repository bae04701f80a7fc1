"""Lines of YAML that can mean one thing only, read without a parser: most configuration files hold nothing else.

Nothing is read of a text with any other line: a list, an escape, a date, a key that stands twice, a section without
settings. A parser then says what it means, and would say the same of every text that is read here.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_FREE = r"\xa1-\u1fff"  # letters beyond ASCII; none of them is a space or a line end to YAML
_WORD = rf"[!$-9;-~{_FREE}]+(?::[!$-9;-~{_FREE}]+)*"  # no quote, no #, and colons only inside
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
              | (?P<bare>[1-9][0-9]*\ ?[A-Za-z]+
                        |[0-9]+(?:\.[0-9]+){{2,}}
                        |(?=[A-Za-z/_~${_FREE}]|\.\.?/){_WORD}(?:\ {_WORD})*)
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
    value: Any
    text: str | None
    quoted: bool
    start: int
    number: int
    indent: int
    column: int


def plain_lines(text: str) -> list[Line] | None:
    """Return the settings and sections of *text* in their order; none where a line is not plain."""
    lines: list[Line] = []
    seen: set[tuple[str, ...]] = set()
    section: tuple[str, ...] | None = ()  # whose first setting has to come now
    levels: list[tuple[int, tuple[str, ...]]] = [(-1, ())]
    start = 0
    for number, written in enumerate(text.split("\n"), 1):
        found = _LINE.fullmatch(written)
        if found is None:
            return None
        key, kind = found["key"], found.lastgroup
        if key is not None and kind is not None:
            indent = found.end("indent")
            if not _enters(levels, indent, section):
                return None
            path = (*levels[-1][1], key)
            if path in seen or key in _MEANINGS:
                return None
            seen.add(path)
            section = path if kind == "key" else None
            value, given = (None, None) if kind == "key" else _read(found[kind], kind)
            quoted = kind in ("double", "single")
            column = found.start(kind) + (0 if quoted else 1)
            lines.append(Line(path, value, given, quoted, start, number, indent, column))
        start += len(written) + 1
    return lines if section is None else None


def _enters(levels: list[tuple[int, tuple[str, ...]]], indent: int, section: tuple[str, ...] | None) -> bool:
    """Bring *levels* to the line that is indented so; say whether there is such a level."""
    if section is not None:
        levels.append((indent, section))
        return indent > levels[-2][0]
    while indent < levels[-1][0]:
        levels.pop()
    return indent == levels[-1][0]


def _read(text: str, kind: str) -> tuple[Any, str]:
    match kind:
        case "whole":
            return int(text), text
        case "fraction":
            return float(text), text
        case "bare":
            return _MEANINGS.get(text, text), text
    return text, text
