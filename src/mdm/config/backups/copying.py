"""Which files a backup holds, and copying them: each is read once, for its copy and its checksum."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from mdm.config.backups.manifest import DATASETS, SUFFIXES, SavedFile
from mdm.core.file_errors import file_error, not_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 1024 * 1024
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def scan(home: Path) -> tuple[list[str], list[str]]:
    """Return the paths, relative to *home*, that a backup saves, and those in its scope that lead to no file.

    Links to files count as files, links to folders are not followed, except for ``config/datasets`` itself.
    """
    files: list[str] = []
    others: list[str] = []
    try:
        for entry in _entries(home):
            if entry.name.endswith(SUFFIXES):
                (files if entry.is_file() else others).append(entry.name)
        _scan_below(home / DATASETS, DATASETS, files, others)
    except (OSError, ValueError) as error:
        raise file_error(error, getattr(error, "filename", None) or home, "read") from error
    return sorted(files), sorted(others)


def copy(source: str, target: str, path: str) -> SavedFile:
    """Copy one file, for the owner alone, and return what was saved as *path*; not flushed yet."""
    try:
        reader = os.open(source, _READ)
    except OSError as error:
        raise file_error(error, source, "read") from error
    try:
        info = os.fstat(reader)
        if not stat.S_ISREG(info.st_mode):
            raise not_a_file(info.st_mode, source)
        writer = os.open(target, _WRITE, 0o600)
        try:
            size, digest = _pour(reader, writer, source)
        finally:
            os.close(writer)
    except OSError as error:
        raise file_error(error, target, "write") from error
    finally:
        os.close(reader)
    return SavedFile(path, size, stat.S_IMODE(info.st_mode) & 0o777, digest)


def _scan_below(folder: Path | str, relative: str, files: list[str], others: list[str]) -> None:
    pending = [(os.fspath(folder), relative)]
    while pending:
        place, prefix = pending.pop()
        for entry in _entries(place):
            path = f"{prefix}/{entry.name}"
            if entry.is_file():
                files.append(path)
            elif entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, path))
            else:
                others.append(path)


def _entries(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError):
        return


def _pour(reader: int, writer: int, source: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    while part := _part(reader, source):
        digest.update(part)
        size += len(part)
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(writer, rest) :]
    return size, digest.hexdigest()


def _part(reader: int, source: str) -> bytes:
    try:
        return os.read(reader, _CHUNK)
    except OSError as error:
        raise file_error(error, source, "read") from error
