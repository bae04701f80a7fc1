"""The nodes of plain lines, as the events of the parser would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mdm.config.editing.nodes import NULL, STR, Entry, Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdm.core.plain_lines import Line

_TAGS = {str: STR, type(None): NULL} | {kind: f"tag:yaml.org,2002:{kind.__name__}" for kind in (bool, int, float)}


def mapping_of(lines: Iterable[Line], text: str) -> Mapping:
    """Return the mapping that *lines*, all of *text*, make."""
    sections: list[Scalar] = []  # the keys of those that are open
    entries: list[list[Entry]] = [[]]  # of the whole, and of each open section

    def close(depth: int) -> None:
        while len(sections) > depth:
            key = sections.pop()
            inner = _mapping(entries.pop())
            entries[-1].append(Entry(key, inner, key.value))

    for line in lines:
        close(len(line.path) - 1)
        key = _key(line)
        if line.text is None:
            sections.append(key)
            entries.append([])
        else:
            entries[-1].append(Entry(key, _value(line, text), key.value))
    close(0)
    return _mapping(entries[0])


def data_of(lines: Iterable[Line]) -> dict[str, Any]:
    """Return what *lines* mean, as nested dictionaries."""
    sections: dict[tuple[str, ...], dict[str, Any]] = {(): {}}
    for line in lines:
        value = line.value
        if line.text is None:
            value = sections[line.path] = {}
        sections[line.path[:-1]][line.path[-1]] = value
    return sections[()]


def _key(line: Line) -> Scalar:
    name, start = line.path[-1], line.start + line.indent
    return Scalar(start, start + len(name), None, STR, "", name)


def _value(line: Line, text: str) -> Scalar:
    given, start = line.text or "", line.start + line.column - 1
    if line.quoted:
        return Scalar(start, start + len(given) + 2, None, STR, text[start], given)
    return Scalar(start, start + len(given), None, _TAGS[type(line.value)], "", given)


def _mapping(entries: list[Entry]) -> Mapping:
    return Mapping(entries[0].start, entries[-1].end, None, False, tuple(entries), len(entries))
