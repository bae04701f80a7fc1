"""Results as tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .results import NAMES, Comparison, Curve, Limit, Result, is_ours, shown, shown_ratio


def told(found: Comparison | Curve) -> str:
    """Return what is printed as soon as it is measured."""
    lines = of_comparison(found) if isinstance(found, Comparison) else of_curves([found])
    return "\n".join([*lines, ""])


def of_result(result: Result) -> Iterator[str]:
    """Yield the lines of all tables of *result*, and on which kind of machine it was measured."""
    for comparison in result.comparisons:
        yield from of_comparison(comparison)
        yield ""
    if result.curves:
        yield from of_curves(result.curves)
        yield ""
    yield f"{result.machine}; {_how(result)}." + (" A quick run: little data, few rounds." if result.quick else "")


def of_comparison(comparison: Comparison) -> Iterator[str]:
    """Yield the lines of a table with a row for each way, and a line for each that was left out."""
    yield _line([comparison.what, *(NAMES[measure] for measure in comparison.measures), "limit"])
    yield "|---" * (len(comparison.measures) + 2) + "|"
    for way in comparison.costs:
        name = f"**{way}**" if is_ours(way) else way
        limits = (_limit(comparison, limit) for limit in comparison.limits if limit.way == way)
        yield _line([name, *_costs(comparison, way), "; ".join(limits)])
    for each in comparison.left_out:
        yield _line(
            [each.way, *("" for _ in comparison.measures), f"{'failed' if each.failed else 'left out'}: {each.reason}"]
        )


def of_curves(curves: Iterable[Curve]) -> Iterator[str]:
    """Yield the lines of a table with a row for each curve."""
    yield _line(["", "size", "x1", "x10", "x100", "x1000", "exponent"])
    yield "|---" * 7 + "|"
    for curve in curves:
        costs = [shown(cost, curve.measure) for _, cost in curve.points]
        steep = f"{curve.exponent:.2f}{'' if curve.exponent <= curve.limit else f', **limit {curve.limit:g} missed**'}"
        sizes = f"{curve.points[0][0]:,.0f} to {curve.points[-1][0]:,.0f} {curve.sizes}"
        yield _line([curve.what, sizes, *costs, steep])


def _costs(comparison: Comparison, way: str) -> Iterator[str]:
    for measure in comparison.measures:
        cost, ratio = comparison.costs[way].get(measure), comparison.ratio(way, measure)
        told = "" if cost is None else shown(cost, measure)
        yield told if ratio is None else f"{told} ({shown_ratio(ratio)})"


def _limit(comparison: Comparison, limit: Limit) -> str:
    most = f"{limit.most:g}x" if limit.of else shown(limit.most, limit.measure)
    measure = f"{NAMES[limit.measure]} " if len(comparison.measures) > 1 else ""
    of = f" of {limit.of}" if limit.of and limit.of != comparison.against else ""
    return f"{measure}{most}{of}{', **missed**' if comparison.misses(limit) else ''}"


def _how(result: Result) -> str:
    rounds = sorted({comparison.rounds for comparison in result.comparisons})
    match rounds:
        case []:
            return "the least of several rounds"
        case [1]:
            return "one run"
        case [same]:
            return f"medians of {same} rounds"
    return f"medians of {rounds[0]} to {rounds[-1]} rounds"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
