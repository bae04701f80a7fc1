"""Locks between processes and threads: the kernel's, on the folder, so nothing is left behind by a killed process."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mdm.core.file_errors import file_error, shown
from mdm.core.flush import flush
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

# The end is what a database puts beside its file: -wal, -journal, .wal.
_TEMPORARY = r"(?s)\..+\.(\d{1,9})\.[0-9a-f]{8}\.tmp(?:[.-][a-z]+)?"
_DAY = 86_400.0


class _Lock:
    """The lock of one folder: *threads* between threads, *descriptor* (-1: not held) between processes."""

    __slots__ = ("depth", "descriptor", "swept", "threads")

    def __init__(self) -> None:
        self.threads = threading.RLock()
        self.depth = 0
        self.descriptor = -1
        self.swept = False


_locks: dict[tuple[int, int], _Lock] = {}  # by device and inode of the folder


@contextmanager
def locked(path: Path | str, timeout: float = 10.0) -> Iterator[None]:
    """Hold the lock of the folder that holds *path* (links followed), creating the folder where it is missing.

    Only writers lock. One thread may hold it many times over. Raises FileError after *timeout* seconds.
    """
    try:
        folder = Path(os.path.realpath(path)).parent
    except (OSError, ValueError) as error:
        raise file_error(error, path, "lock") from error
    with locked_folder(folder, timeout):
        yield


@contextmanager
def locked_folder(folder: Path, timeout: float = 10.0) -> Iterator[None]:
    """Hold the lock of *folder* itself; see :func:`locked`."""
    deadline = time.monotonic() + timeout
    lock = _lock_of(folder)
    if not lock.threads.acquire(timeout=max(timeout, 0.0)):
        raise _held(folder, timeout)
    try:
        if lock.depth == 0:
            lock.descriptor = _acquire(folder, deadline, timeout)
        lock.depth += 1
        try:
            _sweep_once(lock, folder)
            yield
        finally:
            lock.depth -= 1
            if lock.depth == 0:
                _release(lock)
    finally:
        lock.threads.release()


def make_folder(folder: Path) -> None:
    """Create *folder* and what is missing above it, for the owner alone (0700)."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(OSError):
        flush(folder.parent)


def remove_stale_temporaries(folder: Path) -> None:
    """Remove what killed writers left half written in *folder*; hold the lock of *folder* meanwhile.

    A number of a process is used again after a while (in a container at once), so age counts as well.
    """
    for path in stale_temporaries(folder):
        with suppress(OSError):
            path.unlink()


def stale_temporaries(folder: Path) -> Iterator[Path]:
    """Yield what killed writers left half written in *folder*."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if (match := re.fullmatch(_TEMPORARY, entry.name)) is None:
                continue
            with suppress(OSError):
                if not _alive(int(match[1])) or time.time() - entry.stat(follow_symlinks=False).st_mtime > _DAY:
                    yield Path(entry.path)


def _lock_of(folder: Path) -> _Lock:
    try:
        make_folder(folder)
        info = folder.stat()
    except (OSError, ValueError) as error:
        raise file_error(error, folder, "lock") from error
    return _locks.setdefault((info.st_dev, info.st_ino), _Lock())


def _acquire(folder: Path, deadline: float, timeout: float) -> int:
    """Return a descriptor that carries the kernel's lock, or raise FileError when the *deadline* has passed."""
    pause = 0.001
    try:
        while (descriptor := _attempt(folder)) is None:
            if time.monotonic() >= deadline:
                raise _held(folder, timeout)
            time.sleep(pause)
            pause = min(2 * pause, 0.02)
    except OSError as error:
        raise file_error(error, folder, "lock") from error
    return descriptor


def _attempt(folder: Path) -> int | None:
    try:
        return _flock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except OSError as error:
        if error.errno not in {errno.EBADF, errno.ENOLCK, errno.ENOTSUP}:
            raise
    # NFS locks only what is open for writing, which a folder cannot be: there a file in it stands for the folder.
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return _flock(os.open(folder / ".mdm.lock", flags, 0o600))


def _flock(descriptor: int) -> int | None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor


def _sweep_once(lock: _Lock, folder: Path) -> None:
    if not lock.swept:
        lock.swept = True
        remove_stale_temporaries(folder)


def _release(lock: _Lock) -> None:
    if lock.descriptor >= 0:  # a forked child that leaves its parent's block holds nothing
        descriptor, lock.descriptor = lock.descriptor, -1
        with suppress(OSError):  # closing alone would leave the lock to a child that is just being forked
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _held(folder: Path, timeout: float) -> FileError:
    message = f"another mdm process holds this folder for more than {timeout:g} s"
    return FileError(Problem(message, shown(folder), "wait until it has ended, then run the command again"))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _forget() -> None:
    """Give up, in a forked child, the parent's locks: the child shares their descriptors but does not hold them."""
    for lock in _locks.values():
        if lock.descriptor >= 0:
            os.close(lock.descriptor)  # unlocking would unlock the parent's as well
            lock.descriptor = -1
    _locks.clear()


os.register_at_fork(after_in_child=_forget)
