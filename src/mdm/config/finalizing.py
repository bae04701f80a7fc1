"""The end of the cutover: the legacy files go into a last backup, and the new system answers for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mdm.config.backups import Backup
from mdm.config.criteria import FLAG, Window
from mdm.config.legacy_files import legacy_files
from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.selection import CONFIG_FILE
from mdm.config.status import Status, status_of
from mdm.core.files import read_bytes
from mdm.core.locks import locked_folder
from mdm.core.transaction import Change, commit, recover
from mdm.errors import ConfigError, MigrationError, Problem

LABEL = "finalize"

FLAGS_OF_PARTS: Final = (FLAG, "use_new_backend", "use_new_registrar", "use_new_features")
"""What is on for good when the cutover has ended: a flag for each part that has two implementations."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What finishing does: *removed* files of the home, *changes* of all files; *left* files are not ours to remove.

    *hindrances* are the criteria that are not met and not passed over. Where there is nothing to do, there are no
    changes.
    """

    status: Status
    removed: tuple[Path, ...]
    left: tuple[Path, ...]
    changes: tuple[Change, ...]
    hindrances: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """What was done: the plan, the last backup (none where there was nothing to do), what had to be finished first."""

    ending: Ending
    backup: Backup | None = None
    recovered: str | None = None


def plan_ending(
    manager: ConfigurationManager, migrator: ConfigurationMigrator, window: Window, *, force: bool = False
) -> Ending:
    """Return what finishing would do; nothing is written. With *force* only the essential criteria count."""
    status = status_of(manager, migrator, window)
    around = migrator.around
    found = [path for path in legacy_files(around.home, around.folder, around.environ) if path.is_file()]
    in_use = status.active.files if status.active else ()
    removed = tuple(path for path in found if path.parent == around.home and path.name != CONFIG_FILE)
    left = tuple(path for path in found if path.parent != around.home and path not in in_use)
    flags = manager.flags
    before = read_bytes(flags.path) if flags.path.exists() else b""
    after = before
    for name in FLAGS_OF_PARTS:
        after = flags.planned(name, True, who="mdm config finalize", content=after)
    changes = [Change(path, None) for path in removed]
    if after != before:
        changes.append(Change(flags.path, after))
    hindrances = [c for c in status.criteria if not c.met and (c.essential or not force)] if changes else []
    problems = tuple(Problem(f"{c.name}: no, {c.why}", hint=c.hint) for c in hindrances)
    return Ending(status, removed, left, tuple(changes), problems)


def finish(
    manager: ConfigurationManager,
    migrator: ConfigurationMigrator,
    window: Window,
    *,
    force: bool = False,
    confirm: Callable[[Ending], bool] | None = None,
) -> Finished:
    """End the cutover, as one transaction after a last backup; `ConfigurationMigrator.rollback` takes it back.

    *confirm* is asked with the plan before anything is written. Raises `MigrationError` with every criterion that is
    not met; nothing was changed then.
    """
    recovered = recover(migrator.home)
    with locked_folder(migrator.home):
        ending = plan_ending(manager, migrator, window, force=force)
        if not ending.changes:
            return Finished(ending, None, recovered)
        if ending.hindrances:
            raise MigrationError(*ending.hindrances)
        if confirm is not None and not confirm(ending):
            raise ConfigError("not finished; nothing was changed")
        backup = migrator.back_up(LABEL)
        commit(ending.changes, folder=migrator.home, label=LABEL)
    manager.reload()
    return Finished(ending, backup, recovered)
