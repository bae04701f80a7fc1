"""What an outline is made of: scalars, aliases, mappings and sequences, each with the place of its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdm.core.plain_lines import Line

STR, NULL, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("str", "null", "merge"))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar from *start* to *end*, its anchor and tag included; an empty one stands behind its colon."""

    start: int
    end: int
    anchor: str | None = None
    tag: str = NULL
    style: str = ""
    value: str = field(default="", repr=False)

    @property
    def is_null(self) -> bool:
        """Whether it reads as none."""
        return self.tag == NULL


@dataclass(frozen=True, slots=True)
class Alias:
    """A use of an anchor, ``*name``."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: Node
    value: Node
    name: str | None  # the key as text; nothing for any other kind of key

    @property
    def start(self) -> int:
        """Where its key begins."""
        return self.key.start

    @property
    def end(self) -> int:
        """Where its value ends."""
        return max(self.key.end, self.value.end)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping; *end* is where its last entry ends, or its brace."""

    start: int
    end: int
    anchor: str | None
    flow: bool
    entries: tuple[Entry, ...]
    merged: int = 0  # how many keys it has with those that it merges

    def last(self, name: str) -> Entry | None:
        """Return the entry that counts for *name*: the last one."""
        return next((entry for entry in reversed(self.entries) if entry.name == name), None)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence; *end* is where its last item ends, or its bracket."""

    start: int
    end: int
    anchor: str | None
    flow: bool
    items: tuple[Node, ...]


Anchored = Scalar | Mapping | Sequence
Node = Anchored | Alias


@dataclass(frozen=True, slots=True)
class Outline:
    """The places of a text's values; *lines* are those of a plain text, which say what the values are, too."""

    text: str = field(repr=False)
    root: Node | None
    tail: int  # where the document ends: before ``...``, or the end of the text
    width: int  # spaces by which the file indents
    anchors: tuple[Anchored, ...]
    aliases: tuple[Alias, ...]
    lines: list[Line] | None = field(default=None, repr=False, compare=False)
