"""Commands in children of one process that has imported everything; as another user or on a terminal where asked."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.prepared import prepare

PATIENCE = 30  # seconds

RECORDED = {"MDM_LOGGING__FILE": "mdm.log", "MDM_PERFORMANCE__ENABLE_PROFILING": "true"}


@dataclass(frozen=True)
class Result:
    """What a command did; what it printed on a terminal is in *out* alone."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Order:
    """Command lines for one process: where, with which variables, and as which user (a number).

    With *terminal* the standard streams are one; with *remove_folder* the current folder is gone before they begin.
    """

    lines: Sequence[Sequence[str]]
    folder: str
    environ: Mapping[str, str] = field(repr=False)
    user: int | None = None
    terminal: bool = False
    remove_folder: bool = False


class Server:
    """A process that runs commands in children of its own; one for all tests of a worker."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", "from tests.secrets.running import serve; serve()"]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, order: Order) -> list[Result]:
        """Run the command lines, one after another in one child, up to the first that does not come back."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(order)) + "\n")
        self.process.stdin.flush()
        return [Result(*found) for found in json.loads(self.process.stdout.readline())]

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def serve() -> None:
    """Run what is asked for, a line each, until there is no more."""
    sys.path[:] = filter(None, sys.path)  # not the current folder, which may be gone
    prepare(variables=RECORDED)
    for line in sys.stdin:
        order = Order(**json.loads(line))
        found = _on_terminal(order) if order.terminal else _on_files(order)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def _on_files(order: Order) -> list[tuple[int, str, str]]:
    """Return code and texts of every command; the last code is the child's own where it came to an early end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as ends:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            _be_child(order, lambda code: _note_end(code, ends))
        end = _ended(child)
        ends.seek(0)
        marks = [tuple(map(int, line.split())) for line in ends.read().decode().splitlines()]
        marks += [(end, os.fstat(out.fileno()).st_size, os.fstat(err.fileno()).st_size)] if end else []
        return [
            (mark[0], _part(out, before[1], mark[1]), _part(err, before[2], mark[2]))
            for before, mark in zip([(0, 0, 0), *marks], marks, strict=False)
        ]


def _on_terminal(order: Order) -> list[tuple[int, str, str]]:
    child, ours = pty.fork()
    if child == 0:
        _be_child(order, os._exit)
    printed = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return [(_ended(child), printed.decode(errors="backslashreplace").replace("\r\n", "\n"), "")]


def _be_child(order: Order, tell_end: Callable[[int], None]) -> None:
    """Run the commands, tell how each ended, and end with 0; with 70 where one raised an exception."""
    try:
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
        os.chdir(order.folder)
        if order.remove_folder:
            Path(order.folder).rmdir()
        os.environ.clear()
        os.environ.update(order.environ)
        if order.user is not None:
            os.setgroups([])
            os.setgid(order.user)
            os.setuid(order.user)
        for line in order.lines:
            signal.alarm(PATIENCE)
            code = _command(list(line))
            sys.stdout.flush()
            sys.stderr.flush()
            tell_end(code)
        os._exit(0)
    except BaseException:  # noqa: BLE001 (a child must not go on as its parent)
        traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(70)


def _command(line: list[str]) -> int:
    from mdm.__main__ import main

    try:
        return main(line)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0


def _note_end(code: int, ends: IO[bytes]) -> None:
    ends.write(f"{code} {os.fstat(1).st_size} {os.fstat(2).st_size}\n".encode())
    ends.flush()


def _part(file: IO[bytes], start: int, end: int) -> str:
    return os.pread(file.fileno(), end - start, start).decode(errors="backslashreplace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody writes any more
        return b""


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
