"""What a parser finds in a file: where a variable is set, read or named, edits of its own, and what is to be listed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

Span = tuple[int, int]
VARIABLE = re.compile(r"(?<![A-Za-z0-9_])MDM_[A-Z0-9_]*[A-Z0-9](?![A-Za-z0-9_])")


@dataclass(frozen=True, slots=True)
class Edit:
    """The text that takes the place of a span."""

    at: Span
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a person has to look at: a place that was left as it is (unless *renamed*), and what to do about it."""

    at: int
    name: str
    message: str
    hint: str = ""
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """How a place writes variables: *value* quotes a text, *item* sets a variable, *joiner* parts two items.

    Without a joiner there is no room for several.
    """

    value: Callable[[str], str]
    item: Callable[[str, str], str]
    joiner: str = " "


@dataclass(frozen=True, slots=True)
class Assignment:
    """A place that sets a variable.

    *value* is none where it is not literal; *item* is what several assignments would take the place of. Assignments of
    one *scope* meet in one environment.
    """

    name: str
    at: Span
    value: str | None = field(repr=False)
    value_at: Span
    item: Span
    form: Form = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A place that reads a variable; *default* stands in where it is unset, *literal* says whether it is known.

    A *bound* one names what must lie in the same files, such as the key of a ConfigMap.
    """

    name: str
    at: Span
    default: str | None = field(default=None, repr=False)
    literal: bool = True
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """A place that unsets a variable; *joiner* parts the names of several."""

    name: str
    at: Span
    joiner: str = " "


Occurrence = Assignment | Read | Removal


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser found; *silent* are comments and such, in which names mean nothing; *secrets* are not shown.

    Of a file that *is_read* not, nothing but the reason is known.
    """

    occurrences: tuple[Occurrence, ...] = ()
    edits: tuple[Edit, ...] = ()
    listed: tuple[Listed, ...] = ()
    silent: tuple[Span, ...] = ()
    secrets: tuple[Span, ...] = ()
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be looked at: its text without byte order mark, and how that is made bytes again."""

    path: Path
    text: str = field(repr=False)
    data: bytes = field(repr=False)
    encoding: str = "utf-8"
    mark: bytes = b""

    def encoded(self, text: str) -> bytes:
        """Return *text* as the bytes of this file."""
        return self.mark + text.encode(self.encoding)

    def with_text(self, text: str) -> Source:
        """Return this file as it is once *text* is written to it."""
        return replace(self, text=text, data=self.encoded(text))

    def line(self, at: int) -> int:
        """Return the number of the line of a position."""
        return self.text.count("\n", 0, at) + 1


Parser = Callable[[Source], Parsed]


def unread(reason: Listed) -> Parsed:
    """Return what is known of a file that cannot be read."""
    return Parsed(listed=(reason,), is_read=False)


def named_in(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[str, Span]]:
    """Yield every variable of MDM that a part of *text* names, with its place."""
    for match in VARIABLE.finditer(text, start, len(text) if end is None else end):
        yield match[0], match.span()


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return *text* after all *edits*, none of which overlap."""
    parts, done = [], 0
    for edit in sorted(edits, key=lambda edit: edit.at):
        parts += [text[done : edit.at[0]], edit.text]
        done = edit.at[1]
    return "".join([*parts, text[done:]])


class Region:
    """Parts of a text, and whether a span lies within one of them."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._ends: list[Span] = []
        for start, end in sorted(spans):
            if not self._ends or self._ends[-1][1] < end:  # what lies in another one adds nothing
                self._ends.append((start, end))

    def __contains__(self, at: Span) -> bool:
        """Say whether all of *at* lies in one part."""
        before = bisect_left(self._ends, (at[0] + 1, 0)) - 1
        return before >= 0 and at[1] <= self._ends[before][1]
