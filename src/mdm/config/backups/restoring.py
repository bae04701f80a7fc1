"""From a backup back to the files: checked in full first, then a plan of what differs."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from mdm.config.backups.copying import scan
from mdm.config.backups.manifest import ENVIRONMENT, MANIFEST, Backup, SavedFile, in_scope
from mdm.core.file_errors import file_error, shown
from mdm.core.files import read_bytes
from mdm.core.transaction import Change
from mdm.errors import BackupError, FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_UNLIMITED = 2**40
_HINT = "choose another one of mdm config backups list"


def verify_backup(backup: Backup) -> list[Problem]:
    """Return everything that is wrong with *backup*: damaged, missing, foreign or changed files, links, paths."""
    return _check(backup, lambda _file, _content: None)


def plan_restore(backup: Backup, home: Path) -> tuple[Change, ...]:
    """Return what makes the configuration of *home* what it was, reading only; a file that was not there is removed.

    Raises BackupError with all problems when the backup is not sound, or something at home is in the way.
    """
    changes: list[Change] = []
    blocked: list[Problem] = []

    def compare(file: SavedFile, content: bytes) -> None:
        try:
            if not _same(home / file.path, file, content):
                changes.append(Change(home / file.path, content, file.mode))
        except FileError as error:
            blocked.extend(error.problems)

    problems = _check(backup, compare)
    if problems or blocked:
        raise BackupError(*problems, *blocked)
    known = {*(file.path for file in backup.files), *backup.skipped}
    surplus = [path for path in scan(home)[0] if path not in known]
    return (*(Change(home / path, None) for path in surplus), *changes)


def _check(backup: Backup, visit: Callable[[SavedFile, bytes], None]) -> list[Problem]:
    """Check all of *backup*, and hand each sound file with its content to *visit*."""
    if backup.problems:
        return list(backup.problems)
    if outside := [file for file in backup.files if not in_scope(file.path)]:
        return [Problem("names a file that is no part of a backup", shown(file.path), _HINT) for file in outside]
    try:
        present, foreign = _present(backup.path)
    except OSError as error:
        return list(file_error(error, backup.path, "read").problems)
    stored = backup.stored()
    surplus = sorted(present - {MANIFEST, *stored})
    problems = list(foreign.values())
    problems += [Problem("is not in the manifest", shown(backup.path / name), _HINT) for name in surplus]
    for name, file in stored.items():
        if any(name == other or name.startswith(f"{other}/") for other in foreign):
            continue
        try:
            content = _content(backup.path / name, file)
        except FileError as error:
            problems.extend(error.problems)
            continue
        if name != ENVIRONMENT:
            visit(file, content)
    return problems


def _present(folder: Path) -> tuple[set[str], dict[str, Problem]]:
    """Return the regular files below *folder*, and by name a problem for every link and other thing."""
    files: set[str] = set()
    foreign: dict[str, Problem] = {}
    pending = [(os.fspath(folder), "")]
    while pending:
        place, prefix = pending.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append((entry.path, f"{prefix}{entry.name}/"))
                elif entry.is_file(follow_symlinks=False):
                    files.add(prefix + entry.name)
                else:
                    what = "a link" if entry.is_symlink() else "not a file"
                    problem = Problem(f"is {what}, which a backup never holds", shown(entry.path), _HINT)
                    foreign[prefix + entry.name] = problem
    return files, foreign


def _content(path: Path, file: SavedFile) -> bytes:
    try:
        content = read_bytes(path, limit=max(file.size, 0))
    except FileNotFoundError:
        raise FileError(Problem("is missing", shown(path), _HINT)) from None
    if len(content) != file.size or hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileError(Problem("is not what was saved, its checksum differs", shown(path), _HINT))
    return content


def _same(path: Path, file: SavedFile, content: bytes) -> bool:
    """Say whether *path* has this *content* and the mode of *file*; FileError where it is not a file."""
    try:
        info = path.stat()
        if stat.S_ISREG(info.st_mode) and (info.st_size != file.size or info.st_mode & 0o777 != file.mode):
            return False
        return read_bytes(path, limit=_UNLIMITED) == content
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise FileError(Problem("cannot be compared", shown(path), str(error))) from error
