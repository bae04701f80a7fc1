"""Running something in a forked child, with its calls that change files counted, killed at one, or refused one."""

from __future__ import annotations

import faulthandler
import io
import os
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from tests.reliability import ptrace
from tests.reliability.calls import CHANGES, Call, Kinds, decode

Action: TypeAlias = Callable[[], int]

TAKES_SPACE = frozenset({"open", "openat", "write", "mkdir", "mkdirat", "symlink", "symlinkat", "fsync", "syncfs"})
_TELL = signal.SIGUSR1
_ALL_KINDS, _OWN_CHILDREN = 0x40000000, 0x20000000  # __WALL, __WNOTHREAD


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens at call *number*, counted from 0: the process is killed, or the call ends with *error*.

    With *lasting*, later calls end so too: all of them, or with ENOSPC those that take space.
    """

    number: int
    error: int = 0
    lasting: frozenset[str] | None = frozenset()

    def hits(self, number: int, call: Call) -> bool:
        """Say whether call *number* is struck."""
        if number == self.number:
            return True
        return number > self.number and (self.lasting is None or call.name in self.lasting)


@dataclass(slots=True)
class Run:
    """What happened: every call of the kinds that count, the exit code (negative: the signal), and what was printed.

    *stacks* says, where that was asked for, at which lines of Python each call was made.
    """

    calls: list[Call] = field(default_factory=list)
    stacks: list[str] = field(default_factory=list)
    code: int = 0
    out: str = ""
    err: str = ""


def run_located(action: Action, below: Path) -> Run:
    """Do the same as `run`, traced, and note the lines of Python at each call: a signal lets the child write them."""
    with tempfile.TemporaryFile() as stacks:

        def located() -> int:
            faulthandler.register(_TELL, stacks, all_threads=False)
            return action()

        done = run(located, below, at_call=lambda process: os.kill(process, _TELL))
        done.stacks = _content(stacks).split("Stack (most recent call first):\n")[1:]
        return done


def run(
    action: Action,
    below: Path | None = None,
    strike: Strike | None = None,
    at_call: Callable[[int], None] = lambda _process: None,
    kinds: Kinds = CHANGES,
) -> Run:
    """Run *action* in a forked child and return what happened; traced where *below* names the folder that counts."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of a test runner
            child = os.fork()
        if child == 0:
            _be_child(action, out, err, traced=below is not None)
        done = Run()
        if below is None:
            done.code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            _Trace(child, Path(os.path.realpath(below)), strike, done, at_call, kinds).follow()
        done.out, done.err = (_content(file) for file in (out, err))
        return done


def _be_child(action: Action, out: BinaryIO, err: BinaryIO, *, traced: bool) -> None:
    code = 70
    try:
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8", line_buffering=True)
        if traced:
            ptrace.offer()
        code = action()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 (it must not go on as the parent)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _content(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


class _Trace:
    """Following one child, and what it starts, from stop to stop."""

    def __init__(  # noqa: PLR0917 (all that a run was asked for)
        self,
        child: int,
        below: Path,
        strike: Strike | None,
        done: Run,
        at_call: Callable[[int], None],
        kinds: Kinds,
    ) -> None:
        self.child, self.below, self.strike, self.done, self.at_call = child, below, strike, done, at_call
        self.kinds = kinds
        self.inside: dict[int, tuple[Call, bool]] = {}  # by process: the call it is in, and whether that was struck
        self.alive = {child}

    def follow(self) -> None:
        _, status = os.waitpid(self.child, 0)
        if not os.WIFSTOPPED(status):
            raise OSError(f"the child cannot be traced: {ptrace.why_not()}")
        ptrace.set_options(self.child)
        ptrace.resume(self.child)
        while self.alive:
            process, status = os.waitpid(-1, _ALL_KINDS | _OWN_CHILDREN)
            if not os.WIFSTOPPED(status):
                self.alive.discard(process)
                if process == self.child:
                    self.done.code = os.waitstatus_to_exitcode(status)
            elif not self._stopped(process, os.WSTOPSIG(status), status >> 16):
                return

    def _stopped(self, process: int, number: int, event: int) -> bool:
        """Deal with one stop; say whether to go on."""
        new = process not in self.alive
        self.alive.add(process)
        with suppress(ProcessLookupError):  # another thread has ended the process meanwhile; its end is told later
            if number == ptrace.CALL_STOP:
                if not self._at_call(process):
                    return False
                number = 0
            elif event or (new and number == signal.SIGSTOP):
                number = 0
            ptrace.resume(process, number)
        return True

    def _at_call(self, process: int) -> bool:
        stop = ptrace.look(process)
        if stop.entry:
            call = decode(process, stop, self.below, self.kinds)
            return call is None or self._enter(process, call)
        if process in self.inside:
            call, struck = self.inside.pop(process)
            if struck and self.strike:
                ptrace.set_result(process, -self.strike.error)
            call.result = -self.strike.error if struck and self.strike else stop.result
        return True

    def _enter(self, process: int, call: Call) -> bool:
        self.done.calls.append(call)
        struck = self.strike is not None and self.strike.hits(len(self.done.calls) - 1, call)
        if struck and self.strike and not self.strike.error:
            ptrace.skip(process)
            self._kill()
            return False
        if struck:
            ptrace.skip(process)
        self.inside[process] = call, struck
        self.at_call(process)
        return True

    def _kill(self) -> None:
        for process in self.alive:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for process in self.alive:
            os.waitpid(process, _ALL_KINDS)
        self.done.code = -signal.SIGKILL
