"""How everything here is measured: all ways in turn, many times, medians.

Whatever else the machine does then strikes all ways alike: the ratio counts. A way that fails, or that needs what this
machine lacks, is left out, and said to be; the others go on.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TypeAlias

from .results import Comparison, Cost, LeftOut, Limit, Measure

Way: TypeAlias = Callable[[], Cost]
"""Does something once and returns what it cost; raises Lacking where the machine lacks what it needs."""

ROOT = Path(__file__).parents[1]
LOOK = 0.005  # seconds from one look at the memory of a process to the next


class Lacking(Exception):  # noqa: N818 (nothing is wrong)
    """This machine lacks what a way needs."""


@dataclass(frozen=True)
class Effort:
    """How much is measured: all, or, *quick*, little, to see that it works."""

    quick: bool

    def rounds(self, full: int) -> int:
        """Return how often each way is tried."""
        return max(1, full // 10) if self.quick else full

    def size(self, full: int) -> int:
        """Return how much is worked on."""
        return max(1, full // 100) if self.quick else full


def compared(
    what: str,
    ways: Mapping[str, Way],
    rounds: int,
    against: str = "",
    measures: Sequence[Measure] = ("cpu",),
    limits: Sequence[Limit] = (),
) -> Comparison:
    """Return the medians of *rounds*, in each of which every way is tried once."""
    taken: dict[str, list[Cost]] = {name: [] for name in ways}
    left_out: dict[str, LeftOut] = {}
    for _ in range(rounds):
        for name in [name for name in ways if name not in left_out]:
            try:
                taken[name].append(ways[name]())
            except Exception as error:  # noqa: BLE001 (one way that fails must not end the others)
                reason = _reason(error)
                lacks = isinstance(error, Lacking | ModuleNotFoundError) or reason.startswith("ModuleNotFoundError")
                left_out[name] = LeftOut(name, reason, not lacks)
    costs = {name: _medians(each, measures) for name, each in taken.items() if name not in left_out}
    return Comparison(what, costs, rounds, against, measures, limits, list(left_out.values()))


def _medians(costs: Sequence[Cost], measures: Sequence[Measure]) -> Cost:
    return {measure: median(cost[measure] for cost in costs) for measure in measures if measure in costs[0]}


def _reason(error: Exception) -> str:
    """Return the line that says why: of a process the last one of its traceback, or its error above the hint."""
    text = str(error)
    if isinstance(error, subprocess.CalledProcessError) and error.stderr:
        lines = [line for line in error.stderr.splitlines() if line and not line.startswith("  hint")]
        text = lines[-1] if lines else text
    return (text.splitlines() or [type(error).__name__])[0].replace(str(Path.cwd()), "...")


def calls(function: Callable[[], object], number: int = 1) -> Way:
    """Return what calls *function* and gives the time of one call."""

    def way() -> Cost:
        begun, spent = perf_counter(), process_time()
        for _ in range(number):
            function()
        return {"cpu": (process_time() - spent) / number, "wall": (perf_counter() - begun) / number}

    return way


def process(command: Sequence[str], **variables: str) -> Way:
    """Return what runs *command*, with these variables and no others, and gives its time and that of its children."""

    def way() -> Cost:
        environ = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
        begun, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            subprocess.run(command, env=environ, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise Lacking(f"the command {Path(command[0]).name} is not installed") from error
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return {"cpu": cpu, "wall": perf_counter() - begun}

    return way


def python(code: str, **variables: str) -> Way:
    """Return what runs *code* in a Python of its own."""
    return process([sys.executable, "-c", code], **variables)


def job(function: Callable[..., object], *arguments: object, imports: Sequence[str] = ()) -> Way:
    """Return what calls *function* of a module with *arguments* (JSON) in a process of its own.

    It gives time and peak of memory, above what they are after *imports*: those of others count.
    """
    what = [function.__module__, function.__name__, json.dumps(imports), json.dumps(arguments, default=str)]
    command = [sys.executable, "-m", "benchmarks.job", *what]

    def way() -> Cost:
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=environ, stdout=pipe, stderr=pipe, text=True) as running:
            out, error, most = _watched(running)
        if running.returncode:
            raise subprocess.CalledProcessError(running.returncode, command, out, error)
        found = json.loads(out.splitlines()[-1])
        if "lacks" in found:
            raise Lacking(found["lacks"])
        memory: Cost = {"memory": most - found.pop("held")} if most else {}
        return {"cpu": found["cpu"], "wall": found["wall"], **memory}

    return way


def _watched(running: subprocess.Popen[str]) -> tuple[str, str, int]:
    """Return what a process prints, and the most memory that it had, seen from outside: nothing in it can hide it."""
    most = 0
    while True:
        try:
            return *running.communicate(timeout=LOOK), most
        except subprocess.TimeoutExpired:
            most = max(most, allocated(str(running.pid)))


def allocated(process: str) -> int:
    """Return the bytes that a process has allocated, without pages of files, which the system can take back."""
    try:
        lines = Path("/proc", process, "status").read_text().splitlines()
    except OSError:  # it has just ended, or this is not Linux
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem"))) * 1024


def in_new_folder(make: Callable[[Path], Way]) -> Way:
    """Return a way that is made for an empty folder of its own each time."""

    def way() -> Cost:
        with tempfile.TemporaryDirectory(prefix="mdm-bench-") as folder:
            return make(Path(folder))()

    return way


def lacking(reason: str) -> Way:
    """Return a way that is left out for *reason*."""

    def way() -> Cost:
        raise Lacking(reason)

    return way
