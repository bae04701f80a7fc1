"""The end of the cutover from its plan to the last word: shown, asked about, carried out."""

from __future__ import annotations

from typing import Any

from mdm.app import Application
from mdm.cli.asking import agreed
from mdm.cli.config.standing import criteria_cells
from mdm.cli.output import out
from mdm.cli.render import heading, pairs, table
from mdm.cli.reporting import tell_recovered, warn
from mdm.config.criteria import Window
from mdm.config.finalizing import FLAGS_OF_PARTS, Ending, Finished, finish, plan_ending
from mdm.config.layers import shown_path
from mdm.errors import ConfigError, MigrationError


class Finalization:
    """One end of the cutover; what must have been well since when is in *window*."""

    def __init__(self, app: Application, window: Window, *, force: bool) -> None:
        self.app = app
        self.window = window
        self.force = force
        self.ending = plan_ending(app.manager, app.migrator, window, force=force)
        self.done: Finished | None = None

    def show(self) -> None:
        """Print the conditions and what would be changed."""
        if not self.ending.changes:
            out("nothing to do: the cutover is finished")
            return
        heading("conditions")
        table(["condition", "met", "why"], list(criteria_cells(self.ending.status)))
        out()
        heading("changes")
        rows = [(shown_path(path), "archived in a backup, then removed") for path in self.ending.removed]
        flags = f"on: {', '.join(FLAGS_OF_PARTS)}"
        rows += [(shown_path(c.path), flags) for c in self.ending.changes if c.content is not None]
        table(["file", "change"], [*rows, *((shown_path(path), "stays: not in the home") for path in self.ending.left)])

    def carry_out(self, *, yes: bool) -> None:
        """Ask, and write; raises `MigrationError` where it is not safe, `ConfigError` where the answer is no."""
        if not self.ending.changes:
            return
        if self.ending.hindrances:
            raise MigrationError(*self.ending.hindrances)
        if not agreed(self.app, f"remove {len(self.ending.removed)} legacy files?", yes=yes):
            raise ConfigError("not finished; nothing was changed")
        self.done = finish(
            self.app.manager, self.app.migrator, self.window, force=self.force, confirm=self._is_as_shown
        )
        tell_recovered(self.done.recovered)

    def close(self) -> None:
        """Print what was done, or how to do it."""
        if self.done is not None and self.done.backup is not None:
            out()
            pairs(
                [
                    ("removed", ", ".join(map(shown_path, self.ending.removed)) or "no file"),
                    ("archived", shown_path(self.done.backup.path)),
                    ("undo", "mdm config rollback"),
                ]
            )
        elif self.ending.changes:
            self._close_dry_run()

    @property
    def as_json(self) -> dict[str, Any]:
        """The plan, or what was done, for programs."""
        done = self.done
        return {
            "executed": done is not None and done.backup is not None,
            "safe_to_finish": self.ending.status.safe,
            "hindrances": [{"message": p.message, "hint": p.hint} for p in self.ending.hindrances],
            "removed": list(map(str, self.ending.removed)),
            "left": list(map(str, self.ending.left)),
            "changes": [str(change.path) for change in self.ending.changes],
            "backup": str(done.backup.path) if done and done.backup else None,
        }

    def _close_dry_run(self) -> None:
        out()
        for hindrance in self.ending.hindrances:
            warn(str(hindrance), hindrance.hint)
        if self.ending.hindrances:
            out("would stop: it is not safe yet")
        else:
            out("dry run: nothing was written; 'mdm config finalize --execute' does it")

    def _is_as_shown(self, ending: Ending) -> bool:
        if [change.path for change in ending.changes] != [change.path for change in self.ending.changes]:
            raise ConfigError("the files were changed meanwhile; nothing was written")
        return True
