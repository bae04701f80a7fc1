"""What is kept and shown of comparisons: JSON lines, a summary, a page. Secrets are masked in all of them."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Mapping, Set
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from mdm.core.files import make_folder
from mdm.core.masking import MASK, is_secret_name, mask_text
from mdm.errors import FileError, Problem
from mdm.testing.differences import fields_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mdm.testing.comparison import ComparisonResult

_LONGEST: Final = 500  # characters of a value that are shown
_SEPARATORS = re.compile(r"[.\[\]{}'\"]+")

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comparison of two implementations</title>
<style>
:root {{ color-scheme: light dark; --good: #1a7f37; --bad: #b42318; --line: #d0d7de; }}
@media (prefers-color-scheme: dark) {{ :root {{ --good: #3fb950; --bad: #ff7b72; --line: #444c56; }} }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
code {{ overflow-wrap: anywhere; white-space: pre-wrap; }}
.passed {{ color: var(--good); }}
.failed {{ color: var(--bad); }}
</style>
</head>
<body>
<h1>Comparison of two implementations</h1>
<p>{summary}</p>
<table>
<thead><tr><th>test</th><th>outcome</th><th>old</th><th>new</th><th>time</th><th>memory</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{details}
</body>
</html>
"""


def record(result: ComparisonResult, when: datetime) -> dict[str, Any]:
    """Return what is kept of a result; results themselves only where they differ."""
    return {
        "test_name": result.test_name,
        "passed": result.passed,
        "when": when.isoformat(timespec="seconds"),
        "differences": [
            {"path": _place(each.path), "old": shown(each.old, each.path), "new": shown(each.new, each.path)}
            for each in result.differences
        ],
        "old_error": result.old_error and shown(result.old_error),
        "new_error": result.new_error and shown(result.new_error),
        "compare_error": result.compare_error and shown(result.compare_error),
        "old_duration": result.old_duration,
        "new_duration": result.new_duration,
        "performance_delta": result.performance_delta,
        "memory_delta": result.memory_delta,
    }


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Add one line to the file, in one write, so that several processes may keep results in the same file."""
    line = (json.dumps(entry) + "\n").encode()
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = (error.strerror or "the system refuses").lower()
        raise FileError(Problem(f"cannot keep the result: {reason}", where=str(path))) from error


def summary(results: Sequence[ComparisonResult]) -> dict[str, Any]:
    """Return the numbers over all results; the mean is none when no run could be timed."""
    failed = [result.test_name for result in results if not result.passed]
    deltas = [result.performance_delta for result in results if result.performance_delta is not None]
    return {
        "total": len(results),
        "passed": len(results) - len(failed),
        "failed": len(failed),
        "failed_tests": failed,
        "mean_performance_delta": fmean(deltas) if deltas else None,
    }


def page(results: Sequence[ComparisonResult]) -> str:
    """Return one page without scripts that reads in light and dark."""
    numbers = summary(results)
    mean = _signed(numbers["mean_performance_delta"], " %")
    text = f"{numbers['passed']} of {numbers['total']} passed; the new one takes {mean} time on average"
    details = "\n".join(_details(result) for result in results if not result.passed)
    return _PAGE.format(summary=html.escape(text), rows="\n".join(map(_row, results)), details=details)


def shown(value: object, path: str = "") -> str:
    """Return a value as text for a report: shortened, and masked when it, or a part of it, has a secret's name."""
    if _is_secret(path):
        return MASK
    try:
        error = isinstance(value, BaseException)
        text = f"{type(value).__name__}: {value}" if error else repr(_masked(value, ()))
    except Exception:  # noqa: BLE001 (a repr may raise anything)
        text = f"<{type(value).__name__}>"
    text = mask_text(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(text)} characters)"


def _place(path: str) -> str:
    """Return the path as it is shown: items of a set are part of it, and those may be secret."""
    return f"{path.partition('{')[0]}{{{MASK}}}" if "{" in path and _is_secret(path) else mask_text(path)


def _is_secret(path: str) -> bool:
    return any(is_secret_name(name) for name in (path, *_SEPARATORS.split(path)))


def _masked(value: Any, above: tuple[int, ...]) -> Any:
    if id(value) in above:
        return "..."
    inside = (*above, id(value))
    match fields_of(value):
        case Mapping() as tree:
            return {key: MASK if is_secret_name(str(key)) else _masked(tree[key], inside) for key in tree}
        case list() | tuple() as items:
            masked = (_masked(item, inside) for item in items)
            return list(masked) if isinstance(items, list) else tuple(masked)
        case Set() as items:
            return set(items)
        case plain:
            return plain


def _row(result: ComparisonResult) -> str:
    outcome = "passed" if result.passed else "failed"
    numbers = (
        f"{result.old_duration * 1000:.3f} ms",
        f"{result.new_duration * 1000:.3f} ms",
        _signed(result.performance_delta, " %"),
        _signed(result.memory_delta, " bytes"),
    )
    cells = "".join(f'<td class="number">{html.escape(text)}</td>' for text in numbers)
    return f'<tr><td>{html.escape(result.test_name)}</td><td class="{outcome}">{outcome}</td>{cells}</tr>'


def _details(result: ComparisonResult) -> str:
    lines = [f"<h2>{html.escape(result.test_name)}</h2>"]
    if result.compare_error is not None:
        lines.append(f"<p>the comparison failed: <code>{html.escape(shown(result.compare_error))}</code></p>")
    lines.append("<table><thead><tr><th>place</th><th>old</th><th>new</th></tr></thead><tbody>")
    for each in result.differences:
        texts = (_place(each.path) or "(all)", shown(each.old, each.path), shown(each.new, each.path))
        lines.append("<tr>" + "".join(f"<td><code>{html.escape(text)}</code></td>" for text in texts) + "</tr>")
    return "\n".join([*lines, "</tbody></table>"])


def _signed(value: float | None, unit: str) -> str:
    return "not measured" if value is None else f"{value:+,.1f}{unit}".replace(".0 bytes", " bytes")
