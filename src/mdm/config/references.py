"""References in the text of a value: ``${NAME}``, ``${NAME:-default}``, ``${section.key}``.

``$${`` stands for a literal ``${``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_START = re.compile(r"\$\$\{|\$\{")
_NAME = re.compile(r"[A-Za-z_][\w.\-]*")
_PARTS = re.compile(rf"(?P<name>{_NAME.pattern})(?::(?P<dash>-?)(?P<default>.*))?", re.DOTALL)
_BRACE = re.compile(r"\$\{|\}")
_BARE = re.compile(r"(\$\{[A-Za-z_][\w.\-]*\})+")

_MAX_DEPTH = 64  # of references in defaults, and in the values of references
_MAX_LENGTH = 1_000_000  # characters that one resolver reads and writes
_PRICE = 50  # what one reference costs of them at least

Lookup = Callable[[str], str | None]


class UnresolvedError(ValueError):
    """A reference whose name stands for nothing, and which has no default."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"${{{name}}} is not set")


class ExcessiveError(ValueError):
    """References that stand for too much, or lead too far."""


def has_reference(value: Any) -> bool:
    """Say whether *value* holds ``${`` anywhere."""
    match value:
        case str():
            return "${" in value
        case dict():
            return any(has_reference(item) for item in value.values())
        case list():
            return any(has_reference(item) for item in value)
        case _:
            return False


def is_reference(text: str) -> bool:
    """Say whether *text* is nothing but references without defaults, so that it holds nothing that could be secret."""
    return _BARE.fullmatch(text) is not None


def resolve(value: Any, lookup: Lookup) -> Any:
    """Return *value* with every reference in its texts replaced; errors as for `Resolver.resolve`."""
    return Resolver(lookup).resolve(value)


class Resolver:
    """Replaces references by what *lookup* finds, which may resolve what it finds with this same resolver.

    All that it does is limited in depth and length: ten lines can stand for more than any memory holds. Where a
    text may be left as it is, the reason is added to *left_over*.
    """

    def __init__(self, lookup: Lookup, left_over: list[str] | None = None) -> None:
        self._lookup = lookup
        self._left = [] if left_over is None else left_over
        self._depth = 0
        self._room = _MAX_LENGTH

    def resolve(self, value: Any) -> Any:
        """Return *value* with every reference in its texts replaced; raises `UnresolvedError`, `ExcessiveError`."""
        match value:
            case str() if "${" in value:
                return self._text(value)
            case dict():
                return {key: self.resolve(item) for key, item in value.items()}
            case list():
                return [self.resolve(item) for item in value]
            case _:
                return value

    def resolve_where_possible(self, value: Any) -> Any:
        """Like `resolve`, but a text whose references stand for nothing, or too much, is left as it is."""
        match value:
            case dict():
                return {key: self.resolve_where_possible(item) for key, item in value.items()}
            case list():
                return [self.resolve_where_possible(item) for item in value]
        try:
            return self.resolve(value)
        except UnresolvedError as error:
            self._left.append(str(error))
            return value
        except ExcessiveError as error:
            if self._depth:  # what refers to this text is left as it is, too
                raise
            self._left.append(str(error))
            return value

    def _text(self, text: str) -> str:
        self._spend(len(text))
        if self._depth == _MAX_DEPTH:
            raise ExcessiveError(f"references nested more than {_MAX_DEPTH} levels deep")
        self._depth += 1
        try:
            pieces = _split(text, unescape=True)
            return "".join(piece if inner is None else self._replacement(piece, inner) for piece, inner in pieces)
        finally:
            self._depth -= 1

    def _replacement(self, piece: str, inner: str) -> str:
        parts = _PARTS.fullmatch(inner)
        if parts is None:
            return piece
        self._spend(_PRICE)
        found = self._lookup(parts["name"])
        if found is not None and (found or not parts["dash"]):
            self._spend(len(found))
            return found
        if parts["default"] is None:
            raise UnresolvedError(parts["name"])
        return self._text(parts["default"])

    def _spend(self, length: int) -> None:
        self._room -= length
        if self._room < 0:
            raise ExcessiveError("the references stand for too long a text")


def literal(value: Any) -> Any:
    """Return *value* with every ``${`` in its texts written so that it stands for itself."""
    match value:
        case str():
            return value.replace("${", "$${")
        case dict():
            return {key: literal(item) for key, item in value.items()}
        case list():
            return [literal(item) for item in value]
        case _:
            return value


def rename_references(text: str, rename: Callable[[str], str]) -> str:
    """Return *text* with the name in every reference passed through *rename*."""
    pieces = []
    for piece, inner in _split(text):
        parts = _PARTS.fullmatch(inner) if inner is not None else None
        if parts is None:
            pieces.append(piece)
        else:
            pieces.append("${" + rename(parts["name"]) + piece[2 + len(parts["name"]) :])
    return "".join(pieces)


def names_in(value: Any) -> Iterator[str]:
    """Yield the name of every reference in *value*."""
    match value:
        case str() if "${" in value:
            yield from _names(value)
        case dict():
            for item in value.values():
                yield from names_in(item)
        case list():
            for item in value:
                yield from names_in(item)


def _names(text: str) -> Iterator[str]:
    at = 0
    closings = _closings(text)
    while start := _START.search(text, at):
        at = start.end()
        end = closings.get(start.start(), -1)
        if start[0] == "$${" or end < 0:
            continue
        name = _NAME.match(text, at, end)
        if name is not None and text[name.end()] in ":}":
            yield name[0]
            at = name.end()
        else:
            at = end + 1


def _split(text: str, *, unescape: bool = False) -> Iterator[tuple[str, str | None]]:
    """Yield the pieces of *text*, each with the inside of the braces where it is a reference."""
    at = 0
    closings = _closings(text)
    while start := _START.search(text, at):
        yield text[at : start.start()], None
        at = start.end()
        if start[0] == "$${":
            yield ("${" if unescape else start[0]), None
        elif (end := closings.get(start.start(), -1)) < 0:
            yield start[0], None
        else:
            yield text[start.start() : end + 1], text[at:end]
            at = end + 1
    yield text[at:], None


def _closings(text: str) -> dict[int, int]:
    """Return where the brace of each ``${`` is closed, by the place of the ``${``; in one pass, however they nest."""
    closings: dict[int, int] = {}
    opened: list[int] = []
    for token in _BRACE.finditer(text):
        if token[0] != "}":
            opened.append(token.start())
        elif opened:
            closings[opened.pop()] = token.start()
    return closings
