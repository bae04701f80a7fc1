"""Plots over days as inline SVG: bars for what was counted, steps for percentages. Colours come from the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from mdm.cli.pages import figure, round_up

_WIDTH, _HEIGHT = 460, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 8, 10, 28


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers by day under a *name*; *style* is the class that colours them."""

    name: str
    style: str
    values: Mapping[date, float]


def bars(title: str, days: Sequence[date], series: Sequence[Series]) -> str:
    """Return bars by day, the series stacked on each other."""
    top = round_up(max((sum(s.values.get(day, 0) for s in series) for day in days), default=0))
    step = (_WIDTH - _LEFT - _RIGHT) / len(days)
    drawn = []
    for number, day in enumerate(days):
        below = 0.0
        for each in series:
            value = each.values.get(day, 0)
            if value:
                x, width = _LEFT + number * step + step * 0.12, max(step * 0.76, 1)
                y, height = _y(below + value, top), _y(below, top) - _y(below + value, top)
                label = escape(f"{day}: {value:,.0f} {each.name}")
                drawn.append(
                    f'<rect class="{each.style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">'
                    f"<title>{label}</title></rect>"
                )
            below += value
    return _figure(title, days, series, top, drawn)


def steps(title: str, days: Sequence[date], series: Sequence[Series]) -> str:
    """Return lines that change by steps, from 0 to 100 percent; a day without a value is as the one before."""
    step = (_WIDTH - _LEFT - _RIGHT) / len(days)
    drawn = []
    for each in series:
        points, value = [], 0.0
        for number, day in enumerate(days):
            value = each.values.get(day, value)
            x, y = _LEFT + number * step, _y(value, 100)
            points += [f"{x:.1f},{y:.1f}", f"{x + step:.1f},{y:.1f}"]
        label = escape(f"{each.name}: now {value:.0f} %")
        drawn.append(f'<polyline class="{each.style}" points="{" ".join(points)}"><title>{label}</title></polyline>')
    return _figure(title, days, series, 100, drawn, " %")


def _figure(
    title: str, days: Sequence[date], series: Sequence[Series], top: float, drawn: list[str], unit: str = ""
) -> str:
    lines = []
    for share in (0, 0.5, 1):
        y = _y(top * share, top)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        if share != 0.5 or top > 1:
            lines.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{top * share:,.0f}{unit}</text>')
    base = _HEIGHT - 6
    lines.append(f'<text x="{_LEFT}" y="{base}">{_day(days[0])}</text>')
    lines.append(f'<text x="{_WIDTH - _RIGHT}" y="{base}" text-anchor="end">{_day(days[-1])}</text>')
    legend = "".join(f'<li class="{each.style}">{escape(each.name)}</li>' for each in series)
    return figure(title, f'<ul class="legend">{legend}</ul>', (_WIDTH, _HEIGHT), [*lines, *drawn])


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
