"""Runs two implementations side by side, and says whether they do the same and which is faster."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from mdm.core.files import write_atomic
from mdm.testing import report
from mdm.testing.differences import MISSING, Difference, differences
from mdm.testing.runs import Run, run_both

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["MISSING", "ComparisonResult", "ComparisonTester", "Difference", "differences"]


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """What two implementations did with the same arguments.

    Durations are seconds, the median of the timed runs. *performance_delta* is in percent of the old duration,
    positive when the new implementation is slower; none when one of them failed or took no measurable time.
    *memory_delta* is the new one's peak of Python memory less the old one's, in bytes (what libraries allocate beside
    Python does not show). *compare_error* is what the comparison itself raised.
    """

    test_name: str
    passed: bool
    old_result: Any = field(repr=False)  # may hold secrets
    new_result: Any = field(repr=False)
    old_error: BaseException | None = field(repr=False)
    new_error: BaseException | None = field(repr=False)
    differences: tuple[Difference, ...] = field(repr=False)
    old_duration: float
    new_duration: float
    performance_delta: float | None
    memory_delta: int | None
    compare_error: Exception | None = field(default=None, repr=False)


class ComparisonTester:
    """Compares implementations and keeps the results: in ``results``, and as JSON lines in *results_file*."""

    def __init__(self, results_file: Path | None = None) -> None:
        self.results_file = results_file
        self.results: list[ComparisonResult] = []

    def compare(  # noqa: PLR0913, PLR0917 (the public contract)
        self,
        test_name: str,
        old_impl: Callable[..., Any],
        new_impl: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        compare_func: Callable[[Any, Any], object] | None = None,
        repeat: int = 1,
    ) -> ComparisonResult:
        """Call both *repeat* times in turn, each time with copies of the arguments of its own, and compare.

        The first run of each gives the results and the memory, the others the durations; a single run gives both, so
        its durations hold what tracing memory costs. *compare_func*, when given, says whether two results are equal;
        it is not asked when an implementation raised. FileError when the result cannot be kept in the file.
        """
        old, new = run_both(old_impl, new_impl, args, kwargs or {}, max(repeat, 1))
        result = _result(test_name, old, new, compare_func)
        self.results.append(result)
        if self.results_file is not None:
            report.append(self.results_file, report.record(result, datetime.now(UTC)))
        return result

    def summary(self) -> dict[str, Any]:
        """Return ``total``, ``passed``, ``failed``, ``failed_tests`` (names), ``mean_performance_delta`` (percent)."""
        return report.summary(self.results)

    def to_html(self, path: Path) -> None:
        """Write all results as one page that needs no other file; FileError when it cannot be written."""
        write_atomic(path, report.page(self.results).encode("utf-8", "backslashreplace"), make_folders=True)


def _result(
    name: str, old: list[Run], new: list[Run], compare_func: Callable[[Any, Any], object] | None
) -> ComparisonResult:
    first, other = old[0], new[0]
    compare_error: Exception | None = None
    try:
        found = _compare(first, other, compare_func)
    except Exception as error:  # noqa: BLE001 (results compare by code of their own, which may raise anything)
        found, compare_error = (), error
    before, after = _duration(old), _duration(new)
    failed = first.error is not None or other.error is not None
    return ComparisonResult(
        test_name=name,
        passed=not found and compare_error is None,
        old_result=first.result,
        new_result=other.result,
        old_error=first.error,
        new_error=other.error,
        differences=found,
        old_duration=before,
        new_duration=after,
        performance_delta=None if failed or before <= 0 else (after / before - 1) * 100,
        memory_delta=None if first.memory is None or other.memory is None else other.memory - first.memory,
        compare_error=compare_error,
    )


def _compare(old: Run, new: Run, compare_func: Callable[[Any, Any], object] | None) -> tuple[Difference, ...]:
    if old.error is None and new.error is None:
        if compare_func is None:
            return differences(old.result, new.result)
        return () if compare_func(old.result, new.result) else (Difference("", old.result, new.result),)
    if type(old.error) is type(new.error) and not differences(_args(old), _args(new)):
        return ()
    return (Difference("", old.error or old.result, new.error or new.result),)


def _args(run: Run) -> tuple[object, ...]:
    return run.error.args if run.error else ()


def _duration(runs: list[Run]) -> float:
    return median(run.seconds for run in (runs[1:] or runs))
