"""What an analysis found: first the story in a few lines, then what needs a decision, then every setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mdm.app import Application
from mdm.cli.output import is_terminal, out, text_of
from mdm.cli.render import heading, pairs, table
from mdm.config.analysis import Analysis, FileFound
from mdm.config.deprecated import VariableFound
from mdm.config.layers import shown_path
from mdm.config.models import MDMConfig
from mdm.config.outcomes import CONFLICT, INVALID, KEPT, MOVED, STAYS, Outcome
from mdm.config.sources import masked
from mdm.core.masking import MASK


def analysis_of(app: Application) -> Analysis:
    """Return what lies here; a file that was chosen on the command line is no variable of the user's."""
    analysis = app.migrator.analyse()
    own = tuple(variable for variable in analysis.variables if variable.name in app.around.environ)
    return replace(analysis, variables=own)


def show(analysis: Analysis, *, summary: bool) -> None:
    """Print the analysis for people."""
    out(_headline(analysis))
    _section("files", ["file", "format", "holds"], [_file_cells(file) for file in analysis.files])
    _section("refused by the new schema", ["setting", "value", "where", "reason"], _rows(analysis, INVALID))
    _section("conflicts", ["setting", "value", "where", "which wins"], _rows(analysis, CONFLICT))
    variables = [
        (v.name, ", ".join(f"{name}={text}" for name, text in new_variables(v)), v.note) for v in analysis.variables
    ]
    _section("legacy variables", ["variable", "put in its place", "note"], variables)
    if not summary:
        everything = [[*_cells(outcome), becomes(outcome)] for outcome in analysis.outcomes]
        _section("settings", ["setting", "value", "where", "becomes"], everything)
    out()
    pairs([("next", _advice(analysis))])


def as_json(analysis: Analysis) -> dict[str, Any]:
    """Return the analysis for programs."""
    return {
        "home": str(analysis.home),
        "files_found": [_packed_file(file) for file in analysis.files],
        "settings_count": len(analysis.outcomes),
        "settings": [packed(outcome) for outcome in analysis.outcomes],
        "env_vars_found": [{"name": v.name, "new": dict(new_variables(v)), "note": v.note} for v in analysis.variables],
        "conflicts": [packed(outcome) for outcome in analysis.of(CONFLICT)],
        "refused": [packed(outcome) for outcome in analysis.of(INVALID)],
        "kept": [packed(outcome) for outcome in analysis.of(KEPT)],
        "warnings": list(map(str, analysis.notices)),
        "problems": [{"message": p.message, "where": p.where, "hint": p.hint} for p in analysis.problems],
    }


def becomes(outcome: Outcome) -> str:
    """Return the new key of a setting, or why it has none."""
    match outcome.status:
        case "moved":
            return ", ".join(outcome.new) or "nothing: it says what is so already"
        case "kept":
            return "kept under legacy"
        case "stays":
            return "stays where it is"
        case "conflict":
            return f"nothing: {outcome.detail}"
        case _:
            return "refused"


def packed(outcome: Outcome) -> dict[str, Any]:
    """Return one setting for programs, secrets masked."""
    schema = MDMConfig.schema()
    return {
        "key": outcome.leaf.key,
        "value": masked(schema, outcome.leaf.key, outcome.leaf.visible),
        "source": str(outcome.leaf.origin),
        "status": outcome.status,
        "new": new_values(outcome),
        "detail": outcome.detail,
        "winner": outcome.winner.key if outcome.winner else None,
    }


def new_values(outcome: Outcome) -> dict[str, Any]:
    """Return the new values by their key as people may see them."""
    hidden = outcome.leaf.visible is MASK
    return {key: MASK if hidden else new_value(key, value) for key, value in outcome.new.items()}


def new_value(key: str, value: Any) -> Any:
    """Return a new value as people may see it."""
    schema = MDMConfig.schema()
    return masked(schema, key, schema[key].default if _is_default(value) else value)


def new_variables(variable: VariableFound) -> Iterator[tuple[str, str]]:
    """Yield the new variables that stand in place of a legacy one, with their values, secrets masked."""
    schema = MDMConfig.schema()
    for name, text in variable.new:
        setting = schema.by_env_name(name)
        yield name, text_of(masked(schema, setting.key if setting else name, text))


def old_value(outcome: Outcome) -> str:
    """Return the legacy value as text, secrets masked."""
    return text_of(masked(MDMConfig.schema(), outcome.leaf.key, outcome.leaf.visible))


def count(number: int, thing: str) -> str:
    """Return ``1 setting``, ``2 settings``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def counts(outcomes: Sequence[Outcome]) -> str:
    """Return how many settings there are, and what becomes of them."""
    parts = []
    for status, text in _COUNTS.items():
        if number := sum(outcome.status == status for outcome in outcomes):
            parts.append(f"{number} {text}")
    return f"{count(len(outcomes), 'setting')}{': ' if parts else ''}{', '.join(parts)}"


_COUNTS = {
    MOVED: "to new keys",
    KEPT: "kept under legacy",
    CONFLICT: "in conflict",
    INVALID: "refused",
    STAYS: "left where they are",
}


def _is_default(value: Any) -> bool:
    from mdm.config.rules.rule import NEW_DEFAULT

    return value is NEW_DEFAULT


def _headline(analysis: Analysis) -> str:
    if not analysis.files and not analysis.variables:
        return f"no legacy configuration in {shown_path(analysis.home)}"
    told = _migrated(analysis) if analysis.is_migrated else counts(analysis.outcomes)
    return f"{shown_path(analysis.home)}: {told}"


def _migrated(analysis: Analysis) -> str:
    """Return how many settings the legacy files still hold, and whether the new file has them all."""
    found, absent = len(analysis.outcomes), sum(notice.kind == "unread" for notice in analysis.notices)
    if not found:
        return "migrated, and nothing is left in legacy files"
    missing = f"{found - absent} migrated, {absent} not in the new file" if absent else "all migrated"
    return f"{count(found, 'setting')} in legacy files: {missing}"


def _advice(analysis: Analysis) -> str:
    if analysis.problems:
        return "correct the files with errors, then run this again"
    if not analysis.is_legacy or analysis.is_migrated:
        return "nothing to migrate; 'mdm config show' shows the configuration"
    if analysis.of(INVALID):
        return "correct the refused values, or run 'mdm config migrate --on-invalid=default'"
    if analysis.refused_variables:
        return "correct or unset the variables that are refused, then run this again"
    return "'mdm config migrate' shows what would be written"


def _section(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        out()
        heading(title)
        table(columns, rows)


def _rows(analysis: Analysis, status: str) -> list[list[str]]:
    return [[*_cells(outcome), outcome.detail] for outcome in analysis.of(status)]


def _cells(outcome: Outcome) -> list[str]:
    origin = outcome.leaf.origin
    short = f"{Path(origin.name).name}:{origin.line}" if origin.line else str(origin)
    return [outcome.leaf.key, old_value(outcome), short if is_terminal() else str(origin)]


def _file_cells(file: FileFound) -> tuple[str, str, str]:
    holds = str(file.problems[0]) if file.problems else count(file.settings, "setting")
    return shown_path(file.path), file.format, "" if file.format == "dataset" else holds


def _packed_file(file: FileFound) -> dict[str, Any]:
    problems = list(map(str, file.problems))
    return {"path": str(file.path), "format": file.format, "settings": file.settings, "problems": problems}
