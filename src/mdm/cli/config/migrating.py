"""A migration from the plan to the last word: shown, asked about, carried out."""

from __future__ import annotations

from typing import Any

from mdm.app import Application
from mdm.cli.asking import agreed, can_ask
from mdm.cli.config.files import active_system
from mdm.cli.config.findings import count, counts, new_value, new_variables, packed
from mdm.cli.config.planned import advice, file_diff, old_defaults, rows
from mdm.cli.output import out, out_lines
from mdm.cli.render import diff, heading, pairs, table
from mdm.cli.reporting import tell_recovered, warn, warn_of
from mdm.config.export import lines_for
from mdm.config.layers import shown_path
from mdm.config.migrator import Done, refused
from mdm.config.outcomes import CONFLICT, INVALID
from mdm.config.plan import Options, Plan
from mdm.config.systems import NEW
from mdm.errors import ConfigError, InvalidConfigError, Problem, UsageError


class Migration:
    """One migration; *env_format* is how lines for variables are written."""

    def __init__(self, app: Application, options: Options, env_format: str) -> None:
        self.app = app
        self.options = options
        self.env_format = env_format
        self.plan = app.migrator.plan(options)
        self.done: Done | None = None
        warn_of(self.plan.analysis.notices)

    def show(self) -> None:
        """Print the plan: every setting, the file before and after, the variables."""
        if self.plan.after is None:
            out(f"nothing to do: {self.plan.reason}")
            return
        heading("settings")
        table(["old key", "value", "new key", "new value"], rows(self.plan, self.options))
        out()
        heading("file")
        diff(file_diff(self.plan))
        if self.plan.analysis.variables:
            out()
            heading("environment")
        for variable in self.plan.analysis.variables:
            out_lines(advice(variable, self.env_format))

    def carry_out(self, *, yes: bool, backup: bool) -> None:
        """Ask, and write; raises `InvalidConfigError` for refused values, `ConfigError` where the answer is no."""
        if self.plan.after is None:
            return
        if problems := refused(self.plan, self.options):
            raise InvalidConfigError(*problems)
        if not backup and not yes and not can_ask():
            raise UsageError(Problem("a migration without a backup needs --yes", "--no-backup"))
        question = f"write {shown_path(self.plan.target)}{'' if backup else ' WITHOUT A BACKUP'}?"
        if not agreed(self.app, question, yes=yes):
            raise ConfigError("not migrated; nothing was changed")
        self.done = self.app.migrator.apply(self.options, backup=backup, confirm=self._is_as_shown)
        tell_recovered(self.done.recovered)

    def close(self) -> None:
        """Print what was done, or how to do it."""
        if self.done is not None:
            self._tell(self.done)
        elif self.plan.after is not None:
            self._close_dry_run()

    @property
    def as_json(self) -> dict[str, Any]:
        """The plan, or what was done, for programs."""
        plan, done = self.plan, self.done
        outcomes = plan.analysis.outcomes if plan.after is not None else ()
        defaults = old_defaults(plan, self.options)
        return {
            "dry_run": done is None,
            "executed": done is not None and done.plan.after is not None,
            "reason": plan.reason,
            "target": str(plan.target),
            "settings": [packed(outcome) for outcome in outcomes],
            "old_defaults": {key: new_value(key, value) for key, value in defaults.items()},
            "conflicts": [packed(outcome) for outcome in outcomes if outcome.status == CONFLICT],
            "refused": [packed(outcome) for outcome in outcomes if outcome.status == INVALID],
            "diff": "\n".join(file_diff(plan)),
            "variables": {v.name: lines_for(dict(new_variables(v)), self.env_format) for v in plan.analysis.variables},
            "warnings": list(map(str, plan.analysis.notices)),
            "backup": str(done.backup.path) if done and done.backup else None,
        }

    def _is_as_shown(self, plan: Plan) -> bool:
        if plan.after != self.plan.after:
            problem = Problem("the legacy files were changed meanwhile; nothing was written", hint="run it again")
            raise ConfigError(problem)
        return True

    def _close_dry_run(self) -> None:
        out()
        out(counts(self.plan.analysis.outcomes))
        problems = refused(self.plan, self.options)
        for problem in problems:
            warn(str(problem))
        if problems:
            of_files = len(problems) > len(self.plan.analysis.refused_variables)
            choice = ", or add --on-invalid=default" if of_files else ""
            out(f"would stop: {count(len(problems), 'value')} refused; correct them{choice}")
        else:
            out("dry run: nothing was written; 'mdm config migrate --execute' writes it")

    def _tell(self, done: Done) -> None:
        if done.plan.after is None:
            out(f"nothing to do: {done.plan.reason}")
            return
        self.app.manager.reload()
        compared = count(len(done.plan.analysis.outcomes), "setting")
        undo = "mdm config rollback" if done.backup else "not possible without a backup"
        active = active_system(self.app)
        out()
        pairs(
            [
                ("backup", shown_path(done.backup.path) if done.backup else "none, as you asked"),
                ("written", shown_path(done.plan.target)),
                ("checked", f"read back and compared with the legacy files: {compared}, no difference"),
                ("active", f"the {active} system"),
                ("undo", undo),
            ]
        )
        from mdm.cli.config.switching import obstacles

        for obstacle in obstacles(self.app, NEW, active):
            warn(*obstacle)
