"""What can be at a path, and bringing it there: the smallest steps of a transaction."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mdm.core.file_errors import file_error, not_a_file
from mdm.core.files import make_folder, read_bytes, remove, write_atomic
from mdm.core.flush import flush_all

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

UNLIMITED = 2**40


@dataclass(frozen=True, slots=True)
class File:
    """A regular file."""

    content: bytes = field(repr=False)
    mode: int


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


State = File | Link | None  # none: there is nothing


def look(path: Path) -> State:
    """Return what is at *path*; raises FileError for what is neither file nor link."""
    try:
        info = path.lstat()
        if stat.S_ISLNK(info.st_mode):
            return Link(str(path.readlink()))
        if not stat.S_ISREG(info.st_mode):
            raise not_a_file(info.st_mode, path)
        return File(read_bytes(path, limit=UNLIMITED), stat.S_IMODE(info.st_mode))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise file_error(error, path, "read") from error


def put(path: Path, state: State, *, flushed: bool) -> None:
    """Bring *path* to *state*; doing it twice is doing it once. Where not *flushed*, :func:`settle` does that."""
    if look(path) == state:
        return
    match state:
        case File(content, mode):
            write_atomic(path, content, mode=mode, make_folders=True, flushed=flushed)
        case Link(target):
            make_folder(path.parent)
            path.symlink_to(target)
        case None:
            remove(path, flushed=flushed)


def settle(states: Iterable[tuple[Path, State]]) -> None:
    """Flush everything that was put; until then, only the journal knows how to put it again."""
    places: dict[int, tuple[Path, set[Path]]] = {}  # by file system
    for path, state in states:
        folder = path.parent
        if folder.is_dir():
            _, paths = places.setdefault(folder.stat().st_dev, (folder, set()))
            paths.update((path, folder) if isinstance(state, File) else (folder,))
    for folder, paths in places.values():
        flush_all(sorted(paths), within=folder)
