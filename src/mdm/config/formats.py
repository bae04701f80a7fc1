"""Which of the two formats a file is in."""

from __future__ import annotations

from mdm.config.documents import Document, Entry
from mdm.config.schema import Schema
from mdm.errors import InvalidConfigError, Problem

NEW, LEGACY, EITHER = "new", "legacy", "either"


def format_of(document: Document, schema: Schema) -> str:
    """Return the format of a file: ``new``, ``legacy``, or ``either`` where every key is known to both systems.

    A file is new when its version says so, or when it has keys that only the new schema knows. One that mixes such
    keys with legacy ones and names no version counts as legacy, so that nothing of it is refused.
    """
    major = document.version.split(".")[0]
    if major.isdecimal() and len(major) < 10 and int(major) >= 2:
        return NEW
    if any(entry.key not in schema and entry.key not in schema.sections for entry in document.entries):
        return LEGACY
    return NEW if any(entry.key in schema and not _is_legacy_key(entry) for entry in document.entries) else EITHER


def is_new_format(document: Document, schema: Schema) -> bool:
    """Say whether a file is in the new format for certain."""
    return format_of(document, schema) == NEW


def refuse_legacy(document: Document, schema: Schema) -> None:
    """Raise where a file is in the legacy format, so that the two are never mixed."""
    if format_of(document, schema) == LEGACY:
        raise InvalidConfigError(
            Problem("in the legacy format", document.shown, "'mdm config migrate' moves it to the new one")
        )


def _is_legacy_key(entry: Entry) -> bool:
    from mdm.config.rules import rules_by_key

    return entry.path in rules_by_key()
