"""The command as a process, in a home folder of its own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .forking import Server

LEGACY = """\
# what a user of 1.x has
database:
  backend: duckdb
  postgresql:
    password: hunter2  # not to be shown
batch_size: 500
api:
  token: tok-123
  port: 8080
log_level: debug
"""


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Home:
    """A scratch home: *folder* is ``~/.mdm``, *here* the current folder of the commands."""

    folder: Path
    here: Path
    server: Server

    @property
    def file(self) -> Path:
        return self.folder / "mdm.yaml"

    def write(self, text: str, name: str = "mdm.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def environ(self, **variables: str) -> dict[str, str]:
        """An environment without anything of the tester's that the program reads."""
        return {"HOME": str(self.folder.parent), "PATH": os.environ["PATH"], "COLUMNS": "100", **variables}

    def run(self, *arguments: str, **variables: str) -> Result:
        """Run ``mdm`` without a terminal."""
        code = self.server.run(arguments, self.here, self.environ(**variables))
        out, err = ((self.here.parent / name).read_bytes().decode() for name in ("out", "err"))
        return Result(code, out, err)

    def python(self, *arguments: str, **variables: str) -> Result:
        """Run a Python of its own."""
        command = [sys.executable, *arguments]
        environ = self.environ(**variables)
        done = subprocess.run(
            command, cwd=self.here, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, *arguments: str, **variables: str) -> Result:
        """Run ``mdm`` and expect that it is done."""
        result = self.run(*arguments, **variables)
        assert result.code == 0, result.err
        return result

    def on_terminal(self, *arguments: str, answers: str = "", **variables: str) -> Result:
        """Run ``mdm`` on a terminal of its own, with *answers* typed ahead; everything printed is in ``out``."""
        ours, theirs = pty.openpty()
        environ = self.environ(TERM="xterm-256color", **variables)
        command = [sys.executable, "-m", "mdm", *arguments]
        process = subprocess.Popen(command, cwd=self.here, env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        os.write(ours, answers.encode())
        printed = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return Result(process.wait(60), printed.decode().replace("\r\n", "\n"), "")

    def files(self) -> dict[str, bytes]:
        """Every file below the user's home with its content."""
        top = self.folder.parent
        return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody writes any more
        return b""


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """What runs the commands."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    """An empty home."""
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "user").mkdir()
    return Home(tmp_path / "user" / ".mdm", here, server)


@pytest.fixture
def legacy_home(home: Home) -> Home:
    """A home as a user of 1.x has it."""
    home.write(LEGACY, "config.yaml")
    return home
