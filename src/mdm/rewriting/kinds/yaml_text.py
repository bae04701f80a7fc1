"""YAML as nodes with their places in the text, and the variables that mappings and lists of it set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from mdm.rewriting.occurrences import Assignment, Form, Listed, Occurrence, Read, Region, Span

_COMMENT = re.compile(r"(?:(?<=\s)|^)#[^\n]*", re.MULTILINE)
_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:=(?P<value>.*))?", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the variables of a kind of file are read: *literal* gives the text of a scalar, none where something is put
    into it later; *escape* goes the way back. Variables of one *scope* meet in one environment.
    """

    literal: Callable[[str], str | None]
    escape: Callable[[str], str] = str
    scope: str = ""


def documents(text: str) -> list[Any]:
    """Return the root nodes of all documents; raises `yaml.YAMLError`."""
    return list(yaml.compose_all(text, Loader=yaml.SafeLoader))


def unreadable(error: Exception) -> Listed:
    """Return the place of an error in a file that is no YAML."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or "not readable"
    return Listed(mark.index if mark else 0, "", f"not YAML: {reason}", "correct the file, then run this again")


def pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the keys and values of a mapping, those that it merges included; of anything else nothing."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "<<":
            for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield from pairs(merged)
        else:
            yield key, value


def get(node: Any, *names: str) -> Any:
    """Return the node below *node* that *names* lead to; none where there is none."""
    for name in names:
        node = next((value for key, value in pairs(node) if key.value == name), None)
    return node


def entries(node: Any) -> list[Any]:
    """Return the nodes of a sequence, or of a mapping the values."""
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    return [value for _, value in pairs(node)]


def scalars(node: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Yield every scalar below *node* once."""
    seen = set() if seen is None else seen
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield node
    for child in node.value if not isinstance(node, yaml.ScalarNode) else ():
        for inner in child if isinstance(child, tuple) else (child,):
            yield from scalars(inner, seen)


def span(node: Any) -> Span:
    """Return the place of a node in the text."""
    return node.start_mark.index, node.end_mark.index


def value_span(text: str, node: Any) -> Span:
    """Return the place of a scalar; of one in a block without the line end below it."""
    start, end = span(node)
    return start, start + len(text[start:end].rstrip()) if node.style in ("|", ">") else end


def silent(text: str, roots: list[Any]) -> list[Span]:
    """Return the places of comments."""
    taken = Region(span(node) for root in roots for node in scalars(root))
    return [
        comment.span() for comment in _COMMENT.finditer(text) if (comment.start(), comment.start() + 1) not in taken
    ]


def environment(text: str, node: Any, manner: Manner) -> Iterator[Occurrence]:
    """Yield the variables that a mapping, or a list of ``NAME=value``, sets."""
    if isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            yield from _listed(text, entry, manner)
    for key, value in pairs(node):
        if isinstance(value, yaml.ScalarNode):
            yield from mapped(text, key, value, manner)


def mapped(text: str, key: Any, value: Any, manner: Manner) -> Iterator[Occurrence]:
    """Yield ``NAME: value``; without a value the variable is handed on."""
    at = name_at(key)
    if value.tag.endswith(":null") and not value.value:
        yield Read(key.value, at)
        return
    start, end = value_span(text, value)
    column = key.start_mark.column
    in_flow = text[end:].lstrip(" ")[:1] in (",", "}")
    form = Form(
        lambda new: quoted(manner.escape(new), value),
        lambda name, new: f"{name}: {quoted(manner.escape(new), value)}",
        ", " if in_flow else _newline(text) + " " * column,
    )
    yield Assignment(key.value, at, manner.literal(value.value), (start, end), (span(key)[0], end), form, manner.scope)


def _listed(text: str, entry: Any, manner: Manner) -> Iterator[Occurrence]:
    match = _ASSIGNED.fullmatch(entry.value) if isinstance(entry, yaml.ScalarNode) else None
    if match is None:
        return
    start, end = span(entry)
    quote = entry.style if entry.style in ("'", '"') else ""
    begin = start + len(quote)
    at = (begin, begin + match.end("name"))
    if match["value"] is None:
        yield Read(match["name"], at)
        return
    newline = (
        ", "
        if text[end:].lstrip(" ")[:1] in (",", "]")
        else _newline(text) + " " * (entry.start_mark.column - 2) + "- "
    )

    def item(name: str, new: str) -> str:
        return quoted(f"{name}={manner.escape(new)}", entry)

    form = Form(
        lambda new: quoted(f"x={manner.escape(new)}", entry)[len(quote) + 2 : -len(quote) or None], item, newline
    )
    value_at = (at[1] + 1, end - len(quote))
    yield Assignment(match["name"], at, manner.literal(match["value"]), value_at, (start, end), form, manner.scope)


def name_at(key: Any) -> Span:
    """Return the place of the bare text of a scalar of one word."""
    start = span(key)[0] + (1 if key.style in ("'", '"') else 0)
    return start, start + len(key.value)


def quoted(value: str, like: Any) -> str:
    """Return *value* as a scalar in the manner of the node *like*, and as text where that would be something else."""
    if like.style == "'" and "\n" not in value:
        return "'" + value.replace("'", "''") + "'"
    plain = re.fullmatch(r"[\w./+][\w ./%+:=-]*", value, re.ASCII) and not value.endswith((" ", ":"))
    if like.style is None and plain and ": " not in value:
        loader: Any = yaml.SafeLoader("")
        tag = loader.resolve(yaml.ScalarNode, value, (True, False))
        if tag in ("tag:yaml.org,2002:str", like.tag) and not re.fullmatch(r"[yn]|yes|no|on|off", value, re.IGNORECASE):
            return value
    return json.dumps(value, ensure_ascii=False)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
