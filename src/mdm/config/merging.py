"""The legacy files laid over each other, those in the new format seen through the legacy view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from mdm.config.documents import Document, Entry, walk
from mdm.config.formats import is_new_format
from mdm.config.layers import Layer, Origin, Value
from mdm.config.leaves import Leaf, Leaves, Path_
from mdm.config.loading import read_sources
from mdm.config.references import has_reference
from mdm.config.rules import all_rules
from mdm.config.rules.rule import Rule
from mdm.config.schema import Schema, to_text
from mdm.config.sources import FileSource
from mdm.config.view import legacy_view


def merged(documents: Sequence[Document], schema: Schema, environ: Mapping[str, str]) -> tuple[list[Leaf], list[Leaf]]:
    """Lay *documents* over each other, lowest precedence first; return what stands, and what was overridden."""
    standing = Leaves()
    overridden: list[Leaf] = []
    viewed: dict[str, list[Leaf]] = {}
    rules = {key: rule for rule in all_rules(schema) for key in rule.legacy}
    is_viewed = {document.path: is_new_format(document, schema) for document in documents}
    written = {path for document in documents for path in _spellings(document, viewed=is_viewed[document.path])}
    for document in documents:
        for leaf in _leaves_of_document(document, schema, environ):
            for target in rules[leaf.path].to if leaf.path in rules else ():
                if is_viewed[document.path]:
                    viewed.setdefault(target, []).append(leaf)
                else:  # of a file in the new format all spellings are read; only those count that are in use
                    agreeing = [seen for seen in viewed.get(target, ()) if _agree(rules, seen, leaf)]
                    for seen in viewed.get(target, ()):
                        if seen.path not in written and seen not in agreeing:
                            standing.drop(seen.path)
                    viewed[target] = agreeing
            overridden += standing.put(leaf)
    return list(standing), overridden


def _spellings(document: Document, *, viewed: bool) -> Iterator[Path_]:
    """Yield the legacy keys that a file has; one in the new format has those that it keeps under ``legacy``."""
    for entry in document.entries:
        if not viewed:
            yield entry.path
        elif entry.path[0] == "legacy":
            yield entry.path[1:]


def _agree(rules: Mapping[Path_, Rule], one: Leaf, other: Leaf) -> bool:
    """Say whether two spellings of a setting, in the same unit, have the same value."""
    return rules[one.path] is rules[other.path] and one.value == other.value


def _leaves_of_document(document: Document, schema: Schema, environ: Mapping[str, str]) -> Iterator[Leaf]:
    if is_new_format(document, schema):
        yield from _seen_through_view(document, schema, environ)
        return
    for entry in document.entries:
        origin = origin_of(document, entry)
        if has_reference(entry.value):
            yield Leaf(entry.path, entry.value, origin, None, entry.value)
        else:
            yield Leaf(entry.path, entry.value, origin, None if entry.quoted else entry.text)


def _seen_through_view(document: Document, schema: Schema, environ: Mapping[str, str]) -> Iterator[Leaf]:
    """The legacy keys of the settings that a new-format file holds, all keys of a row alike.

    What the schema refuses has no legacy meaning: what the files below say counts.
    """
    found = read_sources(schema, [FileSource(document)], environ).values
    values = {key: candidates[0] for key, candidates in found.items() if _is_valid(schema, candidates[0])}
    raw = {key: values[key].raw if key in values else _default(schema, key) for key in schema}
    rules = [rule for rule in all_rules(schema) if any(target in values for target in rule.to)]
    named = {key: rule.to for rule in rules for key in rule.legacy}
    for path, value in walk((), legacy_view(schema, raw, rules=rules)):
        if not path:
            continue
        target = next((to for to in named.get(path, ()) if to in values), "legacy")
        origin = values[target].origin if target in values else Origin(Layer.FILE, document.shown)
        yield Leaf(path, value, origin)


def _is_valid(schema: Schema, value: Value) -> bool:
    try:
        schema[value.key].parse(value.raw)
    except ValidationError:
        return False
    return True


def _default(schema: Schema, key: str) -> Any:
    default = schema[key].default
    return to_text(default) if schema[key].secret or (schema[key].is_path and default is not None) else default


def origin_of(document: Document, entry: Entry) -> Origin:
    """Return where *entry* is written."""
    return Origin(Layer.FILE, document.shown, entry.line, entry.column)
