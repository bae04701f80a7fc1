"""The comments of a legacy file, found where they stand: above a setting and beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

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
    """Return the comments of one setting: the lines right above it with its indentation, and the one behind it.

    Those of the items of a list, which may be written on one line, follow the ones above it.
    """
    lines = document.text.splitlines()
    if document.path.suffix.lower() == ".json" or not 0 < entry.line <= len(lines):
        return Comments()
    at = entry.line - 1
    if not _is_item(lines[at]):
        return Comments(_above(lines, at), _beside(lines[at][entry.column - 1 :]))
    indent = _indent(lines[at])
    while at > 0 and (_is_item(lines[at]) or _is_comment(lines[at]) or not lines[at].strip()):
        at -= 1
    below = takewhile(lambda line: _indent(line) >= indent and (_is_item(line) or _is_comment(line)), lines[at + 1 :])
    of_items = (_beside(line.lstrip().removeprefix("- ")) for line in below)
    return Comments((*_above(lines, at), *filter(None, of_items)), _beside(lines[at]))


def _is_item(line: str) -> bool:
    return line.lstrip().startswith("- ")


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _beside(text: str) -> str:
    quoted = _AFTER_QUOTED.match(text)
    found = _BESIDE.search(quoted["rest"] if quoted else text)
    return _printable(found["comment"]) if found else ""


def _above(lines: list[str], at: int) -> tuple[str, ...]:
    indent = _indent(lines[at])
    found: list[str] = []
    for line in reversed(lines[:at]):
        if not _is_comment(line) or _indent(line) != indent:
            break
        found.insert(0, _printable(line.lstrip().lstrip("#").removeprefix(" ")))
    return tuple(found)


def _printable(text: str) -> str:
    return "".join(character for character in text.rstrip() if character.isprintable())
