"""The comments of a legacy file, found where they stand: above a setting and beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mdm.config.documents.document import Document, Entry

_AFTER_QUOTED = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?P<rest>.*)""")
_BESIDE = re.compile(r"(?:^|\s)#+\s?(?P<comment>.*)$")


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of one setting: the lines *above* it, and the one *beside* it, without their ``#``."""

    above: tuple[str, ...] = ()
    beside: str = ""


NO_COMMENTS = Comments()


def comments_of(document: Document) -> Iterator[tuple[Entry, Comments]]:
    """Yield the settings that have comments: the lines right above with the same indentation, and the one behind.

    Where several settings stand in a line, the first has what stands above and the last what stands beside.
    """
    if document.path.suffix.lower() == ".json":
        return
    lines = document.text.splitlines()
    by_line: dict[int, list[Entry]] = {}
    for entry in document.entries:
        by_line.setdefault(entry.line, []).append(entry)
    for number, entries in by_line.items():
        if number <= len(lines):
            at = number - 1
            beside = _beside(lines[at][entries[-1].column - 1 :])
            while at > 0 and lines[at].lstrip().startswith("- "):
                at -= 1
            above = _above(lines, at)
            if len(entries) > 1:
                yield entries[0], Comments(above)
                yield entries[-1], Comments((), beside)
            else:
                yield entries[0], Comments(above, beside)


def _beside(text: str) -> str:
    quoted = _AFTER_QUOTED.match(text)
    found = _BESIDE.search(quoted["rest"] if quoted else text)
    return _printable(found["comment"]) if found else ""


def _above(lines: list[str], at: int) -> tuple[str, ...]:
    indent = len(lines[at]) - len(lines[at].lstrip())
    found: list[str] = []
    for number in range(at - 1, -1, -1):
        text = lines[number].lstrip()
        if not text.startswith("#") or len(lines[number]) - len(text) != indent:
            break
        found.append(_printable(text.lstrip("#").removeprefix(" ")))
    return tuple(reversed(found))


def _printable(text: str) -> str:
    return "".join(character for character in text.rstrip() if character.isprintable())
