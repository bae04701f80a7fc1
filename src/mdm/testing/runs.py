"""Calls two implementations in turn, and measures each call."""

from __future__ import annotations

import tracemalloc
from copy import deepcopy
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Run:
    """One call: its result or what it raised, seconds, and the peak of Python memory in bytes when it was measured."""

    result: Any = field(repr=False)
    error: BaseException | None
    seconds: float
    memory: int | None = None


def run_both(
    old: Callable[..., Any],
    new: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    repeat: int,
) -> tuple[list[Run], list[Run]]:
    """Call each *repeat* times with arguments of its own. Who begins changes from round to round; memory in the first.

    An exception (also SystemExit) is part of the run; an interrupt from the keyboard is not.
    """
    runs: tuple[list[Run], list[Run]] = ([], [])
    for number in range(repeat):
        sides = [(old, runs[0]), (new, runs[1])]
        for call, kept in sides if number % 2 == 0 else reversed(sides):
            run = _traced if number == 0 else _timed
            kept.append(run(call, *_copies(args, kwargs)))
    return runs


def _timed(call: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Run:
    start = perf_counter()
    try:
        result, error = call(*args, **kwargs), None
    except (Exception, SystemExit) as raised:  # noqa: BLE001 (whatever an implementation raises is what it does)
        result, error = None, raised
    return Run(result, error, perf_counter() - start)


def _traced(call: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Run:
    ours = not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        run = _timed(call, args, kwargs)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        if ours:
            tracemalloc.stop()
    return Run(run.result, run.error, run.seconds, max(peak - before, 0))


def _copies(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """Return deep copies; of a kind that has none (a lock, a connection) the value itself."""
    try:
        return deepcopy((tuple(args), dict(kwargs)))
    except Exception:  # noqa: BLE001 (a class may raise anything there)
        return tuple(map(_copy, args)), {name: _copy(value) for name, value in kwargs.items()}


def _copy(value: Any) -> Any:
    try:
        return deepcopy(value)
    except Exception:  # noqa: BLE001
        return value
