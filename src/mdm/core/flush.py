"""From the memory of the system to the disk: what was flushed survives a loss of power."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

MANY = 64


def flush(path: Path | str) -> None:
    """Flush one file, or the names in one folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:  # a file that its owner may not read
        os.sync()
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # File systems that keep no names of their own refuse this for a folder; there is nothing to flush then.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def flush_all(paths: Sequence[Path | str], *, within: Path) -> None:
    """Flush *paths*, files and folders that all lie on the file system of *within*.

    Each fsync waits for the disk, which for 10,000 files takes many seconds. syncfs gives the same promise for all of
    them at once: it returns when everything written to this file system before the call, contents and names, is on
    the disk, and since Linux 5.8 reports the errors of writing it there. It may also wait for what other programs
    wrote, so a few paths are flushed one by one.
    """
    if len(paths) > MANY and (syncfs := _syncfs()) is not None:
        syncfs(within)
        return
    for path in paths:
        flush(path)


def _syncfs() -> Callable[[Path], None] | None:
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)  # macOS has none
    if call is None:
        return None

    def syncfs(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if call(descriptor) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), str(folder))
        finally:
            os.close(descriptor)

    return syncfs
