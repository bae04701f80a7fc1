"""The comments of a legacy file, found where they stand: above a setting and beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

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

    Those of the items of a list, which may be written on one line, follow the ones above it. Where several settings
    stand in a line, the first has what stands above and the last what stands beside.
    """
    if document.path.suffix.lower() == ".json":
        return
    lines = document.text.splitlines()
    by_line: dict[int, list[Entry]] = {}
    for entry in document.entries:
        by_line.setdefault(entry.line, []).append(entry)
    for number, entries in by_line.items():
        if number > len(lines):
            continue
        found = _around(lines, number - 1, entries[-1].column - 1)
        if len(entries) > 1:
            yield entries[0], Comments(found.above)
            yield entries[-1], Comments((), found.beside)
        else:
            yield entries[0], found


def _around(lines: list[str], at: int, column: int) -> Comments:
    if not _is_item(lines[at]):
        return Comments(_above(lines, at), _beside(lines[at][column:]))
    indent = _indent(lines[at])
    while at > 0 and (_is_item(lines[at]) or _is_comment(lines[at]) or not lines[at].strip()):
        at -= 1
    below = takewhile(
        lambda line: _indent(line) >= indent and (_is_item(line) or _is_comment(line)), islice(lines, at + 1, None)
    )
    of_items = (_beside(line.lstrip().removeprefix("- ")) for line in below)
    return Comments((*_above(lines, at), *filter(None, of_items)), _beside(lines[at]))


def _is_item(line: str) -> bool:
    return line.lstrip().startswith("- ")


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _beside(text: str) -> str:
    if "#" not in text:  # as in most lines, however long they are
        return ""
    quoted = _AFTER_QUOTED.match(text)
    found = _BESIDE.search(quoted["rest"] if quoted else text)
    return _printable(found["comment"]) if found else ""


def _above(lines: list[str], at: int) -> tuple[str, ...]:
    indent = _indent(lines[at])
    found: list[str] = []
    for number in range(at - 1, -1, -1):
        if not _is_comment(lines[number]) or _indent(lines[number]) != indent:
            break
        found.append(_printable(lines[number].lstrip().lstrip("#").removeprefix(" ")))
    return tuple(reversed(found))


def _printable(text: str) -> str:
    return "".join(character for character in text.rstrip() if character.isprintable())
