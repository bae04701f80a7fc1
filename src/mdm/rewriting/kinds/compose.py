"""Compose files: ``environment`` and build arguments as mapping or list, and ``${VARIABLE}`` anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from mdm.rewriting.kinds import yaml_text
from mdm.rewriting.kinds.yaml_text import Manner
from mdm.rewriting.occurrences import Occurrence, Parsed, Read, Source, unread

_READ = re.compile(
    r"(?<!\$)(?:\$\$)*\$(?:\{(?P<name>\w+)(?:(?P<operator>:?[-+?])(?P<default>[^}$]*))?[^}]*\}|(?P<bare>[A-Za-z_]\w*))",
    re.ASCII,
)

_INNER = re.compile(r"(?<!\$)\$\$\{?(?P<name>[A-Za-z_]\w*)", re.ASCII)  # what a shell in the container reads


def parse(source: Source) -> Parsed:
    """Return what the services of a compose file set and what the file reads."""
    try:
        roots = yaml_text.documents(source.text)
    except (yaml.YAMLError, RecursionError) as error:
        return unread(yaml_text.unreadable(error))
    found = [occurrence for root in roots for occurrence in _of_root(source.text, root)]
    return Parsed(tuple(found), silent=tuple(yaml_text.silent(source.text, roots)))


def _of_root(text: str, root: Any) -> Iterator[Occurrence]:
    for name, service in yaml_text.pairs(yaml_text.get(root, "services")):
        for scope, path in (("", ("environment",)), (" (build)", ("build", "args"))):
            node = yaml_text.get(service, *path)
            manner = Manner(literal, _escaped, f"{name.value}{scope}")
            yield from yaml_text.environment(text, node, manner)
    for scalar in yaml_text.scalars(root):
        yield from _reads(text, scalar)


def _reads(text: str, scalar: Any) -> Iterator[Read]:
    for match in _INNER.finditer(text, *yaml_text.span(scalar)):
        yield Read(match["name"], match.span("name"), literal=False)
    for match in _READ.finditer(text, *yaml_text.span(scalar)):
        group = "name" if match["name"] else "bare"
        operator = match["operator"] or ""
        default = match["default"] if operator.endswith("-") else None
        yield Read(match[group], match.span(group), default, literal=not operator.endswith("+"))


def literal(value: str) -> str | None:
    """Return the text of a value; none where a variable is put into it."""
    return None if "$" in value.replace("$$", "") else value.replace("$$", "$")


def _escaped(value: str) -> str:
    return value.replace("$", "$$")
