"""Changing one setting in the file that holds it, new or legacy: planned, validated as a whole, then written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mdm.config.documents import Document, parse_document, to_tree
from mdm.config.editing import REMOVED, edit_yaml
from mdm.config.kept import is_kept, read_free
from mdm.config.layers import Layer
from mdm.config.loading import problems_of
from mdm.config.models import MDMConfig
from mdm.config.references import has_reference
from mdm.config.rules import rules_by_key, rules_by_target
from mdm.config.rules.rule import ABSENT, NEW_DEFAULT, Context, Given, LegacyKey
from mdm.config.saving import current_text, edit, holds_secret, in_file, write_config
from mdm.config.schema import Schema, Setting, plain
from mdm.config.selection import Found, Surroundings, legacy_of
from mdm.config.sources import read_text, unknown_key
from mdm.config.systems import LEGACY, load_legacy, load_new, refuse_missing
from mdm.config.view import same
from mdm.core.locks import locked
from mdm.core.log import log
from mdm.core.transaction import Change, commit
from mdm.core.url import local
from mdm.errors import EditError, InvalidConfigError, Problem

if TYPE_CHECKING:
    from mdm.config.legacy import LegacyReading

_INDENT = re.compile(r"\n([ ]+)\S")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a change goes: the system, and the file that was *chosen* for it, otherwise the one that is *found*."""

    around: Surroundings
    system: str
    found: Callable[[], Found]
    chosen: Path | None = None


def change(target: Target, key: str, value: Any) -> str:
    """Set *key*, new or legacy, to *value*, or take it out where it is `REMOVED`; return the key of the new schema.

    Raises `InvalidConfigError` where the result would not be valid; then nothing was written.
    """
    if is_kept(key):
        _change_kept(target, key, value)
        return key
    setting, value = _setting(MDMConfig.schema(), key, value)
    raw = value if value is REMOVED else written(setting, value)
    if target.system == LEGACY:
        _change_legacy(target, setting, raw)
    else:
        _change_new(target, setting.key, raw)
    return setting.key


def written(setting: Setting, value: Any) -> Any:
    """Return *value* as it is to stand in a file; raises `InvalidConfigError` where the setting refuses it."""
    try:
        if isinstance(value, str):
            _refuse_bytes(value)
        raw = read_text(setting, value) if isinstance(value, str) else plain(value)
        if has_reference(raw):
            return raw
        parsed = setting.parse(raw)
    except ValidationError as error:
        raise InvalidConfigError(*problems_of(error, MDMConfig.schema(), setting.key)) from None
    except ValueError as error:
        raise InvalidConfigError(Problem(f"{setting.key}: {error}; {setting.type_name} is expected")) from None
    return raw if setting.is_path else plain(parsed)


def _refuse_bytes(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("bytes that are no UTF-8 text") from None


def _setting(schema: Schema, key: str, value: Any) -> tuple[Setting, Any]:
    """Return the setting that *key* names, a legacy key included, and the value in its terms."""
    if key in schema:
        return schema[key], value
    rule = rules_by_key().get(tuple(key.split(".")))
    if rule is None or len(rule.to) > 1:
        raise InvalidConfigError(unknown_key(schema, key, ""))
    if value is REMOVED:
        return schema[rule.to[0]], value
    try:
        new = rule.forward(Given(value), Context()).get(rule.to[0], ABSENT)
    except ValueError as error:
        raise InvalidConfigError(Problem(f"{key}: {error}")) from None
    return schema[rule.to[0]], REMOVED if new in (ABSENT, NEW_DEFAULT) else new


def _change_kept(target: Target, key: str, value: Any) -> None:
    """Change what is kept of the legacy files in the new one; its keys are free, and so are its values."""
    if target.system == LEGACY:
        hint = f"its key there is {key.removeprefix('legacy.')}; 'mdm config migrate' makes the new file"
        raise InvalidConfigError(Problem(f"{key}: a setting of the new file, and the legacy ones count", hint=hint))
    _change_new(target, key, read_free(key, value) if isinstance(value, str) else plain(value))


def _change_new(target: Target, key: str, raw: Any) -> None:
    path = target.chosen or local(refuse_missing(target.found(), target.around).path)
    with locked(path):
        text = current_text(path) or ""
        edited = edit(text, {key: raw}, MDMConfig.schema(), path)
        if edited == text:
            return
        document = parse_document(edited, path)
        load_new(target.around, found=Found(path, document))
        write_config(document, MDMConfig.schema())
        log("INFO", "{key}: changed in {file}", key=key, file=path)


def _change_legacy(target: Target, setting: Setting, raw: Any) -> None:
    from mdm.config.legacy import reading_of

    schema = MDMConfig.schema()
    with locked(target.around.home / "mdm.yaml"):
        reading = legacy_of(schema, target.around, target.chosen)
        if reading.problems:
            raise InvalidConfigError(*reading.problems)
        edits = _removals(reading, setting) if raw is REMOVED else _assignment(reading, setting, raw)
        edited = [_edited(document, edits.get(document.path, {})) for document in reading.documents]
        after = replace(reading_of(schema, edited, target.around.environ), flags=reading.flags)
        _refuse_unset(after, edits, setting)
        config = load_legacy(target.around, reading=after).config
        if raw is not REMOVED and not _took_effect(config, setting, raw):
            raise _no_place(setting)
        pairs = zip(reading.documents, edited, strict=True)
        changes = [
            Change(new.path, new.text.encode(), 0o600 if holds_secret(new, schema) else None)
            for old, new in pairs
            if new.text != old.text
        ]
        commit(changes, folder=target.around.home, label=f"change of {setting.key}")


def _refuse_unset(after: LegacyReading, edits: dict[Path, dict[LegacyKey, Any]], setting: Setting) -> None:
    """Raise where the new value refers to what is not set: what is there may stay so, but nothing new is made so."""
    changed = {key for edit in edits.values() for key in edit}
    for leaf in after.leaves:
        if leaf.path in changed and leaf.unresolved:
            hint = "set the variable, or give a default: ${NAME:-default}"
            raise InvalidConfigError(Problem(f"{setting.key}: {leaf.unresolved[0]}", str(leaf.origin), hint))


def _removals(reading: LegacyReading, setting: Setting) -> dict[Path, dict[LegacyKey, Any]]:
    keys = {key for rule in rules_by_target().get(setting.key, ()) if len(rule.to) == 1 for key in rule.legacy}
    return {
        document.path: {entry.path: REMOVED for entry in document.entries if entry.path in keys}
        for document in reading.documents
    }


def _assignment(reading: LegacyReading, setting: Setting, raw: Any) -> dict[Path, dict[LegacyKey, Any]]:
    """Return the edit of the legacy key that is there, otherwise of the first of its row."""
    rules = [rule for rule in rules_by_target().get(setting.key, ()) if len(rule.to) == 1]
    present = {leaf.path for leaf in reading.leaves}
    found = [(rule, key) for rule in rules for key in rule.legacy if key in present]
    found = found or [(rule, key) for rule in rules for key in rule.legacy[:1]]
    for rule, key in found:
        value = rule.back({setting.key: raw}, key)
        if value is not ABSENT:
            return {_document_of(reading, key).path: {key: value}}
    raise _no_place(setting)


def _document_of(reading: LegacyReading, key: LegacyKey) -> Document:
    holding = [document for document in reading.documents if any(entry.path == key for entry in document.entries)]
    return (holding or list(reading.documents))[-1]


def _edited(document: Document, edits: dict[LegacyKey, Any]) -> Document:
    if not edits:
        return document
    if document.path.suffix != ".json":
        try:
            return parse_document(edit_yaml(document.text, edits), document.path)
        except EditError as error:
            raise in_file(document.path, error) from None
    leaves = {entry.path: entry.value for entry in document.entries} | edits
    tree = to_tree((path, value) for path, value in leaves.items() if value is not REMOVED)
    indent = _INDENT.search(document.text)
    text = json.dumps(tree, ensure_ascii=False, indent=len(indent[1]) if indent else None)
    return parse_document(text + ("\n" if document.text.endswith("\n") else ""), document.path)


def _took_effect(config: MDMConfig, setting: Setting, raw: Any) -> bool:
    files = (value for value in config.candidates(setting.key) if value.origin.layer is Layer.FILE)
    value = next(files, None)
    return value is not None and same(config.schema(), setting.key, value.raw, raw)


def _no_place(setting: Setting) -> InvalidConfigError:
    hint = "'mdm config migrate' moves the legacy files to the new format, which has it"
    return InvalidConfigError(Problem(f"{setting.key}: no place for this value in a legacy file", hint=hint))
