"""Writing settings to a file: only the text of what changes is touched, and nothing is written that does not load."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdm.config.documents import Document, parse_document, read_document
from mdm.config.editing import REMOVED, edit_yaml
from mdm.config.formats import refuse_legacy
from mdm.config.kept import is_kept
from mdm.config.layers import Layer, shown_path
from mdm.config.references import literal
from mdm.config.schema import Kind, Schema, plain
from mdm.config.sources import FileSource, holds_secret_in
from mdm.config.template import empty_file
from mdm.config.versions import upgraded
from mdm.core.files import write_atomic
from mdm.core.locks import locked
from mdm.errors import EditError

if TYPE_CHECKING:
    from mdm.config.root import Root


def save(config: Root, path: Path) -> None:
    """Write to *path* what the file of *config* had and what was set in code; see `Root.save_to_file`."""
    schema = config.schema()
    wanted = {key: literal(plain(config.value(key))) for key in schema if _set_in_code(config, key)}
    with locked(path):
        text = current_text(path)
        if text is not None and not _is_same_file(config, path):
            wanted = _made_equal(config, parse_document(text, path), wanted)
        elif text is None and config.state.document is None:
            text, wanted = empty_file(schema), {**_from_files(config), **wanted}
        elif text is None and config.state.document is not None:
            text = upgraded(config.state.document).text
        edited = edit(text or "", wanted, schema, path)
        document = parse_document(edited, path)
        type(config).load([FileSource(document)], os.environ)
        write_config(document, schema)


def current_text(path: Path) -> str | None:
    """Return what *path* holds, in the present version, or none where there is no such file."""
    try:
        return upgraded(read_document(path)).text
    except FileNotFoundError:
        return None


def edit(text: str, changes: Mapping[str, Any], schema: Schema, path: Path) -> str:
    """Return *text* with the settings of *changes* in it; a file without settings gets its version."""
    if not text.strip():
        text = empty_file(schema)
    dotted = _dotted_keys(text, path) if any(key in text or is_kept(key) for key in changes if "." in key) else {}
    edits = {dotted.get(key, tuple(key.split("."))): value for key, value in changes.items()}
    try:
        return edit_yaml(text, edits)
    except EditError as error:
        raise in_file(path, error) from None


def _dotted_keys(text: str, path: Path) -> dict[str, tuple[str, ...]]:
    """Return the paths of the settings with a dot in one of their keys, such as ``cli.page_size: 5``."""
    entries = parse_document(text, path).entries
    return {entry.key: entry.path for entry in entries if entry.path != tuple(entry.key.split("."))}


def in_file(path: Path, error: EditError) -> EditError:
    """Return *error* with the name of the file before the place in it."""
    name = shown_path(path)
    return EditError(*(replace(p, where=f"{name}:{p.where}" if p.where else name) for p in error.problems))


def write_config(document: Document, schema: Schema) -> None:
    """Put *document* in place of the file of its name; one that holds a secret is readable by its owner alone."""
    mode = 0o600 if holds_secret(document, schema) else None
    write_atomic(document.path, document.text.encode(), mode=mode, make_folders=True)


def holds_secret(document: Document, schema: Schema) -> bool:
    """Say whether a value stands in the file that is never shown; a reference to a variable is none."""
    return any(holds_secret_in(schema, entry.key, entry.value) for entry in document.entries)


def _set_in_code(config: Root, key: str) -> bool:
    setting, winner = config.schema()[key], next(iter(config.candidates(key)), None)
    if winner is not None and winner.origin.layer is Layer.EXPLICIT:
        return True
    if setting.kind not in (Kind.LIST, Kind.MAPPING):
        return False
    given = setting.default if winner is None else setting.parse(winner.raw)
    return bool(plain(config.value(key)) != plain(given))  # changed in place


def _is_same_file(config: Root, path: Path) -> bool:
    document = config.state.document
    try:
        return document is not None and document.path.samefile(path)
    except OSError:
        return False


def _from_files(config: Root) -> dict[str, Any]:
    """Return what the files of *config* set, references as they were written."""
    values = {}
    for key in config.schema():
        found = [value for value in config.candidates(key) if value.origin.layer in (Layer.FILE, Layer.OLD_DEFAULT)]
        if found:
            values[key] = found[0].reference or literal(plain(found[0].raw))
    return values


def _made_equal(config: Root, target: Document, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes that give another file's settings to *target*: set what is there, take out what is not."""
    refuse_legacy(target, config.schema())
    all_wanted = {**_from_files(config), **wanted}
    present = {"legacy" if entry.path[0] == "legacy" else entry.key for entry in target.entries}
    removed = {key: REMOVED for key in present - all_wanted.keys() if key != "version"}
    return {**removed, **all_wanted}
