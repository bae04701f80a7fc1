"""One command, struck at its calls in every way.

``python -m tests.reliability.sweep`` does it in a process of its own, because a process that traces others had better
have one thread. It prepares itself once; every run is then a fork of it, which makes thousands of them affordable.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.prepared import prepare
from tests.reliability.calls import Call
from tests.reliability.choice import Site, covering, every
from tests.reliability.commands import COMMANDS, KEY, Command, Place, mdm
from tests.reliability.flushing import unflushed
from tests.reliability.states import (
    JOURNAL,
    State,
    backups,
    damage,
    fingerprint,
    leftovers,
    mixture,
    state_of,
    strangers,
)
from tests.reliability.tracer import TAKES_SPACE, Run, Strike, run, run_located

STRIKES: dict[str, Callable[[int], Strike]] = {
    "killed": Strike,
    "ENOSPC": lambda number: Strike(number, errno.ENOSPC),
    "EIO": lambda number: Strike(number, errno.EIO),
    "EACCES": lambda number: Strike(number, errno.EACCES),
    "disk stays full": lambda number: Strike(number, errno.ENOSPC, TAKES_SPACE),
    "disk stays dead": lambda number: Strike(number, errno.EIO, None),
}
Choose: TypeAlias = Callable[[Sequence[Site]], Iterator[tuple[str, int]]]
CHOICES: dict[str, Choose] = {"every": every, "covering": covering}
FOLDER_VARIABLE = "MDM_SWEEP_DIR"
NO_CHANGE = mdm("config", "unset", "performance.chunk_size")  # which is not set anywhere here


@dataclass(slots=True)
class Found:
    """What a sweep found: how many calls and sites there are, how many runs were struck, every bad state, the time."""

    command: str
    points: int = 0
    sites: int = 0
    runs: int = 0
    bad: list[str] = field(default_factory=list)
    seconds: float = 0.0


def sweep(name: str, choose: Choose = every) -> Found:
    """Strike the command *name* at the calls that change files, and look at what is left."""
    begun = time.monotonic()
    with _arena(COMMANDS[name]) as arena:
        found = Found(name, len(arena.calls), len(set(arena.sites)), bad=arena.problems)
        for kind, number in choose(arena.sites):
            found.runs += 1
            place = f"{kind} at call {number + 1} of {found.points}, {arena.shown(number)}"
            found.bad += [f"{place}: {problem}" for problem in arena.strike(STRIKES[kind](number))]
    found.seconds = round(time.monotonic() - begun, 1)
    return found


# What is allowed to fail ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Harmless:
    """Calls whose refusal need not be an error, and why; the result is complete all the same."""

    reason: str
    matches: Callable[[Call], bool]


_TEMPORARY = re.compile(r"/(\.mdm-transaction\.[0-9a-f]{8}|\.mdm-backup\.[0-9a-f]{8}|\.[^/]+\.tmp)(/|$)")
HARMLESS = (
    Harmless("the owner is kept as far as permitted", lambda call: call.name == "fchown"),
    Harmless(
        "a folder is flushed after the renaming: the new content is in place, and what a loss of power brings back is"
        " the old one, whole",
        lambda call: call.name == "fsync" and call.folder,
    ),
    Harmless(
        "what was put aside to be thrown away is thrown away by the next command that writes",
        lambda call: call.name in {"unlink", "unlinkat", "rmdir"} and bool(_TEMPORARY.search(call.paths[0])),
    ),
)


# One command in its home ----------------------------------------------------------------------------------------------


class _Arena:
    """A command, the home that it is run in again and again, and the states that are accepted."""

    def __init__(self, command: Command, root: Path) -> None:
        self.command = command
        self.place = Place(root)
        self._seen: set[object] = set()
        self.action = self.place.inside(command.action)
        (root / "work").mkdir()
        self.place.home.mkdir()
        accepted = command.prepare(self.place)
        self._base = root / "base"
        self.place.home.rename(self._base)
        self.lay_out()
        before = state_of(self.place.home)
        whole = run_located(self.action, self.place.home)
        self.calls = whole.calls
        self.sites: list[Site] = [(call.name, stack) for call, stack in zip(whole.calls, whole.stacks, strict=True)]
        self.after = state_of(self.place.home)
        self.accepted: list[State] = accepted or [before, self.after]
        self.problems = [f"not struck at all: {problem}" for problem in self._check_whole(whole)]

    def shown(self, number: int) -> str:
        """Return call *number* for people."""
        return str(self.calls[number]).replace(str(self.place.root), "")

    def lay_out(self) -> None:
        """Make the home anew."""
        shutil.rmtree(self.place.home, ignore_errors=True)
        shutil.copytree(self._base, self.place.home, symlinks=True)

    def strike(self, strike: Strike) -> Iterator[str]:
        """Run the command in a fresh home, struck, and yield everything that is wrong afterwards."""
        self.lay_out()
        struck = run(self.action, self.place.home, strike)
        if strike.number >= len(struck.calls):
            yield "this call was not reached again"
        elif strike.error:
            yield from self._check_message(struck, struck.calls[strike.number])
            yield from self._check_refused(struck, strike)
        elif struck.code != -signal.SIGKILL:
            yield f"exit code {struck.code} in spite of the kill"
        yield from self._check_disk()

    def _check_disk(self) -> Iterator[str]:
        home = self.place.home
        if wrong := strangers(state_of(home), self.accepted):
            yield wrong
        yield from damage(home)
        if (state := fingerprint(home)) not in self._seen:  # the same disk leads to the same: no need to see it twice
            self._seen.add(state)
            yield from self._check_next()
            yield from self._check_again()

    def _check_whole(self, whole: Run) -> Iterator[str]:
        if whole.code != 0 or "Traceback" in whole.err:
            yield f"exit code {whole.code}: {whole.err}"
        if not whole.calls:
            yield "nothing was written"
        if mixture(self.after, self.accepted):
            yield mixture(self.after, self.accepted)
        yield from unflushed(whole.calls)
        yield from damage(self.place.home)
        yield from (f"left behind: {path}" for path in leftovers(self.place.home))

    def _check_message(self, struck: Run, call: Call) -> Iterator[str]:
        """A refused command says so; or what was refused did not matter, and the result is complete."""
        if "Traceback" in struck.err or "unexpected" in struck.err:
            yield f"a traceback, or an error that nobody expected: {struck.err}"
        if struck.code == 0:
            yield from self._check_complete(struck, call)
            return
        lines = [line for line in struck.err.splitlines() if not line.startswith("warning: ")]
        if struck.code != 1 or not lines or not lines[0].startswith("error: "):
            yield f"exit code {struck.code} with {struck.err!r}"
        elif str(self.place.root) not in lines[0] and "~/" not in lines[0]:
            yield f"the error names no file: {lines[0]}"
        elif not any(line.startswith("  hint: ") for line in lines):
            yield f"the error comes without a hint: {lines}"

    def _check_refused(self, struck: Run, strike: Strike) -> Iterator[str]:
        """What was refused is undone at once, without the help of the next command, unless the error says otherwise."""
        state = state_of(self.place.home)
        once = strike.lasting == frozenset()
        if "half done" in struck.err and (self.command.recovers or not once):
            return
        if wrong := mixture(state, self.accepted, self.command.apart):
            yield wrong
        if "nothing was changed" in struck.err and state != self.accepted[0]:
            yield f"the error says that nothing was changed: {mixture(state, self.accepted[:1])}"
        if once and not struck.calls[strike.number].name.startswith(("unlink", "rmdir")):
            yield from (f"left behind: {path}" for path in leftovers(self.place.home))

    def _check_complete(self, struck: Run, call: Call) -> Iterator[str]:
        state = state_of(self.place.home)
        if self.command.recovers:
            if mixture(state, self.accepted):
                yield f"exit code 0, but {mixture(state, self.accepted)}"
        elif not any(harmless.matches(call) for harmless in HARMLESS):
            yield f"exit code 0 although {call} failed: {struck.err}"
        elif state != self.after:
            yield f"exit code 0, but not complete: {mixture(state, [self.after])}"

    def _check_next(self) -> Iterator[str]:
        """The next command works, and finishes or undoes a transaction that was begun."""
        begun = (self.place.mdm / JOURNAL).exists()
        for words in (("get", KEY), ("validate",)):
            done = run(self.place.inside(mdm("config", *words)))
            if done.code != 0 or "Traceback" in done.err:
                yield f"the next command, config {words[0]}, fails: {done.err}"
            if begun and "an interrupted " not in done.err:
                yield f"the next command does not tell of the interrupted change: {done.err!r}"
            begun = (self.place.mdm / JOURNAL).exists()
            if begun:
                yield "the next command leaves a journal"
        if wrong := mixture(state_of(self.place.home), self.accepted, self.command.apart):
            yield f"after the next command {wrong}"

    def _check_again(self) -> Iterator[str]:
        """The same command once more, or where that one only reads another that writes, ends well and clears up."""
        again = run(self.place.inside(NO_CHANGE) if self.command.recovers else self.action)
        if again.code not in self.command.again or "Traceback" in again.err:
            yield f"once more: exit code {again.code}: {again.err}"
        state = state_of(self.place.home)
        if wrong := mixture(state, self.accepted if self.command.recovers else [self.after]):
            yield f"once more: {wrong}"
        kept = self.command.kept_backups
        if kept and kept != set(backups(self.place.home)):
            yield f"once more: the backups {backups(self.place.home)} in place of {sorted(kept)}"
        yield from damage(self.place.home)
        yield from (f"left behind after the command was run once more: {path}" for path in leftovers(self.place.home))


@contextmanager
def _arena(command: Command) -> Iterator[_Arena]:
    """Yield an arena in memory, where the system has such a folder; the disk adds nothing but time."""
    memory = "/dev/shm"
    folder = os.environ.get(FOLDER_VARIABLE) or (memory if os.access(memory, os.W_OK) else None)
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix="mdm-sweep-", dir=folder)))
    try:
        yield _Arena(command, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def serve() -> None:
    """Sweep what is asked for, a line each: a command, and the choice of strikes."""
    prepare()
    for line in sys.stdin:
        name, choice = json.loads(line)
        sys.stdout.write(json.dumps(asdict(sweep(name, CHOICES[choice]))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
