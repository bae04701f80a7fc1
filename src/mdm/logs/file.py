"""The log file: lines that several processes add at once, rotated by size and by age, kept for a while."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mdm.core.file_errors import file_error, shown
from mdm.core.files import make_folder
from mdm.errors import FileError, Problem
from mdm.logs.schedule import rotation_after, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguru import Message

    from mdm.config.models import LoggingConfig

_ADD: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_BORN: Final = "user.loguru_crtime"
"""Where a file says since when it is written to; loguru reads it too."""


class LogFile:
    """What loguru writes to. A line is written by one call of the system, so processes do not tear each other's lines.

    One that cannot be written is told once, as `FileError` tells it, and nothing is raised: whoever logs goes on.
    """

    def __init__(
        self, settings: LoggingConfig, render: Callable[[Message], str], tell: Callable[[Problem], object]
    ) -> None:
        """Make the folder and open the file; raises FileError where that cannot be done."""
        assert settings.file is not None
        self.path: Path = settings.file
        self._settings = settings
        self._render = render
        self._tell = tell
        self._told = False
        self._descriptor = -1
        try:
            make_folder(self.path.parent)
            self._open()
        except (OSError, ValueError) as error:
            raise FileError(self._problem(error)) from None
        self._remove_old()

    def write(self, message: Message) -> None:
        """Add a line."""
        data = self._render(message).encode("utf-8", "backslashreplace")
        try:
            self._add(data)
        except OSError as error:
            if not self._told:
                self._told = True
                self._tell(self._problem(error))

    def stop(self) -> None:
        """Close the file."""
        self._close()

    def _add(self, data: bytes) -> None:
        if not _is_at(self.path, self._descriptor):  # rotated by another process, or moved away
            self._open()
        if self._is_due(len(data)):
            self._rotate(len(data))
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _open(self) -> None:
        self._close()
        make_folder(self.path.parent)
        self._descriptor = os.open(self.path, _ADD, 0o600)
        info = os.fstat(self._descriptor)
        if stat.S_ISREG(info.st_mode) and info.st_size == 0:
            _note_birth(self._descriptor)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _is_due(self, more: int) -> bool:
        info = os.fstat(self._descriptor)
        if not stat.S_ISREG(info.st_mode) or info.st_size == 0:
            return False
        if info.st_size + more > self._settings.max_file_size.bytes:
            return True
        return time.time() >= rotation_after(_birth(self._descriptor), self._settings.rotation)

    def _rotate(self, more: int) -> None:
        """Put the file aside, unless another process has done so meanwhile, and begin a new one."""
        held = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)  # a lock of its own, whoever shares the other descriptor
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if _is_at(self.path, held) and self._is_due(more):
                self.path.rename(_aside(self.path, _birth(held)))
        finally:
            os.close(held)
        self._open()
        self._remove_old()

    def _remove_old(self) -> None:
        number, *unit = self._settings.retention.split()
        with suppress(OSError):
            newest_first = sorted(((path.stat().st_mtime, path) for path in _rotated(self.path)), reverse=True)
            if unit and unit[-1].lower().startswith("file"):
                old = newest_first[int(number) :]
            else:
                since = time.time() - seconds_of(self._settings.retention)
                old = [found for found in newest_first if found[0] <= since]
            for _, path in old:
                path.unlink(missing_ok=True)

    def _problem(self, error: OSError | ValueError) -> Problem:
        problem = file_error(error, self.path, "write").problems[0]
        return Problem(f"{shown(self.path)}: {problem.message}", "logging.file", problem.hint)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        there, here = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def _note_birth(descriptor: int) -> None:
    if hasattr(os, "setxattr"):
        with suppress(OSError):  # not every file system keeps such notes
            os.setxattr(descriptor, _BORN, str(time.time()).encode())


def _birth(descriptor: int) -> float:
    """Return since when the file is written to; where nobody knows, when it was last changed."""
    if hasattr(os, "getxattr"):
        with suppress(OSError, ValueError):
            return float(os.getxattr(descriptor, _BORN))
    info = os.fstat(descriptor)
    return float(getattr(info, "st_birthtime", info.st_mtime))


def _aside(path: Path, born: float) -> Path:
    stamp = datetime.fromtimestamp(born).strftime("%Y-%m-%d_%H-%M-%S_%f")  # noqa: DTZ006 (as loguru names them)
    number, ending = 1, ""
    while (aside := path.with_name(f"{path.stem}.{stamp}{ending}{path.suffix}")).exists():
        number += 1
        ending = f".{number}"
    return aside


def _rotated(path: Path) -> list[Path]:
    """Return the files that were put aside; no other file of a similar name is among them."""
    name = re.compile(
        rf"{re.escape(path.stem)}\.\d{{4}}-\d\d-\d\d_\d\d-\d\d-\d\d_\d{{6}}(\.\d+)?{re.escape(path.suffix)}"
    )
    return [found for found in path.parent.iterdir() if name.fullmatch(found.name)]
