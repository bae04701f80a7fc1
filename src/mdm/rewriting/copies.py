"""Copies of the files that a rewriting changes, made in the same transaction, and the way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mdm.core.files import locked_folder, make_folder, read_bytes
from mdm.core.transaction import Change, commit
from mdm.errors import BackupError, FileError, Problem
from mdm.rewriting.rewrite import Rewriting

FOLDER = "reference_copies"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command that can be taken back: its copies, and the files as they were."""

    command: str
    folder: Path
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One file that was rewritten: where it is, the name of its copy, and the digest of what was written."""

    path: Path
    name: str
    written: str


def carry_out(rewriting: Rewriting, command: str, home: Path, now: datetime) -> Path:
    """Write all files at once, after a copy of each under the name of *command*; return the folder of the copies."""
    make_folder(home)
    with locked_folder(home):
        changes = rewriting.changes()
        folder = _free_folder(home, now)
        copies = [
            Copy(change.path.absolute(), f"{number:04}_{change.path.name}", _digest(change.content or b""))
            for number, change in enumerate(changes, 1)
        ]
        kept = [
            Change(folder / copy.name, file.source.data, 0o600)
            for copy, file in zip(copies, rewriting.changed, strict=True)
        ]
        commit(
            [Change(folder / _MANIFEST, _packed(command, copies), 0o600), *kept, *changes],
            folder=home,
            label="rewriting",
        )
    return folder


def plan_undo(command: str, home: Path) -> Run:
    """Return the newest run of *command* that was not yet taken back.

    Raises `BackupError` where there is none, or where a file is not as it was written.
    """
    folders = sorted((found.parent for found in (home / FOLDER).glob(f"*/{_MANIFEST}")), key=_age, reverse=True)
    folder = next((folder for folder in folders if _may_be_of(command, folder)), None)
    if folder is None:
        raise BackupError(Problem(f"there is no run of mdm config {command} to take back", str(home / FOLDER)))
    try:
        copies = _unpacked(read_bytes(folder / _MANIFEST))
        changes = tuple(Change(copy.path, read_bytes(folder / copy.name)) for copy in copies)
    except (ValueError, KeyError, TypeError, FileNotFoundError):
        raise BackupError(Problem("the copies are damaged; nothing was changed", str(folder))) from None
    if problems := [problem for copy in copies if (problem := _objection(copy, folder))]:
        raise BackupError(*problems)
    return Run(command, folder, changes)


def undo(command: str, home: Path) -> Run:
    """Take the newest run of *command* back, all at once; its copies stay, but are not put back again."""
    with locked_folder(home):
        run = plan_undo(command, home)
        manifest = read_bytes(run.folder / _MANIFEST)
        done = [Change(run.folder / "undone.json", manifest, 0o600), Change(run.folder / _MANIFEST, None)]
        commit([*run.changes, *done], folder=home, label="undoing of a rewriting")
    return run


def _may_be_of(command: str, folder: Path) -> bool:
    """Say whether a run was one of *command*; a manifest that does not tell is not passed over for an older one."""
    try:
        return bool(json.loads(read_bytes(folder / _MANIFEST))["command"] == command)
    except (ValueError, KeyError, TypeError):
        return True


def _objection(copy: Copy, folder: Path) -> Problem | None:
    try:
        if _digest(read_bytes(copy.path)) == copy.written:
            return None
    except (FileNotFoundError, FileError):
        pass
    told = "was changed since; nothing was put back"
    return Problem(told, str(copy.path), f"its copy is {folder / copy.name}")


def _free_folder(home: Path, now: datetime) -> Path:
    stem = home / FOLDER / f"{now:%Y%m%d_%H%M%S}"
    names = [stem, *(stem.with_name(f"{stem.name}_{number}") for number in range(2, 1000))]
    return next(folder for folder in names if not folder.exists())


def _age(folder: Path) -> tuple[str, int, str]:
    """Order ``_10`` of the same second after ``_9``."""
    return folder.name[:15], len(folder.name), folder.name


def _packed(command: str, copies: Sequence[Copy]) -> bytes:
    rows: list[dict[str, Any]] = [{"path": str(c.path), "copy": c.name, "written": c.written} for c in copies]
    return json.dumps({"command": command, "files": rows}, indent=2).encode() + b"\n"


def _unpacked(data: bytes) -> list[Copy]:
    return [Copy(Path(row["path"]), Path(row["copy"]).name, row["written"]) for row in json.loads(data)["files"]]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
