"""A migration in words: the plan, what was done, and what is left for the user to do."""

from __future__ import annotations

import difflib
from typing import Any

from mdm.app import Application
from mdm.cli.config.files import active_system
from mdm.cli.config.findings import count, counts, new_value, new_variables, old_value, packed
from mdm.cli.config.hiding import without_secrets
from mdm.cli.output import out, out_lines, text_of
from mdm.cli.render import diff, heading, pairs, table
from mdm.cli.reporting import warn
from mdm.config.analysis import VariableFound, masked
from mdm.config.export import lines_for
from mdm.config.layers import shown_path
from mdm.config.migrator import Done
from mdm.config.models import MDMConfig
from mdm.config.plan import Options, Plan
from mdm.config.translation import CONFLICT, INVALID, KEPT, Outcome
from mdm.core.masking import MASK
from mdm.errors import ConfigError, InvalidConfigError, Problem


def show(plan: Plan, options: Options, env_format: str) -> None:
    """Print the plan: every setting, the file before and after, the variables."""
    if plan.after is None:
        out(f"nothing to do: {plan.reason}")
        return
    heading("settings")
    table(["old key", "value", "new key", "new value"], _rows(plan, options))
    out()
    heading("file")
    diff(file_diff(plan))
    if plan.analysis.variables:
        out()
        heading("environment")
        for variable in plan.analysis.variables:
            _advise(variable, env_format)


def question(plan: Plan, *, backup: bool) -> str:
    """Return what a person is asked before anything is written."""
    return f"write {shown_path(plan.target)}{'' if backup else ' WITHOUT A BACKUP'}?"


def same(shown: Plan, now: Plan) -> bool:
    """Say whether the plan that is carried out is the one that was shown; raises `ConfigError` where it is not."""
    if shown.after != now.after:
        raise ConfigError(Problem("the legacy files were changed meanwhile; nothing was written", hint="run it again"))
    return True


def refuse_invalid(plan: Plan, options: Options) -> None:
    """Raise `InvalidConfigError` with the refused values, as carrying out the plan would, but before any question."""
    if options.keep_invalid:
        return
    hint = "correct it, or use --on-invalid=default, which keeps it under legacy"
    if problems := [Problem(o.detail, str(o.leaf.origin), hint) for o in plan.analysis.of(INVALID)]:
        raise InvalidConfigError(*problems)


def close_dry_run(plan: Plan, options: Options) -> None:
    """Print what the plan comes to, and how to carry it out."""
    refused = plan.analysis.of(INVALID)
    out()
    out(counts(plan.analysis.outcomes))
    if refused and not options.keep_invalid:
        for outcome in refused:
            warn(f"{outcome.leaf.origin}: {outcome.leaf.key}: {outcome.detail}")
        out(f"would stop: {count(len(refused), 'value')} refused; correct them, or add --on-invalid=default")
    else:
        out("dry run: nothing was written; 'mdm config migrate --execute' writes it")


def close(app: Application, done: Done) -> None:
    """Print what was done."""
    app.manager.reload()
    if done.plan.after is None:
        out(f"nothing to do: {done.plan.reason}")
        return
    backup = shown_path(done.backup.path) if done.backup else "none, as you asked"
    compared = count(len(done.plan.analysis.outcomes), "setting")
    out()
    pairs(
        [
            ("backup", backup),
            ("written", shown_path(done.plan.target)),
            ("checked", f"read back and compared with the legacy files: {compared}, no difference"),
            ("active", f"the {active_system(app)} system"),
            ("undo", "mdm config rollback" if done.backup else "not possible without a backup"),
        ]
    )


def as_json(plan: Plan, options: Options, env_format: str, done: Done | None = None) -> dict[str, Any]:
    """Return a plan, or what was done, for programs."""
    outcomes = plan.analysis.outcomes if plan.after is not None else ()
    return {
        "dry_run": done is None,
        "executed": done is not None and done.plan.after is not None,
        "reason": plan.reason,
        "target": str(plan.target),
        "settings": [packed(outcome) for outcome in outcomes],
        "old_defaults": {key: new_value(key, value) for key, value in _old_defaults(plan, options).items()},
        "conflicts": [packed(outcome) for outcome in outcomes if outcome.status == CONFLICT],
        "refused": [packed(outcome) for outcome in outcomes if outcome.status == INVALID],
        "diff": "\n".join(file_diff(plan)),
        "variables": {v.name: lines_for(dict(new_variables(v)), env_format) for v in plan.analysis.variables},
        "warnings": list(map(str, plan.analysis.notices)),
        "backup": str(done.backup.path) if done and done.backup else None,
    }


def file_diff(plan: Plan) -> list[str]:
    """Return the unified diff of the file before and after, secrets masked."""
    if plan.after is None:
        return []
    before = without_secrets(plan.before, plan.target).splitlines() if plan.before is not None else []
    after = without_secrets(plan.after, plan.target).splitlines()
    name = shown_path(plan.target)
    old = name if plan.before is not None else "/dev/null"
    return list(difflib.unified_diff(before, after, old, name, lineterm=""))


def _rows(plan: Plan, options: Options) -> list[list[str]]:
    rows = [row for outcome in plan.analysis.outcomes for row in _rows_of(outcome, options)]
    for key, value in _old_defaults(plan, options).items():
        text = text_of(masked(MDMConfig.schema(), key, value))
        rows.append(["(old default)", text, key, text])
    return rows


def _rows_of(outcome: Outcome, options: Options) -> list[list[str]]:
    old = [outcome.leaf.key, old_value(outcome)]
    if outcome.status == KEPT:
        return [[*old, f"legacy.{outcome.leaf.key}", old[1]]]
    if outcome.status == CONFLICT:
        return [[*old, "(conflict)", outcome.detail]]
    if outcome.status == INVALID:
        return [[*old, f"legacy.{outcome.leaf.key}" if options.keep_invalid else "(refused)", outcome.detail]]
    return [[*old, key, text_of(new_value(key, value))] for key, value in outcome.new.items()] or [[*old, "", ""]]


def _old_defaults(plan: Plan, options: Options) -> dict[str, Any]:
    if plan.after is None or options.new_defaults:
        return {}
    return {key: value.raw for key, value in plan.translation.old_defaults.items()}


def _advise(variable: VariableFound, env_format: str) -> None:
    lines = lines_for(dict(new_variables(variable)), env_format)
    if not lines:
        out(f"{variable.name}: {variable.note or 'not needed any more'}")
        return
    note = f" ({variable.note})" if variable.note else ""
    secret = " (the mask stands for its value)" if any(MASK in line for line in lines) else ""
    out(f"in place of {variable.name}{note}{secret}:")
    out_lines(f"  {line}" for line in lines)
