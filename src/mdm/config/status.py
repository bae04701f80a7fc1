"""How far the cutover is, and whether it is safe to finish it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from mdm.config.backups import Backup, list_backups
from mdm.config.criteria import FLAG, Criterion, Window, judge
from mdm.config.deprecated import VariableFound
from mdm.config.differing import Difference
from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import LABEL, ConfigurationMigrator
from mdm.config.shadow import MISMATCH, found_between
from mdm.config.systems import MIGRATE, NEW, Active
from mdm.config.watching import (
    ACCESS_LEGACY,
    ACCESS_NEW,
    DEPRECATED,
    FALLBACK,
    ROUTE_FALLBACK,
    ROUTE_LEGACY,
    ROUTE_MISMATCH,
    ROUTE_NEW,
    Counted,
    counted,
)
from mdm.core.feature_flags import FlagChange, FlagDetails
from mdm.errors import MdmError, Problem

_COUNTED = (
    *(ACCESS_NEW, ACCESS_LEGACY, FALLBACK, DEPRECATED),
    *(ROUTE_NEW, ROUTE_LEGACY, ROUTE_FALLBACK, ROUTE_MISMATCH),
)


@dataclass(frozen=True, slots=True)
class Status:
    """How the cutover of one installation stands.

    *active* is what answers now, none where nothing can, with the *problems* of the new configuration; *differences*
    are those between the legacy system (one) and the new one (other) now, none where they cannot be compared and
    *incomparable* says why. *counted* goes by the name of the metric.
    """

    window: Window
    active: Active | None
    problems: tuple[Problem, ...]
    differences: tuple[Difference, ...] | None
    incomparable: str
    flags: tuple[FlagDetails, ...]
    changes: tuple[FlagChange, ...]
    backup: Backup | None
    migrated: str
    variables: tuple[VariableFound, ...]
    counted: dict[str, Counted] = field(default_factory=dict)
    criteria: tuple[Criterion, ...] = ()

    @property
    def fell_back(self) -> bool:
        """Whether the legacy system answers because the new configuration cannot."""
        return self.active is not None and any(notice.kind == "fallback" for notice in self.active.notices)

    @property
    def safe(self) -> bool:
        """Whether it is safe to finish."""
        return all(criterion.met for criterion in self.criteria)


def status_of(manager: ConfigurationManager, migrator: ConfigurationMigrator, window: Window) -> Status:
    """Return how the cutover stands; nothing is written."""
    flags = manager.flags
    new, problems = _load(manager, NEW)
    active = _answer(manager)
    differences, incomparable = _compare(manager, new)
    backups = [backup for backup in list_backups(migrator.backup_dir) if not backup.problems]
    status = Status(
        window,
        active,
        problems,
        differences,
        incomparable,
        tuple(map(flags.explain, flags.all())),
        flags.history(),
        backups[0] if backups else None,
        _migrated(backups, flags.history(FLAG)),
        tuple(v for v in migrator.analyse().variables if (v.new or v.problems) and v.name in manager.around.environ),
        {name: counted(manager.metrics, name) for name in _COUNTED}
        | {MISMATCH: counted(manager.metrics, MISMATCH, without=window.accepted)},
    )
    return replace(status, criteria=tuple(judge(status, manager, new)))


def _load(manager: ConfigurationManager, system: str) -> tuple[Active | None, tuple[Problem, ...]]:
    try:
        return manager.load(system), ()
    except MdmError as error:
        return None, error.problems


def _answer(manager: ConfigurationManager) -> Active | None:
    try:
        return manager.load_with_fallback()
    except MdmError:
        return None


def _compare(manager: ConfigurationManager, new: Active | None) -> tuple[tuple[Difference, ...] | None, str]:
    if new is None:
        return None, "the new configuration cannot be read"
    try:
        other = manager.load_other(NEW)
    except MdmError as error:
        return None, str(error.problems[0])
    if other is None:
        return None, "there are no legacy files to compare with"
    return tuple(found_between(new, other)), ""


def _migrated(backups: list[Backup], history: tuple[FlagChange, ...]) -> str:
    """Return when the last migration was made (ISO 8601), empty where none was."""
    made = [backup.created for backup in backups if backup.reason == LABEL]
    made += [change.when for change in history if change.who == MIGRATE]
    return max(made, key=datetime.fromisoformat, default="")
