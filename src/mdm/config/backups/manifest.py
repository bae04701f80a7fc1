"""What a backup says about itself: its manifest, which notices when it was damaged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from mdm.core.file_errors import shown
from mdm.core.files import read_bytes
from mdm.core.sealed import seal, unseal
from mdm.errors import MdmError, Problem

MANIFEST = "manifest.json"
ENVIRONMENT = "environment.json"
DATASETS = "config/datasets"
SUFFIXES = (".yaml", ".yml", ".json")
_FORMAT = 1
_LIMIT = 2**30
_NAME = re.compile(r"backup_(\d{8}_\d{6})(?:_(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file as it was: *path* relative to the home folder, *size* in bytes, permission bits, SHA-256 in hex."""

    path: str
    size: int
    mode: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup in the folder *path*, *created* (ISO 8601) for a *reason*; *problems* where its manifest is damaged.

    *skipped* are the paths that were there but not saved, as they led to no file: restoring leaves them alone.
    """

    path: Path
    created: str
    files: tuple[SavedFile, ...]
    reason: str = ""
    environment: SavedFile | None = None
    skipped: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The name of its folder, ``backup_20261122_205800``."""
        return self.path.name

    def stored(self) -> dict[str, SavedFile]:
        """Return what lies where in its folder, besides the manifest."""
        stored = {stored_path(file.path): file for file in self.files}
        return stored if self.environment is None else {**stored, ENVIRONMENT: self.environment}

    @property
    def age(self) -> tuple[float, int]:
        """What backups are sorted by: when it was made and, within the same second, its number."""
        match = _NAME.fullmatch(self.name)
        return (_instant(self.created), int(match[2] or 1) if match else 0)


def stored_path(path: str) -> str:
    """Return where the content of *path* lies in a backup: as at home, except for names that the backup itself uses."""
    return f"home/{path}" if path.lower() in {MANIFEST, ENVIRONMENT} else path


def is_backup_name(name: str) -> bool:
    """Say whether this is a name that :func:`create_backup` gives."""
    return _NAME.fullmatch(name) is not None


def encode(backup: Backup) -> bytes:
    """Return the manifest of *backup*."""
    content = {
        "format": _FORMAT,
        "created": backup.created,
        "reason": backup.reason,
        "files": [_packed(file) for file in backup.files],
        "environment": _packed(backup.environment) if backup.environment else None,
        "skipped": list(backup.skipped),
    }
    return seal(content)


def read_backup(path: Path) -> Backup:
    """Return the backup in the folder *path*; what is wrong with its manifest is in its problems."""
    manifest = path / MANIFEST
    try:
        if manifest.is_symlink():
            raise ValueError("is a link")
        return _decoded(path, unseal(read_bytes(manifest, limit=_LIMIT)))
    except FileNotFoundError:
        problem = Problem("is not a backup, there is no manifest in it", shown(path), "see mdm config backups list")
    except _NewerError as error:
        problem = Problem(
            str(error), shown(manifest), "restore it with the version of mdm that made it, or a newer one"
        )
    except ValueError:
        problem = Problem("the manifest is damaged", shown(manifest), "choose another one of mdm config backups list")
    except (MdmError, OSError) as error:
        problem = error.problems[0] if isinstance(error, MdmError) else Problem(str(error), shown(manifest))
    return Backup(path, _created_by_name(path.name), (), problems=(problem,))


def in_scope(path: str) -> bool:
    """Say whether *path*, relative to the home folder, is one that backups hold: it never leads out of there."""
    pure = PurePosixPath(path)
    if str(pure) != path or pure.is_absolute() or ".." in pure.parts or "\0" in path:
        return False
    top = len(pure.parts) == 1 and path.endswith(SUFFIXES)
    return top or path.startswith(DATASETS + "/")


class _NewerError(ValueError):
    """The manifest has a format that this version does not know."""


def _decoded(path: Path, content: dict[str, Any]) -> Backup:
    match content:
        case {"format": int(version)} if version > _FORMAT:
            raise _NewerError(f"was made by a newer version of mdm (format {version}, this one knows {_FORMAT})")
        case {
            "format": 1,
            "created": str(created),
            "reason": str(reason),
            "files": list(files),
            "environment": environment,
            "skipped": list(skipped),
        }:
            datetime.fromisoformat(created)
            saved = None if environment is None else _saved(environment)
            return Backup(path, created, tuple(map(_saved, files)), reason, saved, tuple(map(str, skipped)))
    raise ValueError("not a manifest")


def _packed(file: SavedFile) -> dict[str, Any]:
    return {"path": file.path, "size": file.size, "mode": f"{file.mode:04o}", "sha256": file.sha256}


def _saved(packed: object) -> SavedFile:
    match packed:
        case {"path": str(path), "size": int(size), "mode": str(mode), "sha256": str(digest)}:
            saved = SavedFile(path, size, int(mode, 8), digest)
            if 0 <= saved.mode <= 0o777:
                return saved
    raise ValueError("not an entry of a manifest")


def _created_by_name(name: str) -> str:
    """Return what the name of a backup says about its time, which is all that a damaged one tells."""
    if (match := _NAME.fullmatch(name)) is None:
        return ""
    try:
        return datetime.strptime(match[1], "%Y%m%d_%H%M%S").astimezone().isoformat()
    except (ValueError, OverflowError):
        return ""


def _instant(created: str) -> float:
    try:
        return datetime.fromisoformat(created).timestamp()
    except (ValueError, OverflowError):
        return 0.0
