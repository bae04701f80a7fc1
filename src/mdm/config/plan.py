"""A migration as data: the file as it is, as it will be, and what changes; shown by a dry run, applied by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mdm.config.analysis import Analysis, shown
from mdm.config.documents import Document, parse_document, read_document
from mdm.config.documents.comments import Comments, comments_of
from mdm.config.formats import is_new_format
from mdm.config.layers import Layer, gather
from mdm.config.legacy_files import FLAGS_FILE
from mdm.config.loading import problems_of
from mdm.config.models import MDMConfig
from mdm.config.outcomes import INVALID, Translation, identical
from mdm.config.schema import Schema, plain
from mdm.config.selection import CONFIG_FILE
from mdm.config.sources import FileSource
from mdm.config.template import written_file
from mdm.config.translation import translate
from mdm.config.view import legacy_view
from mdm.errors import InvalidConfigError, MigrationError, Problem

USE_NEW = "refactoring.use_new_config"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration will do. *after* is none where there is nothing to do, and *reason* says why."""

    target: Path
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)
    analysis: Analysis
    translation: Translation
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """How a migration is made: the new defaults in place of the old ones, the default in place of refused values."""

    new_defaults: bool = False
    keep_invalid: bool = False


DEFAULTS = Options()


def make_plan(analysis: Analysis, environ: Mapping[str, str], options: Options = DEFAULTS) -> Plan:
    """Return what the migration of what was analysed will do; nothing is written."""
    schema = MDMConfig.schema()
    target = analysis.home / CONFIG_FILE
    document = _present(target, analysis)
    before = document.text if document else None
    translation = analysis.translation
    if options.keep_invalid:
        leaves = analysis.leaves
        translation = translate(schema, leaves, environ, flags=analysis.reading.flags, keep_invalid=True)
    reason = ""
    if document is not None and is_new_format(document, schema):
        _refuse_other_version(document, schema)
        reason = "the configuration is in the new format already"
    elif not analysis.is_legacy:
        reason = "there is no legacy configuration here"
    elif document is not None and document.path not in {read.path for read in analysis.reading.documents}:
        told = (
            f"would be replaced, but its {len(document.entries)} settings were not read: MDM_CONFIG_PATH names another"
        )
        raise MigrationError(Problem(told, document.shown, "unset MDM_CONFIG_PATH, or move the file away"))
    after = None if reason else _text(schema, analysis, translation, new_defaults=options.new_defaults)
    return Plan(target, before, after, analysis, translation, reason)


def _refuse_other_version(document: Document, schema: Schema) -> None:
    values = gather(FileSource(document).read(schema)).values
    if version := values.get("version"):
        try:
            schema["version"].parse(version[0].raw)
        except ValidationError as error:
            raise InvalidConfigError(*problems_of(error, schema, "version", {"version": version[0]})) from None


def _present(target: Path, analysis: Analysis) -> Document | None:
    """Return the file that is to be written as it is now, also where a variable lets the legacy system read another."""
    for document in analysis.reading.documents:
        if document.path == target:
            return document
    try:
        return read_document(target)
    except FileNotFoundError:
        return None


def config_of(text: str, target: Path, environ: Mapping[str, str]) -> MDMConfig:
    """Return what the new system makes of *text* alone; raises `InvalidConfigError`."""
    document = parse_document(text, target)
    return MDMConfig.load([FileSource(document)], environ, document)


def differences(translation: Translation, config: MDMConfig) -> list[str]:
    """Return where *config*, read through the legacy view, gives another value than the legacy reader gave."""
    schema = MDMConfig.schema()
    raw = {key: config.raw(key) for key in schema}
    view = legacy_view(schema, raw)
    found = []
    for outcome in translation.outcomes:
        leaf = outcome.leaf
        if outcome.status == INVALID or leaf.origin.layer is Layer.LEGACY_ENVIRONMENT or outcome.winner is not None:
            continue
        if leaf.key == USE_NEW or leaf.origin.name.endswith(FLAGS_FILE):
            continue
        value = _at(view, leaf.path)
        if not identical(value, leaf.value):
            found.append(f"{leaf.key}: {shown(schema, leaf.key, leaf.value)} became {shown(schema, leaf.key, value)}")
    return found


def _text(schema: Schema, analysis: Analysis, translation: Translation, *, new_defaults: bool) -> str:
    values = {key: plain(value.raw) for key, value in translation.values.items()}
    comments = _comments(analysis, translation)
    if USE_NEW in values:
        values[USE_NEW] = True
    if not new_defaults:
        for key, value in translation.old_defaults.items():
            values[key] = value.raw
            default = plain(schema[key].default)
            note = f"the old default; the new one is {'none' if default is None else default}"
            comments[schema[key].path] = Comments(beside=note)
    return written_file(schema, values, translation.carried, comments)


def _comments(analysis: Analysis, translation: Translation) -> dict[tuple[Any, ...], Comments]:
    """Return the comments of the legacy files, by the path at which their settings will stand."""
    places = {
        _place(document.shown, entry.line, entry.column): found
        for document in analysis.reading.documents
        for entry, found in comments_of(document)
    }
    moved = {value.origin: value.key for value in reversed([*translation.values.values()])}
    comments: dict[tuple[Any, ...], Comments] = {}
    for outcome in translation.outcomes:
        found = places.get(str(outcome.leaf.origin))
        if found is None:
            continue
        key = moved.get(outcome.leaf.origin)
        path = tuple(key.split(".")) if key else ("legacy", *outcome.leaf.path)
        comments.setdefault(path, found)
    return comments


def _place(name: str, line: int, column: int) -> str:
    return f"{name}:{line}:{column}"


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        if not isinstance(tree, dict) or name not in tree:
            return None
        tree = tree[name]
    return tree
