"""A configuration file in the new format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mdm.config.documents import Document, Entry
from mdm.config.layers import Finding, Layer, Notice, Origin, Value
from mdm.config.schema import Kind, Schema, Setting
from mdm.config.sources.base import unknown_key
from mdm.config.suggestions import Suggestions
from mdm.config.versions import as_current, number, present
from mdm.errors import InvalidConfigError, Problem

_TRAP = r"(?i)[-+]?(0[0-7_]+|0b[01_]+|0x[0-9a-f_]+|\d[\d_]*(:[0-5]?\d)+)(\.\d*)?"


@dataclass(frozen=True, slots=True)
class FileSource:
    """A configuration file in the new format."""

    document: Document

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values with line and column; unknown and legacy keys are problems.

        A file of an older version is read as one of the present version. Of a newer one only the version is, which is
        refused: what else it says may mean something else.
        """
        yield from self.document.notices
        written_for = self.document.version
        if number(written_for) > number(present()):
            newer = replace(self.document, entries=tuple(e for e in self.document.entries if e.key == "version"))
            yield from self._read_document(newer, schema)
            return
        try:
            document = as_current(self.document)
        except InvalidConfigError as error:
            yield from error.problems
            return
        if document is not self.document:
            told = f"written for version {written_for}, and read as {present()}"
            yield Notice("version", told, self.document.shown, "'mdm config upgrade --execute' rewrites it")
        yield from self._read_document(document, schema)

    def _read_document(self, document: Document, schema: Schema) -> Iterator[Finding]:
        carried_over = next((entry for entry in document.entries if entry.path[0] == "legacy"), None)
        if carried_over is not None and (*carried_over.path, carried_over.value) != ("legacy", None):
            yield Value("legacy", document.tree["legacy"], self._origin(carried_over))
        suggestions = Suggestions()
        for entry in document.entries:
            if entry.path[0] == "legacy":
                continue
            if (key := entry.key) not in schema:
                yield from self._read_unknown(entry, schema, suggestions)
                continue
            setting = schema[key]
            origin = Origin(Layer.FILE, self.document.shown, entry.line, entry.column)
            yield Value(key, _raw(entry, setting), origin)
            if setting.kind is Kind.NUMBER and not entry.quoted and re.fullmatch(_TRAP, entry.text or ""):
                told = f"{key}: {entry.text} is read as {entry.value}, by the rules of YAML 1.1"
                yield Notice("doubtful", told, str(origin))

    def _read_unknown(self, entry: Entry, schema: Schema, suggestions: Suggestions) -> Iterator[Problem]:
        key, origin = entry.key, self._origin(entry)
        if key in schema.sections:
            if entry.value not in (None, {}):
                yield Problem(f"{key}: settings are expected here, indented below it", str(origin))
        elif (outer := _outer(entry, schema)) is not None:
            yield Problem(f"{outer.key}: a mapping where {outer.type_name} is expected", str(origin))
        elif schema.sections:
            yield unknown_key(schema, key, str(origin), entry.path, suggestions)

    def _origin(self, entry: Entry) -> Origin:
        return Origin(Layer.FILE, self.document.shown, entry.line, entry.column)


def _raw(entry: Entry, setting: Setting) -> Any:
    """The schema decides: where the setting is text, what was written counts, not what YAML 1.1 makes of it."""
    if setting.kind is Kind.TEXT and entry.text is not None and entry.value is not None:
        return entry.text
    return entry.value


def _outer(entry: Entry, schema: Schema) -> Setting | None:
    prefixes = (".".join(map(str, entry.path[:length])) for length in range(1, len(entry.path)))
    return next((schema[prefix] for prefix in prefixes if prefix in schema), None)
