"""The comments of a legacy file, found where they stand: above a setting and beside it."""

from __future__ import annotations

import re
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


def comments_of(document: Document, entry: Entry) -> Comments:
    """Return the comments of one setting: the lines right above it with its indentation, and the one behind it."""
    lines = document.text.splitlines()
    if document.path.suffix.lower() == ".json" or not 0 < entry.line <= len(lines):
        return Comments()
    at = entry.line - 1
    beside = _beside(lines[at][entry.column - 1 :])
    while at > 0 and lines[at].lstrip().startswith("- "):
        at -= 1
    return Comments(_above(lines, at), beside)


def _beside(text: str) -> str:
    quoted = _AFTER_QUOTED.match(text)
    found = _BESIDE.search(quoted["rest"] if quoted else text)
    return _printable(found["comment"]) if found else ""


def _above(lines: list[str], at: int) -> tuple[str, ...]:
    indent = len(lines[at]) - len(lines[at].lstrip())
    found: list[str] = []
    for line in reversed(lines[:at]):
        text = line.lstrip()
        if not text.startswith("#") or len(line) - len(text) != indent:
            break
        found.insert(0, _printable(text.lstrip("#").removeprefix(" ")))
    return tuple(found)


def _printable(text: str) -> str:
    return "".join(character for character in text.rstrip() if character.isprintable())
