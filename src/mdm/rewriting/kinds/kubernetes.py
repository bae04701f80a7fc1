"""Manifests of Kubernetes: ``env`` of containers, keys of ConfigMaps and Secrets, ``$(NAME)``; no templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from mdm.rewriting.kinds import yaml_text
from mdm.rewriting.kinds.yaml_text import Manner
from mdm.rewriting.occurrences import Assignment, Form, Listed, Occurrence, Parsed, Read, Source, named_in, unread

_READ = re.compile(r"(?<!\$)\$\((?P<name>[A-Za-z_]\w*)\)", re.ASCII)


_FROM_ELSEWHERE = Form(str, lambda name, _: name)


def parse(source: Source) -> Parsed:
    """Return what the objects of a manifest set and read; a template is listed, once for each name."""
    text = source.text
    if "{{" in text:
        return Parsed(listed=tuple(_templated(text)), silent=((0, len(text)),))
    try:
        roots = yaml_text.documents(text)
    except (yaml.YAMLError, RecursionError) as error:
        return unread(yaml_text.unreadable(error))
    found: list[Occurrence] = []
    for number, root in enumerate(roots):
        found += _of_object(text, root, str(number))
    return Parsed(tuple(found), silent=tuple(yaml_text.silent(text, roots)))


def _templated(text: str) -> Iterator[Listed]:
    for name, at in dict(reversed(list(named_in(text)))).items():
        yield Listed(at[0], name, "named in a template, which is left alone", "change it by hand")


def _of_object(text: str, root: Any, scope: str) -> Iterator[Occurrence]:
    kind = yaml_text.get(root, "kind")
    match kind.value if isinstance(kind, yaml.ScalarNode) else "":
        case "ConfigMap":
            yield from yaml_text.environment(text, yaml_text.get(root, "data"), Manner(str, scope=scope))
        case "Secret":
            yield from yaml_text.environment(text, yaml_text.get(root, "stringData"), Manner(str, scope=scope))
            yield from yaml_text.environment(text, yaml_text.get(root, "data"), Manner(_never, scope=scope))
        case "List":
            for number, item in enumerate(yaml_text.entries(yaml_text.get(root, "items"))):
                yield from _of_object(text, item, f"{scope}.{number}")
        case _:
            yield from _of_containers(text, root, set())


def _never(_: str) -> None:
    """What is encoded is not literal."""


def _of_containers(text: str, node: Any, seen: set[int]) -> Iterator[Occurrence]:
    if id(node) in seen:
        return
    seen.add(id(node))
    for key, value in yaml_text.pairs(node):
        if key.value == "env" and isinstance(value, yaml.SequenceNode):
            for entry in value.value:
                yield from _variable(text, entry, str(id(value)))
        elif key.value in ("configMapKeyRef", "secretKeyRef") and (named := yaml_text.get(value, "key")):
            yield Read(named.value, yaml_text.name_at(named), bound=True)
        elif isinstance(value, yaml.ScalarNode):
            yield from _reads(text, value)
    for child in yaml_text.entries(node):
        if isinstance(child, yaml.ScalarNode):
            yield from _reads(text, child)
        else:
            yield from _of_containers(text, child, seen)


def _variable(text: str, entry: Any, scope: str) -> Iterator[Assignment]:
    """``- name: NAME`` with a ``value``, or with something that it is taken from."""
    name, value = yaml_text.get(entry, "name"), yaml_text.get(entry, "value")
    if not isinstance(name, yaml.ScalarNode):
        return
    at = yaml_text.name_at(name)
    if not isinstance(value, yaml.ScalarNode):
        yield Assignment(name.value, at, None, (at[1], at[1]), at, _FROM_ELSEWHERE, scope)
        return
    start = min(pair[0].start_mark.index for pair in entry.value)
    end = max(yaml_text.value_span(text, pair[1])[1] for pair in entry.value)
    column = entry.start_mark.column
    in_flow = bool(entry.flow_style)
    newline = "\r\n" if "\r\n" in text else "\n"

    def item(name: str, new: str) -> str:
        parts = f"name: {name}", f"value: {yaml_text.quoted(new, value)}"
        return ", ".join(parts) if in_flow else (newline + " " * column).join(parts)

    joiner = "}, {" if in_flow else newline + " " * max(column - 2, 0) + "- "
    form = Form(lambda new: yaml_text.quoted(new, value), item, joiner)
    literal = None if "$(" in value.value else value.value
    yield Assignment(name.value, at, literal, yaml_text.value_span(text, value), (start, end), form, scope)


def _reads(text: str, scalar: Any) -> Iterator[Read]:
    for match in _READ.finditer(text, *yaml_text.span(scalar)):
        yield Read(match["name"], match.span("name"))
