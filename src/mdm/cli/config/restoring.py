"""A rollback from what it would change to the last word: shown, asked about, carried out."""

from __future__ import annotations

from typing import Any

from mdm.app import Application
from mdm.cli.asking import agreed
from mdm.cli.config.files import active_system, in_use
from mdm.cli.output import out
from mdm.cli.render import pairs, table
from mdm.config.backups import Backup
from mdm.config.layers import shown_path
from mdm.core.transaction import Change
from mdm.errors import ConfigError


class Restoration:
    """The rollback to one backup, the newest unless *name* is given."""

    def __init__(self, app: Application, name: str | None) -> None:
        self.app = app
        self.backup, changes = app.migrator.plan_rollback(name)
        self.changes = [(shown_path(change.path), str(change.path), _action(change)) for change in changes]
        self.safety: Backup | None = None

    def show(self) -> None:
        """Print what it changes."""
        made_for = f", made for: {self.backup.reason}" if self.backup.reason else ""
        out(f"{self.backup.name} of {self.backup.created[:19].replace('T', ' ')}{made_for}")
        if self.changes:
            table(["file", "change"], [(shown, action) for shown, _, action in self.changes])
        else:
            out("nothing to restore: every file is as it was then")

    def carry_out(self, *, yes: bool) -> None:
        """Ask, and restore; raises `ConfigError` where the answer is no."""
        if not self.changes:
            return
        if not agreed(self.app, f"restore {self.backup.name}?", yes=yes):
            raise ConfigError("not restored; nothing was changed")
        _, _, self.safety = self.app.migrator.roll_back(self.backup.path)

    def close(self) -> None:
        """Print what was done."""
        if self.safety is None:
            return
        self.app.manager.reload()
        files = ", ".join(shown_path(place.path) for place in in_use(self.app)) or "the defaults, there is no file"
        out()
        pairs(
            [
                ("restored", self.backup.name),
                ("active", f"the {active_system(self.app)} system, from {files}"),
                ("undo", f"mdm config rollback {self.safety.name}"),
            ]
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """The rollback, planned or done, for programs."""
        return {
            "backup": str(self.backup.path),
            "executed": self.safety is not None,
            "changes": [{"path": path, "action": action} for _, path, action in self.changes],
            "safety_backup": str(self.safety.path) if self.safety else None,
            "system": active_system(self.app),
        }


def _action(change: Change) -> str:
    if change.content is None:
        return "removed"
    return "replaced" if change.path.exists() else "created"
