"""How everything here is measured: all ways in turn, many times, medians, and the ratio to one of them.

Whatever else the machine does then strikes all ways alike: the ratio counts. A limit is what the ratio may be at most.
A file of this folder measures one subject and ends with ``report``; ``make bench`` runs them all. Results are written
to ``benchmarks/results``, or the folder that BENCH_RESULTS names: a JSON file and a plot (SVG) for each subject.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import log10
from pathlib import Path
from statistics import median
from time import process_time
from typing import TypeAlias

Way: TypeAlias = Callable[[], float]
"""Does something once and returns what it cost, in seconds."""

WIDTH, BAR = 720, 18
COLOURS = (
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"),
    *("#222222", "#ee7733", "#009988", "#997700", "#bbbbbb", "#882255"),
)


@dataclass(frozen=True)
class Comparison:
    """What one thing costs in several ways: *seconds* by way, *against* which the ratios are, *limits* of ratios."""

    what: str
    seconds: Mapping[str, float]
    against: str
    limits: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, way: str) -> float:
        return self.seconds[way] / self.seconds[self.against]

    def verdict(self, way: str) -> str:
        if way not in self.limits:
            return ""
        return f"limit {self.limits[way]:g}x{'' if self.ratio(way) <= self.limits[way] else ', MISSED'}"


def compared(
    what: str, ways: Mapping[str, Way], against: str, limits: Mapping[str, float] = {}, rounds: int = 7
) -> Comparison:
    """Return the medians of *rounds*, in each of which every way is tried once."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
    return Comparison(what, {name: median(times) for name, times in taken.items()}, against, limits)


def process(command: Sequence[str], **variables: str) -> Way:
    """Return what runs *command* and gives the CPU time of it and its children."""

    def way() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environ = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
        subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    return way


def python(code: str, **variables: str) -> Way:
    """Return what runs *code* in a Python of its own."""
    return process([sys.executable, "-c", code], **variables)


def calls(function: Callable[[], object], number: int = 1) -> Way:
    """Return what calls *function* and gives the CPU time of one call."""

    def way() -> float:
        begun = process_time()
        for _ in range(number):
            function()
        return (process_time() - begun) / number

    return way


def report(subject: str, comparisons: Iterable[Comparison]) -> None:
    """Print the comparisons, and write them as JSON and as a plot."""
    comparisons = list(comparisons)
    for comparison in comparisons:
        print(comparison.what)
        for way, seconds in comparison.seconds.items():
            print(f"  {way:44} {shown(seconds):>10} {comparison.ratio(way):8.2f}x  {comparison.verdict(way)}")
    write(subject, [asdict(c) for c in comparisons], bars(comparisons))


def write(subject: str, result: object, plot: str) -> None:
    """Write the result of *subject* as JSON, and its plot."""
    folder = Path(os.environ.get("BENCH_RESULTS", Path(__file__).parent / "results"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{subject}.json").write_text(json.dumps(result, indent=2) + "\n")
    (folder / f"{subject}.svg").write_text(plot)


def shown(seconds: float) -> str:
    """Return a time for people."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def bars(comparisons: Sequence[Comparison]) -> str:
    """Return a plot with a bar for each way, as long as its ratio; a red line is its limit."""
    parts, y = [], BAR
    for comparison in comparisons:
        parts.append(_text(4, y, comparison.what, weight="bold"))
        longest = max(*map(comparison.ratio, comparison.seconds), *comparison.limits.values(), 1.0)
        for way in comparison.seconds:
            y += BAR
            ratio = comparison.ratio(way)
            scale = (WIDTH - 420) / longest
            parts.append(_text(12, y, way))
            parts.append(f'<rect x="300" y="{y - 12}" width="{ratio * scale:.1f}" height="14" fill="#4477aa"/>')
            parts.append(_text(306 + ratio * scale, y, f"{ratio:.2f}x, {shown(comparison.seconds[way])}"))
            if way in comparison.limits:
                x = 300 + comparison.limits[way] * scale
                parts.append(f'<path d="M{x:.1f} {y - 14}v18" stroke="#cc3311" stroke-width="2"/>')
        y += 2 * BAR
    return _svg(y, parts)


def curves(title: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return a plot of seconds over sizes, both as logarithms; a dotted line is what grows with the size."""
    points = [point for curve in series.values() for point in curve]
    left, low = (min(log10(point[axis]) for point in points) for axis in (0, 1))
    right, high = (max(log10(point[axis]) for point in points) for axis in (0, 1))

    def place(size: float, seconds: float) -> tuple[float, float]:
        x = 20 + (WIDTH - 410) * (log10(size) - left) / (right - left)
        return x, 370 - 320 * (log10(seconds) - low) / ((high - low) or 1)

    parts, labels = [_text(4, BAR, title, weight="bold")], []
    for number, (name, curve) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in curve))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        (size, seconds), (last, end) = curve[0], curve[-1]
        (x1, y1), (x2, y2) = place(last / 10, end / 10), place(last, end)
        parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-dasharray="2 3"/>')
        labels.append((y2, f"{name}: {shown(seconds)} at {size:g}, {shown(end)} at {last:g}", colour))
    lowest = 0.0
    for y, label, colour in sorted(labels):  # one below the other, however near the curves end
        lowest = max(y, lowest + 14)
        parts.append(f'<path d="M{x2:.1f} {y:.1f}L{x2 + 22:.1f} {lowest - 4:.1f}" stroke="{colour}"/>')
        parts.append(_text(x2 + 26, lowest, label))
    return _svg(400, parts)


def _text(x: float, y: float, text: str, weight: str = "normal") -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    halo = 'stroke="white" stroke-width="3" paint-order="stroke"'
    return f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}" {halo}>{escaped}</text>'


def _svg(height: float, parts: Iterable[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"
