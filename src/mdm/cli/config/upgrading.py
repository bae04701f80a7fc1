"""``mdm config upgrade``: a file of an older version of the schema, rewritten for the present one."""

import difflib
from pathlib import Path
from typing import Annotated

import typer

from mdm.app import Application
from mdm.cli.config.checking import existing, file_alone
from mdm.cli.config.creating import set_aside
from mdm.cli.config.files import active_system, in_use
from mdm.cli.config.hiding import without_secrets
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json, application
from mdm.cli.render import diff
from mdm.config.layers import shown_path
from mdm.config.saving import write_config
from mdm.config.systems import NEW
from mdm.config.versions import present, upgraded
from mdm.core.files import locked
from mdm.core.url import local


def upgrade(
    ctx: typer.Context,
    execute: Annotated[bool, typer.Option("--execute", help="Write; otherwise the change is only shown.")] = False,
    as_json: Json = False,
) -> None:
    """Rewrite the file for the present version of the schema. Nothing is written without --execute.

    \b
    Example:
      mdm config upgrade
      mdm config upgrade --execute
    """
    app = application(ctx)
    found = [place.path for place in in_use(app)] if active_system(app) == NEW else []
    path = local(found[0]) if found else None
    lines = _changes(path) if path is not None else []
    backup = _write(app, path) if path is not None and lines and execute else None
    if as_json:
        names = {"file": path, "backup": backup}
        shown = {name: None if value is None else str(value) for name, value in names.items()}
        out_json({**shown, "version": present(), "written": backup is not None, "diff": "\n".join(lines)})
        return
    diff(lines)
    out(_told(path, lines, backup))


def _changes(path: Path) -> list[str]:
    """Return the unified diff of the file before and after, secrets masked."""
    before = existing(path)
    old, new = (without_secrets(text, path).splitlines() for text in (before.text, upgraded(before).text))
    return list(difflib.unified_diff(old, new, before.shown, before.shown, lineterm=""))


def _write(app: Application, path: Path) -> Path:
    """Make a backup, then put the new text in place, if that is valid; return the backup."""
    with locked(path):
        before = existing(path)
        file_alone(before, app.around.environ)
        backup = set_aside(app, path, reason="before upgrade")
        write_config(upgraded(before), app.schema)
    return backup


def _told(path: Path | None, lines: list[str], backup: Path | None) -> str:
    if path is None:
        return "nothing to do: there is no file in the new format"
    if not lines:
        return f"nothing to do: {shown_path(path)} is of version {present()}"
    if backup is None:
        return "dry run: nothing was written; 'mdm config upgrade --execute' writes it"
    return f"written: {shown_path(path)}; backup: {shown_path(backup)}"
