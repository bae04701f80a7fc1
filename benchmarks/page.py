"""The page of performance: its tables and plots are those of the results, its words are written by hand.

``python -m benchmarks.page`` writes them anew, as each benchmark does in its end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from . import plots, tables
from .measure import ROOT
from .results import Result, read

RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "assets" / "performance"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def update() -> None:
    """Write tables and plots of what was measured last."""
    results = read(RESULTS)
    PLOTS.mkdir(parents=True, exist_ok=True)
    for subject, result in results.items():
        (PLOTS / f"{subject}.svg").write_text(plots.plot(result))
    PAGE.write_text(rendered(PAGE.read_text(), results))


def rendered(page: str, results: Mapping[str, Result]) -> str:
    """Return the text of *page* with the tables of *results* between its marks."""

    def table(found: re.Match[str]) -> str:
        begin, subject, end = found.groups()
        if subject not in results:
            return found[0]
        lines = [
            "",
            *tables.of_result(results[subject]),
            "",
            f"![{subject}]({Path(PLOTS.parent.name, PLOTS.name)}/{subject}.svg)",
            "",
        ]
        return begin + "\n".join(lines) + "\n" + end

    return _TABLE.sub(table, page)


if __name__ == "__main__":
    update()
