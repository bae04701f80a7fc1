"""A home folder, a current folder and an environment of their own for every test."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Home:
    """A scratch home: *folder* is ``~/.mdm``, *here* the current folder."""

    folder: Path
    here: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def file(self) -> Path:
        return self.folder / "mdm.yaml"

    def write(self, text: str, name: str = "mdm.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def setenv(self, **variables: str) -> None:
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def files(self) -> dict[str, bytes]:
        """Every file below the home folder with its content."""
        found = (path for path in self.folder.parent.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder.parent)): path.read_bytes() for path in found}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in os.environ:
        if name.upper().startswith("MDM_"):
            monkeypatch.delenv(name)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(here)
    return Home(tmp_path / "user" / ".mdm", here, monkeypatch)
