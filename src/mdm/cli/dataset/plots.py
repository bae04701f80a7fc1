"""Plots of one column as inline SVG: how numbers and dates are spread, or the most frequent values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mdm.cli.dataset.cells import cut, number
from mdm.cli.pages import figure, round_up, safe
from mdm.core.printable import escape

if TYPE_CHECKING:
    from mdm.dataset.statistics import ColumnStatistics

_WIDTH, _HEIGHT = 460, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 8, 10, 28
_NAMES, _COUNTS, _ROW = 190, 76, 28  # the room for the values, for how often they are there, and of one bar


def plot(column: ColumnStatistics) -> str:
    """Return the plot that suits *column*; a sentence where there is nothing to plot."""
    said = f'<p class="soft">{safe(_said(column))}</p>'
    if column.histogram:
        return figure(column.name, said, (_WIDTH, _HEIGHT), _spread(column))
    if column.top:
        return figure(column.name, said, (_WIDTH, _ROW * len(column.top)), _frequent(column))
    return f"<figure><figcaption>{safe(column.name)}</figcaption>{said}</figure>"


def _said(column: ColumnStatistics) -> str:
    rows = column.count + column.missing
    if not column.count:
        return "no value, all are missing" if rows else "no row"
    missing = f", {100 * column.missing / rows:.1f} % missing" if column.missing else ""
    if column.distinct == 1:
        return f"one value{missing}"
    different = "all different" if column.distinct == column.count else f"{column.distinct:,} different"
    return f"{column.count:,} values, {different}{missing}"


def _spread(column: ColumnStatistics) -> Iterator[str]:
    """Yield a bar for each interval from the least value to the largest."""
    top = round_up(max(column.histogram))
    for share in (0, 0.5, 1):
        y = _y(top * share, top)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(top * share)}</text>'
    step = (_WIDTH - _LEFT - _RIGHT) / len(column.histogram)
    for place, count in enumerate(column.histogram):
        if count:
            x, y = _LEFT + place * step + step * 0.06, _y(count, top)
            size = f'width="{step * 0.88:.1f}" height="{_y(0, top) - y:.1f}"'
            yield f'<rect class="new" x="{x:.1f}" y="{y:.1f}" {size}><title>{count:,}</title></rect>'
    low, high = _ends(column)
    yield f'<text x="{_LEFT}" y="{_HEIGHT - 6}">{safe(low)}</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end">{safe(high)}</text>'


def _frequent(column: ColumnStatistics) -> Iterator[str]:
    """Yield a bar for each of the most frequent values, as long as the value is frequent."""
    most = column.top[0][1]
    room = _WIDTH - _NAMES - _COUNTS
    for place, (value, count) in enumerate(column.top):
        y, width = place * _ROW, max(1.0, room * count / most)
        name = escape(cut(value))
        yield f'<text x="{_NAMES - 8}" y="{y + 19}" text-anchor="end"{_squeezed(name)}>{safe(name)}</text>'
        yield f'<rect class="new" x="{_NAMES}" y="{y + 5}" width="{width:.1f}" height="{_ROW - 10}">'
        yield f"<title>{count:,}</title></rect>"
        yield f'<text x="{_NAMES + width + 6:.1f}" y="{y + 19}">{_short(count)}</text>'


def _ends(column: ColumnStatistics) -> tuple[str, str]:
    """Return the least value and the largest of the plot, as far as they are known."""
    low, high = (column.aggregates.get(name) for name in ("min", "max"))
    return _end(low, "least"), _end(high, "largest")


def _end(value: Any, otherwise: str) -> str:
    match value:
        case None:
            return otherwise
        case int() | float():
            return number(value) if math.isfinite(value) else f"{otherwise} finite"
        case _:
            return str(value)[:19]


def _short(count: float) -> str:
    """Return a count in at most six characters: ``25``, ``12,500``, ``2.5M``."""
    if count < 1e5:
        return f"{count:,.10g}"
    size, unit = (1e9, "G") if count >= 1e9 else (1e6, "M") if count >= 1e6 else (1e3, "k")
    return f"{count / size:.3g}{unit}"


def _squeezed(text: str) -> str:
    """Return the attribute that makes a text fit its room, where it may be too long for that."""
    width = sum(14 if character > "\u1100" or character in "MW@%mw" else 9 for character in text)
    return f' textLength="{_NAMES - 8}" lengthAdjust="spacingAndGlyphs"' if width > _NAMES - 8 else ""


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)
