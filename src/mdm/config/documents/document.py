"""A YAML or JSON file as settings with their places, in bounded time and memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from mdm.config.layers import Notice, shown_path
from mdm.core.files import read_bytes
from mdm.core.plain_lines import Line, plain_lines
from mdm.errors import FileError, InvalidConfigError, Problem

# What a command can read within two seconds, several times where it asks several times.
MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 100

_PLACES = ",:\n[{"  # before or after each of which an entry may stand
_MAYBE_DEEP = re.compile(rf"^ {{{MAX_DEPTH}}}|(?:[-?:][ \t]+){{{MAX_DEPTH // 2}}}", re.MULTILINE)


class Entry(NamedTuple):
    """One leaf of a document: a scalar, a list or an empty mapping, with its place (from 1).

    *text* is the scalar as it was written without its quotes, *quoted* whether it had any. A named tuple, because a
    file may have tens of thousands.
    """

    path: tuple[Any, ...]
    value: Any  # may be a secret
    text: str | None
    quoted: bool
    line: int
    column: int

    def __repr__(self) -> str:
        return f"Entry(path={self.path!r}, quoted={self.quoted!r}, line={self.line!r}, column={self.column!r})"

    @property
    def key(self) -> str:
        """The path as a dotted key."""
        try:
            return ".".join(self.path)
        except TypeError:  # YAML has other keys than text
            return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class Document:
    """What one file holds: its text, its leaves in their order, and its path as it is *shown* to people."""

    path: Path
    text: str = field(repr=False)
    entries: tuple[Entry, ...] = field(repr=False)
    shown: str
    notices: tuple[Notice, ...] = ()

    @property
    def version(self) -> str:
        """The version that the file names; empty where it names none, which means the present one."""
        return next((entry.text or "" for entry in self.entries if entry.path == ("version",)), "")

    @property
    def tree(self) -> dict[Any, Any]:
        """The settings as nested dictionaries, made anew at each call."""
        return to_tree((entry.path, entry.value) for entry in self.entries)


def to_tree(leaves: Any) -> dict[Any, Any]:
    """Return pairs of path and value as nested dictionaries."""
    tree: dict[Any, Any] = {}
    for path, value in leaves:
        node = tree
        for name in path[:-1]:
            node = node.setdefault(name, {})
        node[path[-1]] = value
    return tree


def read_document(path: Path) -> Document:
    """Read *path* as YAML, or as JSON where its name says so.

    Raises `FileNotFoundError`, and `InvalidConfigError` for whatever cannot be read or is not a mapping of settings.
    """
    try:
        content = read_bytes(path, limit=MAX_BYTES)
    except FileError as error:
        raise InvalidConfigError(*error.problems) from None
    shown = shown_path(path)
    return parse_document(decoded(content, shown), path, shown)


def parse_document(text: str, path: Path, shown: str = "") -> Document:
    """Read *text* as the content of *path*, which is *shown* to people so; raises `InvalidConfigError`."""
    shown = shown or shown_path(path)
    if sum(map(text.count, _PLACES)) > MAX_NODES:
        raise InvalidConfigError(Problem("too many entries for a configuration", shown, f"{MAX_NODES} is the most"))
    if path.suffix.lower() == ".json":
        from mdm.config.documents.json_document import read_json

        entries, notices = read_json(text, shown)
    elif (lines := plain_lines(text)) is not None:
        entries, notices = _settings(lines), []
    else:
        from mdm.config.documents.yaml_document import read_yaml

        entries, notices = read_yaml(text, shown, maybe_deep=_looks_deep(text))
    return Document(path, text, tuple(entries), shown, tuple(notices))


def _settings(lines: Iterable[Line]) -> list[Entry]:
    """Return what the YAML reader would make of plain *lines*, in a third of the time."""
    return [
        Entry(line.path, line.value, line.text, line.quoted, line.number, line.column)
        for line in lines
        if line.text is not None
    ]


def duplicate(shown: str, key: str, first: int, second: int) -> Notice:
    """Return the notice that a key stands twice in the file that is *shown* so."""
    where = f"{shown}:{second}" if second else shown
    earlier = f"line {first} and again in line {second}" if second else "the file more than once"
    return Notice("duplicate", f"{key}: set in {earlier}; the last one counts", where, "remove one of them")


def decoded(content: bytes, shown: str) -> str:
    """Return *content* as text; raises `InvalidConfigError`."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidConfigError(
            Problem("not UTF-8 text", f"{shown}:{line}", "save the file in the encoding UTF-8")
        ) from None


def _looks_deep(text: str) -> bool:
    return text.count("[") + text.count("{") >= MAX_DEPTH or _MAYBE_DEEP.search(text) is not None


def walk(path: tuple[Any, ...], value: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield the leaves of nested dictionaries: path and value; an empty dictionary is a leaf."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from walk((*path, key), item)
    else:
        yield path, value
