"""The status of the cutover as one page without scripts or other files, for light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from mdm.app import Application
from mdm.cli.config.plots import Series, bars, steps
from mdm.cli.config.standing import criteria_cells, difference_cells, facts, flag_cells
from mdm.cli.pages import Cell, document, pairs, table, text
from mdm.config.criteria import FLAG
from mdm.config.shadow import MISMATCH
from mdm.config.status import Status
from mdm.config.watching import ACCESS_LEGACY, ACCESS_NEW, FALLBACK
from mdm.core.feature_flags import FlagChange

_FEWEST, _MOST = 14, 90  # days in a plot

_STYLE = """
.verdict { border: 1px solid var(--line); border-left: .4rem solid var(--bad); border-radius: .4rem;
  padding: .6rem 1rem; background: var(--card); font-weight: 600; }
.verdict.yes { border-left-color: var(--good); }
tbody th { width: 9rem; }
td:last-child { overflow-wrap: anywhere; min-width: 8rem; }
td.yes { color: var(--good); font-weight: 600; }
td.no { color: var(--bad); font-weight: 600; }
svg polyline { fill: none; stroke: var(--colour); stroke-width: 2; stroke-dasharray: 5 2; }
svg polyline.new { stroke-width: 3; stroke-dasharray: none; }
"""


def page(app: Application, status: Status, now: datetime) -> str:
    """Return the page; secrets are masked in it as everywhere."""
    body = f"""<p class="verdict {"yes" if status.safe else "no"}">{_verdict(status)}</p>
{pairs(facts(status))}
<h2>Over time</h2>
<div class="plots">
{_plots(status, now.astimezone(UTC).date())}
</div>
<h2>Safe to finish?</h2>
{table(("condition", "met", "why"), map(_met, criteria_cells(status)))}
{_differences(status)}
<h2>Flags</h2>
{table(("flag", "value", "reason", "from"), [map(text, flag_cells(app, flag)) for flag in status.flags])}"""
    return document("Cutover of the configuration", now, body, _STYLE)


def _verdict(status: Status) -> str:
    if status.safe:
        return "It is safe to finish: mdm config finalize --execute"
    missing = sum(not criterion.met for criterion in status.criteria)
    return f"It is not safe to finish yet: {missing} of {len(status.criteria)} conditions are not met"


def _plots(status: Status, today: date) -> str:
    days = _days(status, today)
    counted = status.counted
    return "\n".join(
        (
            bars(
                "Accesses a day",
                days,
                [
                    Series("new system", "new", counted[ACCESS_NEW].days),
                    Series("legacy system", "legacy", counted[ACCESS_LEGACY].days),
                ],
            ),
            bars(
                "Mismatches and fallbacks a day",
                days,
                [
                    Series("mismatches", "bad", counted[MISMATCH].days),
                    Series("fallbacks", "legacy", counted[FALLBACK].days),
                ],
            ),
            steps("Rollout", days, _rollouts(status, days)),
        )
    )


def _days(status: Status, today: date) -> list[date]:
    """Return the days of the plots: from the first of which something is known, within limits."""
    known = [day for found in status.counted.values() for day in found.days]
    known += [_day_of(change) for change in status.changes]
    count = min(max((today - min(known, default=today)).days + 1, _FEWEST), _MOST)
    return [today - timedelta(count - 1 - number) for number in range(count)]


def _rollouts(status: Status, days: Sequence[date]) -> list[Series]:
    """Return the percentages over time, by the history of the flags; the flag of the configuration is 0 or 100."""
    names = (
        (FLAG, "configuration", "new"),
        ("backend_rollout_percentage", "backend", "legacy"),
        ("registrar_rollout_percentage", "registrar", "third"),
        ("features_rollout_percentage", "features", "fourth"),
    )
    found = {flag: [change for change in status.changes if change.name == flag] for flag, _, _ in names}
    return [
        Series(name, style, _over_time(found[flag], days[0]))
        for flag, name, style in names
        if found[flag] or flag == FLAG
    ]


def _over_time(changes: Iterable[FlagChange], first: date) -> dict[date, float]:
    values: dict[date, float] = {}
    for change in changes:
        percentage = 100.0 * change.new if isinstance(change.new, bool) else float(change.new)
        values[max(_day_of(change), first)] = percentage
    return values


def _day_of(change: FlagChange) -> date:
    return datetime.fromisoformat(change.when).astimezone(UTC).date()


def _differences(status: Status) -> str:
    if not status.differences:
        return ""
    rows = [map(text, cells) for cells in difference_cells(status)]
    return f"<h2>Differences now</h2>\n{table(('setting', 'legacy', 'new'), rows)}"


def _met(cells: Sequence[str]) -> list[Cell | str]:
    return [Cell(cell, cell) if cell in {"yes", "no"} else text(cell) for cell in cells]
