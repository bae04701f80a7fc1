"""Backups of the configuration: made whole or not at all, checked before they are used."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mdm.config.backups.copying import copy, scan
from mdm.config.backups.manifest import (
    ENVIRONMENT,
    MANIFEST,
    Backup,
    SavedFile,
    encode,
    is_backup_name,
    read_backup,
    stored_path,
)
from mdm.core.file_errors import file_error, shown
from mdm.core.files import locked_folder
from mdm.core.flush import flush, flush_all
from mdm.core.home import expand
from mdm.core.masking import MASK, is_secret_name, mask_text
from mdm.errors import BackupError, Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

FOLDER = "config_backups"
_HIDDEN = ".mdm-backup."  # then a random part: being made, or being thrown away


def create_backup(  # noqa: PLR0913 (named, and most have a default)
    home: Path,
    *,
    environ: Mapping[str, str],
    now: datetime,
    folder: Path | None = None,
    include_secrets: bool = False,
    reason: str = "",
) -> Backup:
    """Save the configuration files of *home* and the ``MDM_*`` variables in a new folder of *folder*.

    Secrets among the variables are masked unless *include_secrets*; those in the files are saved as they are. Raises
    FileError when a file cannot be read or the disk is full; there is no backup then.
    """
    folder = home / FOLDER if folder is None else folder
    variables = _variables(environ, include_secrets=include_secrets)
    created = (now if now.tzinfo else now.astimezone()).isoformat()
    with locked_folder(home), locked_folder(folder), _refusals(folder, "write"):
        _sweep(folder)
        with _hidden_folder(folder) as hidden:
            backup = _fill(Backup(hidden, created, (), reason), home, variables)
            path = _place(hidden, folder, now.strftime("backup_%Y%m%d_%H%M%S"))
        with suppress(OSError):  # it is there for all to see; a loss of power may take it away, whole
            flush(folder)
    return replace(backup, path=path)


def list_backups(folder: Path) -> list[Backup]:
    """Return the backups in *folder*, newest first; those with a damaged manifest say so in their problems."""
    with _refusals(folder, "read"):
        try:
            names = [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        named = [folder / name for name in names if is_backup_name(name) or (folder / name / MANIFEST).is_file()]
    return sorted(map(read_backup, named), key=lambda backup: backup.age, reverse=True)


def find_backup(folder: Path, name_or_path: str | None) -> Backup:
    """Return the backup of that name in *folder*, or at that path, or the newest one; BackupError where none is."""
    hint = "see mdm config backups list"
    if name_or_path is None:
        if backups := list_backups(folder):
            return backups[0]
        raise BackupError(Problem("there is no backup here", shown(folder), "name the folder of a backup"))
    with suppress(OSError, ValueError, RuntimeError):  # a NUL, a name too long, no such user after a tilde
        for path in (folder / name_or_path, expand(str(name_or_path))):
            if name_or_path and path.is_dir():
                return read_backup(path)
    raise BackupError(Problem("there is no such backup", shown(name_or_path), hint))


def prune_backups(folder: Path, keep: int) -> list[Backup]:
    """Remove all but the newest *keep* backups and return the removed ones; damaged and renamed ones stay."""
    if keep < 0:
        raise UsageError(Problem(f"cannot keep {keep} backups", "keep", "give a number from 0"))
    if not folder.is_dir():
        return []
    with locked_folder(folder), _refusals(folder, "remove"):
        _sweep(folder)
        old = [backup for backup in list_backups(folder) if _is_prunable(backup)][keep:]
        for backup in old:
            aside = folder / f"{_HIDDEN}{os.urandom(4).hex()}"
            backup.path.rename(aside)
            with suppress(OSError):  # so that a loss of power brings back the whole backup, not one that lacks files
                flush(folder)
            with _refusals(aside, "remove"):
                shutil.rmtree(aside)
    return old


def _is_prunable(backup: Backup) -> bool:
    return not backup.problems and is_backup_name(backup.name) and not backup.path.is_symlink()


def _variables(environ: Mapping[str, str], *, include_secrets: bool) -> dict[str, str]:
    variables = {name: value for name, value in sorted(environ.items()) if name.startswith("MDM_")}
    if include_secrets:
        return variables
    return {name: MASK if _may_hold_secret(name, value) else mask_text(value) for name, value in variables.items()}


def _may_hold_secret(name: str, value: str) -> bool:
    """``MDM_LEGACY`` holds settings of all kinds; names of secrets are found in its text, also where it is no JSON."""
    inside = re.findall(r"\w+", value) if name == "MDM_LEGACY" else ()
    return any(map(is_secret_name, (name, *inside)))


def _sweep(folder: Path) -> None:
    """Delete what a killed process left; every hidden folder is made under the lock that is held now."""
    for path in folder.iterdir():
        if path.name.startswith(_HIDDEN):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _hidden_folder(folder: Path) -> Iterator[Path]:
    """Make a new hidden folder in *folder*, which goes again when the block fails."""
    hidden = folder / f"{_HIDDEN}{os.urandom(4).hex()}"
    try:
        hidden.mkdir(mode=0o700)
        yield hidden
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise


def _fill(backup: Backup, home: Path, variables: dict[str, str]) -> Backup:
    """Write everything to the folder of *backup*, flush it, and return the backup with what is in it."""
    paths, skipped = scan(home)
    root = os.fspath(backup.path)
    folders = {"": root}
    files = []
    for path in paths:
        stored = stored_path(path)
        _make_parents(stored, folders)
        files.append(copy(f"{home}/{path}", f"{root}/{stored}", path))
    environment = _write(backup.path / ENVIRONMENT, json.dumps(variables, indent=1).encode() + b"\n")
    backup = replace(backup, files=tuple(files), skipped=tuple(skipped), environment=environment)
    _write(backup.path / MANIFEST, encode(backup))
    written = [MANIFEST, *backup.stored()]
    flush_all([*(f"{root}/{name}" for name in written), *folders.values()], within=backup.path)
    return backup


def _make_parents(stored: str, folders: dict[str, str]) -> None:
    """Make the folder of *stored* and those above it, unless they are among *folders*, which grow by them."""
    parent = stored.rpartition("/")[0]
    if parent not in folders:
        _make_parents(parent, folders)
        folders[parent] = f"{folders['']}/{parent}"
        Path(folders[parent]).mkdir(mode=0o700)


def _write(path: Path, content: bytes) -> SavedFile:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return SavedFile(path.name, len(content), 0o600, hashlib.sha256(content).hexdigest())


def _place(hidden: Path, folder: Path, name: str) -> Path:
    """Give the finished backup its name, or with a number the next one that is free; nobody else does meanwhile."""
    path, number = folder / name, 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{name}_{number}"
    return hidden.rename(path)


@contextmanager
def _refusals(folder: Path, action: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        name = getattr(error, "filename", None) or ""
        raise file_error(error, name if str(name).startswith("/") else folder, action) from error
