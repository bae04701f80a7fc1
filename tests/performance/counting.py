"""What is counted in place of seconds."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

TraceFunction: TypeAlias = Callable[[FrameType, str, Any], Any]

SIZES = (50, 100, 200, 400)


def calls_of(action: Callable[[], object]) -> int:
    """Return how many functions, of Python and of C, are called while *action* is done."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    gc.collect()
    gc.disable()  # finalizers would be counted where they happen to run
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count


def instructions_of(action: Callable[[], object]) -> int:
    """Return how many instructions of Python's bytecode *action* takes: what is done in C counts as one call."""
    count = 0

    def step(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal count
        count += event == "opcode"
        return step

    def enter(frame: FrameType, _event: str, _argument: object) -> TraceFunction:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return step

    before = sys.gettrace()
    gc.collect()
    gc.disable()
    sys.settrace(enter)
    try:
        action()
    finally:
        sys.settrace(before)
        gc.enable()
    return count


def growth(counts: Sequence[int]) -> float:
    """Return how the last doubling compares with the first, each doubling of the size taken to cost twice the last.

    1 where what is counted is linear, about 1.1 for n log n, 2 at a square, 4 at a cube, less than 1 where it levels off.
    """
    steps = [later - earlier for earlier, later in pairwise(counts)]
    doublings = len(steps) - 1
    return float((steps[-1] / steps[0] / 2**doublings) ** (1 / doublings))


def modules_of(code: str, home: Path) -> set[str]:
    """Return the modules that a new process imports for *code*, without those of Python's own start."""
    show = "import sys; before = set(sys.modules)\n%s\nprint(*sorted(set(sys.modules) - before), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", show % code],
        cwd=home,
        env={"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())
