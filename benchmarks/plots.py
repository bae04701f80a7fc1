"""Results as plots: bars for comparisons, curves over sizes."""

from __future__ import annotations

from collections.abc import Iterator

from .curves import HEIGHT, curves, text_at
from .results import NAMES, Comparison, Measure, Result, is_ours, shown, shown_ratio

WIDTH, LINE = 720, 18
LEFT, LONGEST = 290, 270  # of bars
OURS, THEIRS, LIMIT = "#ee6677", "#4477aa", "#cc3311"


def plot(result: Result) -> str:
    """Return the SVG of *result*: a block for each measure of each comparison, one for the curves of each measure."""
    parts: list[str] = []
    y = 0.0
    for comparison in result.comparisons:
        for measure in comparison.measures:
            parts += bars(comparison, measure, y + LINE)
            y += LINE * (len(_measured(comparison, measure)) + 2)
    for measure in NAMES:
        if of_it := [curve for curve in result.curves if curve.measure == measure]:
            parts += curves(of_it, y + 40)
            y += HEIGHT + 60
    size = f'viewBox="0 0 {WIDTH} {y + 8:g}" font-family="sans-serif" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"


def bars(comparison: Comparison, measure: Measure, y: float) -> Iterator[str]:
    """Yield a bar for each way, as long as its cost; a red line is its limit, and a bar that is too long is cut."""
    longest = _longest(comparison, measure)
    yield text_at(4, y, f"{comparison.what}: {NAMES[measure]}", weight="bold")
    for way, cost in _measured(comparison, measure).items():
        y += LINE
        length, ratio = min(cost / longest, 1) * LONGEST, comparison.ratio(way, measure)
        colour = OURS if is_ours(way) else THEIRS
        yield text_at(12, y, way)
        yield f'<rect x="{LEFT}" y="{y - 12:g}" width="{length:.1f}" height="14" fill="{colour}"/>'
        limits = [min(bound / longest, 1) * LONGEST for bound in _bounds(comparison, measure, way)]
        for x in limits:
            yield f'<path d="M{LEFT + x:.1f} {y - 14:g}v18" stroke="{LIMIT}" stroke-width="2"/>'
        told = f"{'... ' if cost > longest else ''}{shown(cost, measure)}{f', {shown_ratio(ratio)}' if ratio else ''}"
        yield text_at(LEFT + max(length, *limits, 0) + 8, y, told)


def _measured(comparison: Comparison, measure: Measure) -> dict[str, float]:
    return {way: cost[measure] for way, cost in comparison.costs.items() if measure in cost}


def _bounds(comparison: Comparison, measure: Measure, way: str) -> list[float]:
    """Return the costs that *way* may have, as far as they are known."""
    limits = [limit for limit in comparison.limits if limit.way == way and limit.measure == measure]
    return [bound for bound in map(comparison.bound, limits) if bound is not None]


def _longest(comparison: Comparison, measure: Measure) -> float:
    """Return the cost at the end of the axis: enough to see ours, their limits, and what they are compared with."""
    costs = _measured(comparison, measure)
    near = [cost for way, cost in costs.items() if is_ours(way) or way == comparison.against]
    bounds = [bound for way in costs for bound in _bounds(comparison, measure, way)]
    longest = max([*near, *bounds], default=0.0)
    return min(max([*costs.values(), longest]), 2 * longest) if longest else max(costs.values(), default=1.0)
