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
    new = legacy = False
    for entry in document.entries:
        key = entry.key
        major = (entry.text or "").split(".")[0] if key == "version" else ""
        if major.isdecimal() and len(major) < 10 and int(major) >= 2:
            return NEW
        new = new or (key in schema and not _is_legacy_key(entry))
        legacy = legacy or (key not in schema and key not in schema.sections)
    return LEGACY if legacy else NEW if new else EITHER


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
