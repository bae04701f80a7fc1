"""Commands as processes at a tenth of the price: children of one process that is prepared for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

from tests.prepared import LINES, prepare


class Server:
    """A process that runs commands in children of its own; one for all tests of a worker."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", "from tests.unit.cli.forking import serve; serve()"]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, arguments: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> int:
        """Run ``mdm``, or with ``-c`` a text of Python, in *folder*; what it prints is in the files ``out`` and ``err`` above it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([arguments, str(folder), dict(environ)]) + "\n")
        self.process.stdin.flush()
        code: int = json.loads(self.process.stdout.readline())
        return code

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def serve() -> None:
    """Run what is asked for, a line each, until there is no more."""
    prepare([*LINES, "dataset list"])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(*json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(arguments: list[str], folder: str, environ: dict[str, str]) -> None:
    code = 70
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        for number, name in ((1, "../out"), (2, "../err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        code = _work(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001  # whoever asked is told
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _work(arguments: list[str]) -> int:
    match arguments:
        case ["-c", text]:
            exec(compile(text, "<text>", "exec"), {"__name__": "__main__"})
            return 0
    from mdm.__main__ import main

    return main(arguments)
