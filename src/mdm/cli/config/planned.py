"""A plan as rows and lines: every setting, the file before and after, the lines for variables."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from mdm.cli.config.findings import new_values, new_variables, old_value
from mdm.cli.config.hiding import without_secrets
from mdm.cli.output import text_of
from mdm.config.deprecated import VariableFound
from mdm.config.export import lines_for
from mdm.config.layers import shown_path
from mdm.config.models import MDMConfig
from mdm.config.outcomes import CONFLICT, INVALID, KEPT, STAYS, Outcome
from mdm.config.plan import Options, Plan
from mdm.config.sources import masked
from mdm.core.masking import MASK


def file_diff(plan: Plan) -> list[str]:
    """Return the unified diff of the file before and after, secrets masked."""
    if plan.after is None:
        return []
    before = without_secrets(plan.before, plan.target).splitlines() if plan.before is not None else []
    after = without_secrets(plan.after, plan.target).splitlines()
    name = shown_path(plan.target)
    old = name if plan.before is not None else "/dev/null"
    return list(difflib.unified_diff(before, after, old, name, lineterm=""))


def rows(plan: Plan, options: Options) -> list[list[str]]:
    """Return old key, value, new key and new value of every setting, secrets masked."""
    lines = [row for outcome in plan.analysis.outcomes for row in _rows_of(outcome, options)]
    for key, value in old_defaults(plan, options).items():
        text = text_of(masked(MDMConfig.schema(), key, value))
        lines.append(["(old default)", text, key, text])
    return lines


def _rows_of(outcome: Outcome, options: Options) -> list[list[str]]:
    old = [outcome.leaf.key, old_value(outcome)]
    if outcome.status == KEPT:
        return [[*old, "legacy: the same key", old[1]]]
    if outcome.status == STAYS:
        return [[*old, "(stays where it is)", old[1]]]
    if outcome.status == CONFLICT:
        return [[*old, "(conflict)", outcome.detail]]
    if outcome.status == INVALID:
        return [[*old, "legacy: the same key" if options.keep_invalid else "(refused)", outcome.detail]]
    return [[*old, key, text_of(value)] for key, value in new_values(outcome).items()] or [[*old, "", ""]]


def old_defaults(plan: Plan, options: Options) -> dict[str, Any]:
    """Return the old defaults that are written, as nobody had set them."""
    if plan.after is None or options.new_defaults:
        return {}
    return {key: value.raw for key, value in plan.translation.old_defaults.items()}


def advice(variable: VariableFound, env_format: str) -> Iterator[str]:
    """Yield what to do about a legacy variable: the lines to put in its place."""
    lines = lines_for(dict(new_variables(variable)), env_format)
    if not lines:
        yield f"{variable.name}: {variable.note or 'not needed any more'}"
        return
    note = f" ({variable.note})" if variable.note else ""
    secret = " (the mask stands for its value)" if any(MASK in line for line in lines) else ""
    yield f"in place of {variable.name}{note}{secret}:"
    yield from (f"  {line}" for line in lines)
