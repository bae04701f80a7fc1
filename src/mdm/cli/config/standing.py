"""How the cutover stands, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mdm.app import Application
from mdm.cli.config.findings import count
from mdm.cli.output import out, text_of
from mdm.cli.render import heading, pairs, table
from mdm.config.criteria import Window
from mdm.config.differing import NOT_SET
from mdm.config.layers import shown_path
from mdm.config.shadow import MISMATCH
from mdm.config.status import Status, status_of
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
)
from mdm.core.feature_flags import FlagDetails


def status_here(app: Application, window: Window) -> Status:
    """Return how the cutover of this installation stands."""
    return status_of(app.manager, app.migrator, window)


def show(app: Application, status: Status) -> None:
    """Print the status for people: the facts, the flags, what speaks against finishing."""
    pairs(list(facts(status)))
    out()
    heading("flags")
    table(["flag", "value", "reason", "from"], [flag_cells(app, flag) for flag in status.flags])
    if status.differences:
        out()
        heading("differences")
        table(["setting", "legacy", "new"], list(difference_cells(status)))
    out()
    heading(f"safe to finish: {'yes' if status.safe else 'no'}")
    table(["condition", "met", "why"], list(criteria_cells(status)))
    for criterion in status.criteria:
        if not criterion.met and criterion.hint:
            out(f"  hint: {criterion.hint}")


def facts(status: Status) -> Iterator[tuple[str, str]]:
    """Yield names with what is to be said of each."""
    yield "active", active(status)
    for problem in status.problems:
        yield "refused", str(problem)
    yield "migrated", _moment(status.migrated) or "not yet"
    yield "last backup", f"{status.backup.name} ({status.backup.reason or 'by hand'})" if status.backup else "none"
    new, legacy = status.counted[ACCESS_NEW], status.counted[ACCESS_LEGACY]
    yield "accesses", f"{new.total:,} new, {legacy.total:,} legacy"
    now = status.incomparable if status.differences is None else f"{len(status.differences)} now"
    yield "mismatches", f"{now}; {_counted(status.counted[MISMATCH])}"
    yield "fallbacks", _counted(status.counted[FALLBACK])
    yield "parts", _parts(status)
    here = ", ".join(variable.name for variable in status.variables) or "none here"
    yield "deprecated", f"{here}; {_counted(status.counted[DEPRECATED])}"


def _parts(status: Status) -> str:
    new, legacy, fallen, different = (
        f"{status.counted[name].total:,}" for name in (ROUTE_NEW, ROUTE_LEGACY, ROUTE_FALLBACK, ROUTE_MISMATCH)
    )
    return f"{new} calls of new ones, {legacy} of legacy ones; {fallen} fallbacks, {different} mismatches"


def active(status: Status) -> str:
    """Return which system answers, and from which files."""
    if status.active is None:
        return "none: the configuration cannot be read"
    files = ", ".join(map(shown_path, status.active.files)) or "the defaults, there is no file"
    why = ", because the new configuration is refused" if status.fell_back else ""
    return f"the {status.active.system} system, from {files}{why}"


def flag_cells(app: Application, flag: FlagDetails) -> tuple[str, str, str, str]:
    """Return one flag as a row of text."""
    home = str(app.home)
    source = shown_path(app.manager.flags.path) if flag.source.startswith(home) else flag.source
    return flag.name, text_of(flag.value), flag.reason, source


def difference_cells(status: Status) -> Iterator[tuple[str, str, str]]:
    """Yield the present differences as rows of text."""
    for found in status.differences or ():
        yield found.key, _shown(found.one), _shown(found.other)


def criteria_cells(status: Status) -> Iterator[tuple[str, str, str]]:
    """Yield the conditions as rows of text."""
    for criterion in status.criteria:
        yield criterion.name, "yes" if criterion.met else "no", criterion.why


def as_json(status: Status) -> dict[str, Any]:
    """Return the status for programs."""
    answering = status.active
    return {
        "active": {
            "system": answering.system if answering else None,
            "files": list(map(str, answering.files)) if answering else [],
            "fell_back": status.fell_back,
        },
        "problems": [{"message": p.message, "where": p.where, "hint": p.hint} for p in status.problems],
        "flags": {
            flag.name: {"value": flag.value, "reason": flag.reason, "source": flag.source} for flag in status.flags
        },
        "migrated": status.migrated or None,
        "backup": str(status.backup.path) if status.backup else None,
        "differences": None
        if status.differences is None
        else [{"key": key, "legacy": one, "new": other} for key, one, other in difference_cells(status)],
        "deprecated": [variable.name for variable in status.variables],
        "counted": {name: _packed(found) for name, found in status.counted.items()},
        "window": {"since": str(status.window.since) if status.window.since else None},
        "safe_to_finish": status.safe,
        "criteria": [
            {"name": c.name, "met": c.met, "why": c.why, "hint": c.hint, "essential": c.essential}
            for c in status.criteria
        ],
    }


def _packed(found: Counted) -> dict[str, Any]:
    return {
        "total": found.total,
        "days": {str(day): number for day, number in found.days.items()},
        "last": {label: str(day) for label, day in found.last.items() if label},
    }


def _counted(found: Counted) -> str:
    return f"{count(found.total, 'time')} so far, last on {found.last_day}" if found.total else "never counted"


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")


def _shown(value: Any) -> str:
    return "(not set)" if value is NOT_SET else text_of(value) or "(empty)"
