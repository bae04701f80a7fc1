"""Costs over sizes as curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10

from .results import NAMES, Curve, shown

STEP, HEIGHT = 90, 330  # what ten times the size is in width; the height of all costs
COLOURS = (
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"),
    *("#222222", "#ee7733", "#009988", "#997700", "#bbbbbb", "#882255"),
)


def curves(drawn: Sequence[Curve], top: float) -> Iterator[str]:
    """Yield costs of one measure over times the smallest size, both as logarithms; what is linear is dotted."""
    heading = f"{NAMES[drawn[0].measure]} at x1, x10, x100, x1000 the size; dotted is what grows with the size"
    yield text_at(4, top - 22, heading, "bold")
    costs = [log10(cost) for curve in drawn for _, cost in curve.points]
    scale = HEIGHT / max(max(costs) - min(costs), 3)  # in a narrower range all would look steep
    lowest = 0.0
    for number, curve in sorted(enumerate(drawn), key=lambda each: -each[1].points[-1][1]):
        colour, least = COLOURS[number % len(COLOURS)], curve.points[0][0]
        places = [
            (20 + STEP * log10(size / least), top + scale * (max(costs) - log10(cost))) for size, cost in curve.points
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        x, y = places[-1]
        share = min(1, (top + HEIGHT - y) / scale)  # of the step down to a tenth, as far as the plot goes
        linear = f"M{x - share * STEP:.1f} {y + share * scale:.1f}L{x:.1f} {y:.1f}"
        yield f'<path d="{linear}" stroke="{colour}" stroke-dasharray="2 3"/>'
        lowest = max(y, lowest + 15)  # one label below the other, however near the curves end
        yield f'<path d="M{x:.1f} {y:.1f}L{x + 22:.1f} {lowest - 4:.1f}" stroke="{colour}"/>'
        yield text_at(x + 26, lowest, _label(curve))


def _label(curve: Curve) -> str:
    size, cost = curve.points[-1]
    told = f"{curve.what}: {shown(cost, curve.measure)} at {size:,.0f} {curve.sizes}"
    return f"{told}, exponent {curve.exponent:.2f}{'' if curve.exponent <= curve.limit else ' (limit missed)'}"


def text_at(x: float, y: float, text: str, weight: str = "normal") -> str:
    """Return a text that can be read on top of anything; code is not marked."""
    escaped = text.replace("`", "").replace("&", "&amp;").replace("<", "&lt;")
    halo = 'stroke="white" stroke-width="3" paint-order="stroke"'
    return f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}" {halo}>{escaped}</text>'
