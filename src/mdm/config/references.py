"""References in the text of a value: ``${NAME}``, ``${NAME:-default}``, ``${section.key}``.

``$${`` stands for a literal ``${``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_START = re.compile(r"\$\$\{|\$\{")
_PARTS = re.compile(r"(?P<name>[A-Za-z_][\w.\-]*)(?::(?P<dash>-?)(?P<default>.*))?", re.DOTALL)
_BARE = re.compile(r"(\$\{[A-Za-z_][\w.\-]*\})+")

Lookup = Callable[[str], str | None]


class UnresolvedError(ValueError):
    """A reference whose name stands for nothing, and which has no default."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"${{{name}}} is not set")


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
    """Return *value* with every reference in its texts replaced; raises `UnresolvedError`."""
    match value:
        case str() if "${" in value:
            return _resolve_text(value, lookup)
        case dict():
            return {key: resolve(item, lookup) for key, item in value.items()}
        case list():
            return [resolve(item, lookup) for item in value]
        case _:
            return value


def resolve_where_possible(value: Any, lookup: Lookup, unset: list[str]) -> Any:
    """Like `resolve`, but a text whose reference stands for nothing is left as it is, and its name added to *unset*."""
    match value:
        case dict():
            return {key: resolve_where_possible(item, lookup, unset) for key, item in value.items()}
        case list():
            return [resolve_where_possible(item, lookup, unset) for item in value]
        case _:
            try:
                return resolve(value, lookup)
            except UnresolvedError as error:
                unset.append(error.name)
                return value


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
            for _, inner in _split(value):
                if inner is not None and (parts := _PARTS.fullmatch(inner)):
                    yield parts["name"]
                    yield from names_in(parts["default"] or "")
        case dict():
            for item in value.values():
                yield from names_in(item)
        case list():
            for item in value:
                yield from names_in(item)


def _resolve_text(text: str, lookup: Lookup) -> str:
    return "".join(
        piece if inner is None else _replacement(piece, inner, lookup) for piece, inner in _split(text, unescape=True)
    )


def _replacement(piece: str, inner: str, lookup: Lookup) -> str:
    parts = _PARTS.fullmatch(inner)
    if parts is None:
        return piece
    found = lookup(parts["name"])
    if found is not None and (found or not parts["dash"]):
        return found
    if parts["default"] is None:
        raise UnresolvedError(parts["name"])
    return _resolve_text(parts["default"], lookup)


def _split(text: str, *, unescape: bool = False) -> Iterator[tuple[str, str | None]]:
    """Yield the pieces of *text*, each with the inside of the braces where it is a reference."""
    at = 0
    while start := _START.search(text, at):
        yield text[at : start.start()], None
        at = start.end()
        if start[0] == "$${":
            yield ("${" if unescape else start[0]), None
        elif (end := _closing_brace(text, at)) < 0:
            yield start[0], None
        else:
            yield text[start.start() : end + 1], text[at:end]
            at = end + 1
    yield text[at:], None


def _closing_brace(text: str, at: int) -> int:
    depth = 0
    for index in range(at, len(text)):
        match text[index]:
            case "{" if text[index - 1] == "$":
                depth += 1
            case "}" if depth == 0:
                return index
            case "}":
                depth -= 1
    return -1
