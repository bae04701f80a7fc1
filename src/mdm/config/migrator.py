"""The migration from the legacy files to the new one, and the way back."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdm.config.analysis import Analysis, analyse, shown
from mdm.config.answering import Load
from mdm.config.backups import FOLDER, Backup, create_backup, find_backup, plan_restore
from mdm.config.documents import parse_document
from mdm.config.json_schema import SCHEMA_FILE, schema_text
from mdm.config.leaves import Leaf
from mdm.config.legacy import LegacyReading, leaves_of
from mdm.config.loading import in_order
from mdm.config.models import MDMConfig
from mdm.config.outcomes import CONFLICT, INVALID, KEPT, Outcome, Translation, identical
from mdm.config.plan import DEFAULTS, Options, Plan, config_of, differences, make_plan
from mdm.config.saving import holds_secret
from mdm.config.selection import Surroundings, legacy_of
from mdm.config.systems import MIGRATE
from mdm.config.translation import translate
from mdm.core.feature_flags import FeatureFlags
from mdm.core.files import read_bytes
from mdm.core.locks import locked_folder
from mdm.core.log import log
from mdm.core.transaction import Change, commit, recover
from mdm.errors import ConfigError, InvalidConfigError, MdmError, MigrationError, Problem

LABEL = "migration"


@dataclass(frozen=True, slots=True)
class Done:
    """What a migration has done: its plan, the backup it made, and what it had to finish first."""

    plan: Plan
    backup: Backup | None = None
    recovered: str | None = None


class ConfigurationMigrator:
    """Analyses, migrates and rolls back the configuration in *home*, the folder ``~/.mdm`` unless another is given."""

    def __init__(self, home: str | os.PathLike[str] | None = None, *, surroundings: Surroundings | None = None) -> None:
        around = surroundings or Surroundings.of_process()
        if home is not None:
            around = Surroundings({**around.environ, "MDM_HOME_DIR": str(home)}, around.folder)
        self.around = around
        self.home = around.home
        self.backup_dir: Path = self.home / FOLDER
        """Where backups are made and looked for."""
        self._read: LegacyReading | None = None

    # Analysis and plan ----------------------------------------------------------------------------------------------

    def analyse(self) -> Analysis:
        """Return what lies here; nothing is written."""
        reading = self._read = self._reading()
        try:
            tree = self._load_old_configs()
        finally:
            self._read = None
        leaves = reading.leaves if identical(tree, reading.tree) else tuple(leaves_of(tree))
        return analyse(MDMConfig.schema(), self.around, reading, leaves)

    def plan(self, options: Options = DEFAULTS) -> Plan:
        """Return what a migration will do; nothing is written. Raises `InvalidConfigError` for files it cannot read."""
        analysis = self.analyse()
        if analysis.problems:
            raise InvalidConfigError(*analysis.problems)
        return make_plan(analysis, self.around.environ, options)

    def apply(
        self, options: Options = DEFAULTS, *, backup: bool = True, confirm: Callable[[Plan], bool] | None = None
    ) -> Done:
        """Migrate, as one transaction; where there is nothing to do, nothing is written.

        *confirm* is asked with the plan before anything is written. Raises `InvalidConfigError` with the values that
        the new schema refuses, and `MigrationError` where the result is not what it should be; then all is as before.
        """
        recovered = recover(self.home)
        with locked_folder(self.home):
            plan = self.plan(options)
            if plan.after is None:
                return Done(plan, None, recovered)
            _refuse_invalid(plan, options)
            self._check(plan.after, plan)
            if confirm is not None and not confirm(plan):
                raise ConfigError("not migrated: nothing was changed")
            made = self.back_up(LABEL) if backup else None
            undo = _undo(plan, self._flags())
            commit(self._changes(plan), folder=self.home, label=LABEL)
            self._read_back(plan, undo)
        self._count(plan)
        settings = len(plan.analysis.outcomes)
        log("INFO", "migrated {settings} settings into {file}", settings=settings, file=plan.target)
        return Done(plan, made, recovered)

    def roll_back(self, backup: str | os.PathLike[str] | None = None) -> tuple[Backup, tuple[Change, ...], Backup]:
        """Restore a backup, the newest one unless named, as one transaction.

        Return it, the changes, and the safety backup of what was there before.

        Raises `BackupError` where it is damaged or foreign; nothing was changed then.
        """
        recover(self.home)
        with locked_folder(self.home):
            chosen, changes = self.plan_rollback(backup)
            safety = self.back_up("before rollback")
            commit(changes, folder=self.home, label="rollback")
        return chosen, changes, safety

    def plan_rollback(self, backup: str | os.PathLike[str] | None = None) -> tuple[Backup, tuple[Change, ...]]:
        """Return the backup that would be restored and what that changes; nothing is written."""
        chosen = find_backup(self.backup_dir, os.fspath(backup) if backup is not None else None)
        return chosen, plan_restore(chosen, self.home)

    # The interface of the specification -----------------------------------------------------------------------------

    def analyze_current_config(self) -> dict[str, Any]:
        """Return ``files_found``, ``settings_count``, ``env_vars_found``, ``conflicts`` and ``warnings``."""
        analysis = self.analyse()
        warnings = [*map(str, analysis.notices), *map(str, analysis.problems)]
        warnings += [f"{o.leaf.origin}: {o.detail}" for o in analysis.of(INVALID)]
        warnings += map(str, analysis.refused_variables)
        return {
            "files_found": [str(file.path) for file in analysis.files],
            "settings_count": len(analysis.outcomes),
            "env_vars_found": {variable.name: [name for name, _ in variable.new] for variable in analysis.variables},
            "conflicts": [_issue(outcome) for outcome in analysis.of(CONFLICT)],
            "warnings": warnings,
        }

    def backup_current_config(self) -> Path:
        """Make a backup and return its folder."""
        return self.back_up("").path

    def migrate_to_new_format(self) -> tuple[MDMConfig, list[str]]:
        """Return the new configuration that the legacy settings make, and what is to be said; nothing is written.

        Where the new schema refuses a value the default stands in for it.
        """
        plan = make_plan(self.analyse(), self.around.environ, Options(keep_invalid=True))
        text = plan.after if plan.after is not None else plan.before or ""
        issues = [_issue(o) for status in (INVALID, CONFLICT, KEPT) for o in plan.analysis.of(status)]
        return config_of(text, plan.target, self.around.environ), issues

    def validate_migration(self, old_config: Mapping[str, Any], new_config: MDMConfig) -> list[str]:
        """Return where *new_config* means something else than the legacy dictionary *old_config*."""
        translation = self._translate(tuple(leaves_of(old_config)))
        refused = [f"{outcome.leaf.key}: {outcome.detail}" for outcome in translation.of(INVALID)]
        return refused + differences(translation, new_config)

    def perform_migration(self, dry_run: bool = True) -> dict[str, Any]:
        """Migrate, or with *dry_run* only tell what a migration would do.

        Return ``success``, ``backup_path``, ``issues``, ``validation_errors`` and ``migration_log``.
        """
        result: dict[str, Any] = {
            "success": False,
            "backup_path": None,
            "issues": [],
            "validation_errors": [],
            "migration_log": [],
        }
        try:
            plan = self.plan()
            result["issues"] = [_issue(o) for status in (INVALID, CONFLICT, KEPT) for o in plan.analysis.of(status)]
            _refuse_invalid(plan, DEFAULTS)
            if not dry_run:
                done = self.apply()
                result["backup_path"] = str(done.backup.path) if done.backup else None
        except MdmError as error:
            result["validation_errors"] = [str(problem) for problem in error.problems]
            result["migration_log"].append("not migrated: nothing was changed")
            return result
        result["success"] = True
        result["migration_log"] = _log(plan)
        if dry_run:
            result["migration_log"].append("dry run: nothing was written")
        elif plan.after is not None:
            result["migration_log"].append(f"written: {plan.target}")
        return result

    def rollback(self, backup: str | os.PathLike[str] | None = None) -> bool:
        """Restore a backup, the newest one unless named; errors as for `roll_back`."""
        self.roll_back(backup)
        return True

    def _load_old_configs(self) -> dict[str, Any]:
        """Return the merged legacy dictionary of the files; another function can be put in its place."""
        return (self._read or self._reading()).tree

    # Parts ----------------------------------------------------------------------------------------------------------

    def _reading(self) -> LegacyReading:
        return legacy_of(MDMConfig.schema(), self.around)

    def _translate(self, leaves: tuple[Leaf, ...]) -> Translation:
        return translate(MDMConfig.schema(), leaves, self.around.environ)

    def back_up(self, reason: str) -> Backup:
        """Make a backup for a *reason*, and return it."""
        made = create_backup(
            self.home,
            environ=self.around.environ,
            now=datetime.now(UTC).astimezone(),
            folder=self.backup_dir,
            reason=reason,
        )
        log("INFO", "backup {backup}: {reason}", backup=made.name, reason=reason or "asked for")
        return made

    def _flags(self) -> FeatureFlags:
        return FeatureFlags(self.home / "feature_flags.json", self.around.environ)

    def _changes(self, plan: Plan) -> list[Change]:
        assert plan.after is not None
        document = parse_document(plan.after, plan.target)
        mode = 0o600 if holds_secret(document, MDMConfig.schema()) else None
        flags = self._flags()
        return [
            Change(plan.target, plan.after.encode(), mode),
            Change(plan.target.with_name(SCHEMA_FILE), schema_text().encode()),
            Change(flags.path, flags.planned("use_new_config", True, who=MIGRATE)),
        ]

    def _count(self, plan: Plan) -> None:
        """Add what became of the settings to the metrics of the home that was migrated."""
        from mdm.core.metrics import FILE_NAME, MetricsCollector

        flags = self._flags()
        flags.configured = Load(self.around, flags).configured_flags
        metrics = MetricsCollector(self.home / FILE_NAME, enabled=lambda: flags.get("enable_performance_tracking"))
        outcomes = Counter(outcome.status for outcome in plan.analysis.outcomes)
        for status, count in outcomes.items():
            metrics.increment("config.migration.settings", count, outcome=status)
        taken_over = outcomes.total() - outcomes[INVALID]
        metrics.gauge("config.migration.success_rate", taken_over / outcomes.total() if outcomes else 1.0)
        metrics.flush()

    def _check(self, text: str, plan: Plan) -> None:
        """Compare what *text* means with what the legacy reader gave; raises `MigrationError`."""
        different = differences(plan.translation, config_of(text, plan.target, self.around.environ))
        if different:
            raise MigrationError(*(Problem(line, str(plan.target)) for line in different))

    def _read_back(self, plan: Plan, undo: list[Change]) -> None:
        """Check what is on the disk now; on a difference put back what was there."""
        try:
            self._check(read_bytes(plan.target).decode(), plan)
        except (MdmError, UnicodeDecodeError, FileNotFoundError) as error:
            commit(undo, folder=self.home, label="undoing of a migration")
            raise MigrationError(
                Problem(f"what was written reads differently: {error}", str(plan.target), "all is as before")
            ) from None


def refused(plan: Plan, options: Options) -> list[Problem]:
    """Return what stops a migration: the values that the new schema refuses, those of variables whatever is chosen."""
    hint = "correct it, or use --on-invalid=default, which keeps it under legacy"
    settings = [] if options.keep_invalid else plan.analysis.of(INVALID)
    return [*(Problem(o.detail, str(o.leaf.origin), hint) for o in settings), *plan.analysis.refused_variables]


def _refuse_invalid(plan: Plan, options: Options) -> None:
    if problems := refused(plan, options):
        raise InvalidConfigError(*in_order(problems))


def _undo(plan: Plan, flags: FeatureFlags) -> list[Change]:
    paths = [plan.target, plan.target.with_name(SCHEMA_FILE), flags.path]
    return [Change(path, read_bytes(path) if path.exists() else None) for path in paths]


def _issue(outcome: Outcome) -> str:
    """Return one line about a setting that does not simply reach its new key."""
    leaf = outcome.leaf
    value = shown(MDMConfig.schema(), leaf.key, leaf.visible).replace("\n", "\\n")
    what = {
        KEPT: "no counterpart; kept under legacy",
        CONFLICT: f"conflict, {outcome.detail}",
        INVALID: f"refused: {outcome.detail}",
    }
    return f"{leaf.key} = {value} ({leaf.origin}): {what[outcome.status]}"


def _log(plan: Plan) -> list[str]:
    if plan.after is None:
        return [f"nothing to do: {plan.reason}"]
    return [
        f"{outcome.leaf.key} -> {', '.join(outcome.new) or 'legacy'}: {outcome.status}"
        for outcome in plan.analysis.outcomes
    ]
