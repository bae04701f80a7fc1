"""A rollback in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mdm.app import Application
from mdm.cli.config.files import active_system, in_use
from mdm.cli.output import out
from mdm.cli.render import pairs, table
from mdm.config.backups import Backup
from mdm.config.layers import shown_path
from mdm.core.transaction import Change


def show(app: Application, backup: Backup, changes: Sequence[Change]) -> None:
    """Print what restoring *backup* changes."""
    made_for = f", made for: {backup.reason}" if backup.reason else ""
    out(f"{backup.name} of {backup.created[:19].replace('T', ' ')}{made_for}")
    if changes:
        table(["file", "change"], [(shown_path(change.path), action(change)) for change in changes])
    else:
        out("nothing to restore: every file is as it was then")


def close(app: Application, safety: Backup) -> None:
    """Print what was done."""
    app.manager.reload()
    files = ", ".join(shown_path(place.path) for place in in_use(app)) or "the defaults, there is no file"
    out("restored")
    pairs(
        [
            ("active", f"the {active_system(app)} system, from {files}"),
            ("undo", f"mdm config rollback {safety.name}"),
        ]
    )


def as_json(app: Application, backup: Backup, changes: Sequence[Change], safety: Backup | None = None) -> dict[str, Any]:
    """Return a rollback, planned or done, for programs."""
    return {
        "backup": str(backup.path),
        "executed": safety is not None,
        "changes": [{"path": str(change.path), "action": action(change)} for change in changes],
        "safety_backup": str(safety.path) if safety else None,
        "system": active_system(app),
    }


def action(change: Change) -> str:
    """Return what happens to a file; to be asked before it happens."""
    if change.content is None:
        return "removed"
    return "replaced" if change.path.exists() else "created"
