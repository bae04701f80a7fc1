"""Pages that are one file: no scripts, no other files, no network; for light and dark, wide and narrow."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape as html
from math import ceil, log10

from mdm.core.printable import escape

_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")

_STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --back: #fff; --card: #f6f8fa;
  --new: #0969da; --legacy: #bc7c1c; --bad: #cf222e; --good: #1a7f37; --third: #8250df; --fourth: #1b7c83; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9198a1; --line: #3d444d; --back: #0d1117;
  --card: #151b23; --new: #4493f8; --legacy: #d29922; --bad: #f85149; --good: #3fb950; --third: #ab7df8;
  --fourth: #39c5cf; } }
* { box-sizing: border-box; }
body { background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; max-width: 76rem;
  margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.when { color: var(--soft); margin: 0 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 600; white-space: nowrap; }
time { white-space: nowrap; }
code { font: .9em ui-monospace, monospace; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: .4rem; padding: .8rem; background: var(--card);
  break-inside: avoid; min-width: 0; }
figcaption { font-weight: 600; overflow-wrap: anywhere; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0 1rem; margin: .2rem 0 .4rem; padding: 0;
  font-size: .85rem; color: var(--soft); }
.legend li::before { content: ""; display: inline-block; width: .7em; height: .7em; border-radius: .15em;
  margin-right: .4em; background: var(--colour); }
.new { --colour: var(--new); } .legacy { --colour: var(--legacy); } .bad { --colour: var(--bad); }
.third { --colour: var(--third); } .fourth { --colour: var(--fourth); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 14px system-ui, sans-serif; }
svg rect { fill: var(--colour); }
svg .grid { stroke: var(--line); }
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table with a *style*: a class of the page."""

    text: str
    style: str


def document(title: str, now: datetime, body: str, style: str = "") -> str:
    """Return a page; *body* is HTML, *style* what the page adds to the common style.

    The browser is told to run nothing and to load nothing, whatever *body* holds.
    """
    css = _STYLE + style
    known = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{known}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{safe(title)}</title>
<style>{css}</style>
</head>
<body>
<h1>{safe(title)}</h1>
<p class="when">as of {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC</p>
{body}
</body>
</html>
"""


def safe(given: str) -> str:
    """Return any text as HTML that shows it, control characters written out."""
    return html(escape(given))


def text(given: str) -> str:
    """Return any text as HTML, its dates kept together."""
    return _DATE.sub(r"<time>\g<0></time>", safe(given))


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Return names with what is to be said of each."""
    cells = "".join(f"<tr><th>{safe(name)}</th><td>{text(said)}</td></tr>" for name, said in rows)
    return f'<div class="wide"><table><tbody>{cells}</tbody></table></div>'


def table(columns: Sequence[str], rows: Iterable[Iterable[Cell | str]]) -> str:
    """Return rows of HTML under the names of their columns."""
    head = "".join(f"<th>{safe(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def figure(title: str, before: str, size: tuple[int, int], drawn: Iterable[str]) -> str:
    """Return a plot of this *size* under its *title*; *before* is HTML above it, *drawn* its parts as SVG."""
    return (
        f"<figure><figcaption>{safe(title)}</figcaption>{before}"
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{safe(title)}">{"".join(drawn)}</svg></figure>'
    )


def round_up(value: float) -> float:
    """Return the next number of the form 1, 2 or 5 times a power of ten, at least 1."""
    if value <= 1:
        return 1
    power: float = 10 ** ceil(log10(value) - 1)
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value)


def _cell(cell: Cell | str) -> str:
    return f'<td class="{cell.style}">{safe(cell.text)}</td>' if isinstance(cell, Cell) else f"<td>{cell}</td>"
