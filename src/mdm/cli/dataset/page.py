"""The statistics of a dataset as one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mdm.cli.dataset.cells import OTHERS, header, numbers, others
from mdm.cli.dataset.plots import plot
from mdm.cli.dataset.showing import facts
from mdm.cli.pages import document, pairs, safe, table

if TYPE_CHECKING:
    from datetime import datetime

    from mdm.dataset.statistics import ColumnStatistics
    from mdm.storage.info import DatasetInfo

_STYLE = """
.soft { color: var(--soft); font-size: .85rem; margin: 0 0 .4rem; }
td { white-space: nowrap; font-variant-numeric: tabular-nums; }
td:first-child { font-weight: 600; white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
.facts td { white-space: normal; overflow-wrap: anywhere; font-weight: 400; }
.others td:last-child { white-space: normal; overflow-wrap: anywhere; min-width: 14rem; }
"""


def page(
    info: DatasetInfo, size: int, columns: Sequence[ColumnStatistics], aggregations: Sequence[str], now: datetime
) -> str:
    """Return the page of some *columns* of a dataset that takes *size* bytes."""
    numeric = [numbers(each, aggregations) for each in columns if each.is_numeric]
    rest = [others(each) for each in columns if not each.is_numeric]
    body = f"""<div class="facts">{pairs(facts(info, size)[1:])}</div>
<h2>How the values are spread</h2>
<div class="plots">
{"".join(map(plot, columns))}
</div>
{_section("Numbers", header(aggregations), numeric)}
{_section("Other columns", OTHERS, rest)}"""
    return document(info.name, now, body, _STYLE)


def _section(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    style = ' class="others"' if names == OTHERS else ""
    cells = [[safe(str(cell)) for cell in row] for row in rows]
    return f"<h2>{title}</h2>\n<div{style}>{table(names, cells)}</div>"
