"""Workflows and actions of GitHub: ``env`` at all levels, the scripts of steps, and ``${{ env.NAME }}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from mdm.rewriting.kinds import yaml_text
from mdm.rewriting.kinds.shell import parse_shell
from mdm.rewriting.kinds.yaml_text import Manner
from mdm.rewriting.occurrences import Listed, Occurrence, Parsed, Read, Source, Span, unread

_READ = re.compile(r"(?<![\w.])env\.(?P<name>[A-Za-z_]\w*)|(?<![\w.])env\[['\"](?P<index>\w+)['\"]\]", re.ASCII)
_STORED = re.compile(r"(?<![\w.])(?P<store>secrets|vars|inputs)\.(?P<name>MDM_\w+)", re.ASCII)
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


def parse(source: Source) -> Parsed:
    """Return what a workflow sets and reads."""
    text = source.text
    try:
        roots = yaml_text.documents(text)
    except (yaml.YAMLError, RecursionError) as error:
        return unread(yaml_text.unreadable(error))
    found: list[Occurrence] = []
    silent = yaml_text.silent(text, roots)
    for key, value in (pair for root in roots for pair in _all_pairs(root)):
        if key.value == "env" and isinstance(value, yaml.MappingNode):
            found += yaml_text.environment(text, value, Manner(literal))
        elif key.value == "run" and isinstance(value, yaml.ScalarNode):
            script = parse_shell(text, *_script(text, value))
            found += script.occurrences
            silent += script.silent
    for expression in _EXPRESSION.finditer(text):
        found += _reads(text, expression.span())
    stored = list(_STORED.finditer(text))
    return Parsed(tuple(found), (), tuple(map(_listed, stored)), (*silent, *(match.span("name") for match in stored)))


def _all_pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from yaml_text.pairs(node)
        waiting += yaml_text.entries(node)


def _script(text: str, node: Any) -> Span:
    """Return the place of a script without the signs around it."""
    start, end = yaml_text.span(node)
    if node.style in ("|", ">"):
        return text.index("\n", start), end
    return (start + 1, end - 1) if node.style in ("'", '"') else (start, end)


def _reads(text: str, span: Span) -> Iterator[Read]:
    for match in _READ.finditer(text, *span):
        group = "name" if match["name"] else "index"
        yield Read(match[group], match.span(group))


def _listed(match: re.Match[str]) -> Listed:
    return Listed(
        match.start("name"),
        match["name"],
        f"the name of one of the {match['store']} of the repository: left as it is",
        "it may keep its name",
    )


def literal(value: str) -> str | None:
    """Return the text of a value; none where an expression is put into it."""
    return None if "${{" in value else value
