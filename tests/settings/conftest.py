"""Commands in this process, in a home of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mdm import logs
from mdm.__main__ import main
from mdm.cli import reporting


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Home:
    """A home folder with one data file, ``rows.csv``, in the current folder."""

    top: Path
    capture: pytest.CaptureFixture[str]

    @property
    def log(self) -> Path:
        return self.top / "logs" / "mdm.log"

    def run(self, command: str, **settings: str) -> Result:
        """Run ``mdm`` with these settings, a double underscore for each dot."""
        assignments = [f"--set={name.replace('__', '.')}={value}" for name, value in settings.items()]
        code = main([*assignments, *command.split()])
        told = self.capture.readouterr()
        return Result(code, told.out, told.err)

    def logged(self, command: str, **settings: str) -> list[str]:
        """Return the lines of the log file after a command that has one."""
        self.run(command, **{"logging__file": str(self.log), **settings})
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Home]:
    for name in os.environ:
        if name.upper().startswith("MDM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(reporting, "_told", set())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("number,letter\n" + "".join(f"{i},{'xyz'[i % 3]}\n" for i in range(9)))
    yield Home(tmp_path, capsys)
    logs.stop()
