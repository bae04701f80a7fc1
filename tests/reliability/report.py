"""The sweep as a table: ``python -m tests.reliability.report``; ends with 1 where there is a bad state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.reliability import ptrace
from tests.reliability.choice import KINDS
from tests.reliability.commands import COMMANDS
from tests.reliability.sweep import Found

ROOT = Path(__file__).parents[2]
LONGEST_FIRST = ("config migrate --execute", "config rollback", "config init --force", "recovery, forward")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    command: str
    points: str
    sites: str
    runs: str
    bad: str
    seconds: str


class Sweeper:
    """A process that sweeps one command after the other."""

    def __init__(self) -> None:
        line = [sys.executable, "-m", "tests.reliability.sweep"]
        self.process = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def sweep(self, name: str, choice: str = "every") -> Found:
        """Sweep the command *name* with one of the CHOICES of strikes."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, choice]) + "\n")
        self.process.stdin.flush()
        if answer := self.process.stdout.readline():
            return Found(**json.loads(answer))
        return Found(name, bad=["the sweep itself failed, as its standard error says"])

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def swept(name: str) -> Found:
    """Sweep one command, in every way, in a process of its own."""
    sweeper = Sweeper()
    try:
        return sweeper.sweep(name)
    finally:
        sweeper.close()


def sweep_all() -> list[Found]:
    """Sweep every command, as many at once as there are processors."""
    order = sorted(COMMANDS, key=lambda name: name not in LONGEST_FIRST)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(order, pool.map(swept, order), strict=True))
    return [found[name] for name in COMMANDS]


def table(found: Sequence[Found]) -> Iterator[str]:
    """Yield the lines of the table."""
    rows = [Row("command", "call points", "sites", "runs", "bad states", "seconds")]
    rows += [_row(f.command, [f]) for f in found]
    rows.append(_row("all", found))
    width = max(len(row.command) for row in rows)
    for row in rows:
        yield f"{row.command:<{width}}  {row.points:>11}  {row.sites:>5}  {row.runs:>6}  {row.bad:>10}  {row.seconds:>7}"


def main() -> int:
    """Print the table, how the calls were struck, and every bad state."""
    if reason := ptrace.why_not():
        sys.stdout.write(f"not swept: {reason}\n")
        return 0
    begun = time.monotonic()
    found = sweep_all()
    lines = [*table(found), "", f"each call: {', '.join(KINDS)}; {time.monotonic() - begun:.0f} s"]
    lines += [f"BAD {f.command}: {problem}" for f in found for problem in f.bad]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if any(f.bad for f in found) else 0


def _row(name: str, found: Sequence[Found]) -> Row:
    points, sites, runs = (
        str(sum(counts)) for counts in zip(*((f.points, f.sites, f.runs) for f in found), strict=True)
    )
    bad, seconds = sum(len(f.bad) for f in found), sum(f.seconds for f in found)
    return Row(name, points, sites, runs, str(bad), f"{seconds:.0f}")


if __name__ == "__main__":
    sys.exit(main())
