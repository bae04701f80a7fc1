"""The status of the cutover as one page without scripts or other files, for light and dark, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape

from mdm.app import Application
from mdm.cli.config.plots import Series, bars, steps
from mdm.cli.config.standing import criteria_cells, difference_cells, facts, flag_cells
from mdm.config.criteria import FLAG
from mdm.config.shadow import MISMATCH
from mdm.config.status import Status
from mdm.config.watching import ACCESS_LEGACY, ACCESS_NEW, FALLBACK
from mdm.core.feature_flags import FlagChange

_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_FEWEST, _MOST = 14, 90  # days in a plot

_STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --back: #fff; --card: #f6f8fa;
  --new: #0969da; --legacy: #bc7c1c; --bad: #cf222e; --good: #1a7f37; --third: #8250df; --fourth: #1b7c83; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9198a1; --line: #3d444d; --back: #0d1117;
  --card: #151b23; --new: #4493f8; --legacy: #d29922; --bad: #f85149; --good: #3fb950; --third: #ab7df8;
  --fourth: #39c5cf; } }
* { box-sizing: border-box; }
body { background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; max-width: 76rem;
  margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.when { color: var(--soft); margin: 0 0 1rem; }
.verdict { border: 1px solid var(--line); border-left: .4rem solid var(--bad); border-radius: .4rem;
  padding: .6rem 1rem; background: var(--card); font-weight: 600; }
.verdict.yes { border-left-color: var(--good); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 600; white-space: nowrap; width: 9rem; }
td:last-child { overflow-wrap: anywhere; min-width: 8rem; }
time { white-space: nowrap; }
td.yes { color: var(--good); font-weight: 600; }
td.no { color: var(--bad); font-weight: 600; }
code { font: .9em ui-monospace, monospace; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: .4rem; padding: .8rem; background: var(--card);
  break-inside: avoid; }
figcaption { font-weight: 600; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0 1rem; margin: .2rem 0 .4rem; padding: 0;
  font-size: .85rem; color: var(--soft); }
.legend li::before { content: ""; display: inline-block; width: .7em; height: .7em; border-radius: .15em;
  margin-right: .4em; background: var(--colour); }
.new { --colour: var(--new); } .legacy { --colour: var(--legacy); } .bad { --colour: var(--bad); }
.third { --colour: var(--third); } .fourth { --colour: var(--fourth); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 14px system-ui, sans-serif; }
svg rect { fill: var(--colour); }
svg polyline { fill: none; stroke: var(--colour); stroke-width: 2; stroke-dasharray: 5 2; }
svg polyline.new { stroke-width: 3; stroke-dasharray: none; }
svg .grid { stroke: var(--line); }
"""


def page(app: Application, status: Status, now: datetime) -> str:
    """Return the page; secrets are masked in it as everywhere."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cutover of the MDM configuration</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Cutover of the configuration</h1>
<p class="when">as of {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC</p>
<p class="verdict {"yes" if status.safe else "no"}">{_verdict(status)}</p>
<div class="wide">{_pairs(facts(status))}</div>
<h2>Over time</h2>
<div class="plots">
{_plots(status, now.astimezone(UTC).date())}
</div>
<h2>Safe to finish?</h2>
<div class="wide">{_table(("condition", "met", "why"), criteria_cells(status))}</div>
{_differences(status)}
<h2>Flags</h2>
<div class="wide">{_table(("flag", "value", "reason", "from"), [flag_cells(app, flag) for flag in status.flags])}</div>
</body>
</html>
"""


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
    rows = _table(("setting", "legacy", "new"), difference_cells(status))
    return f'<h2>Differences now</h2>\n<div class="wide">{rows}</div>'


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{_text(text)}</td></tr>" for name, text in rows)
    return f"<table><tbody>{cells}</tbody></table>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    return f'<td class="{text}">{text}</td>' if text in ("yes", "no") else f"<td>{_text(text)}</td>"


def _text(text: str) -> str:
    """Return *text* for the page, its dates kept together."""
    return _DATE.sub(r"<time>\g<0></time>", escape(text))
