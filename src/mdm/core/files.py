"""The one reader and writer of every file: bounded reads, and writes that leave the old content or the new."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mdm.core.file_errors import file_error, not_a_file, shown
from mdm.core.flush import flush
from mdm.core.locks import locked, locked_folder, make_folder, remove_stale_temporaries
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

__all__ = [
    "READ_LIMIT",
    "locked",
    "locked_folder",
    "make_folder",
    "read_bytes",
    "remove",
    "remove_stale_temporaries",
    "write_atomic",
    "write_atomic_from",
]

READ_LIMIT = 16 * 1024 * 1024
_CHUNK = 1024 * 1024


def read_bytes(path: Path | str, *, limit: int = READ_LIMIT) -> bytes:
    """Return the content of a regular file of at most *limit* bytes, in bounded time and memory.

    Raises FileNotFoundError where there is none, FileError for everything else that is in the way.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe waits for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            return _read(descriptor, path, limit)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except NotADirectoryError as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path)) from error
    except (OSError, ValueError) as error:
        raise _unreadable(error, path) from error


def write_atomic(
    path: Path | str, data: bytes, *, mode: int | None = None, make_folders: bool = False, flushed: bool = True
) -> None:
    """Put *data* in place of the content of *path*; killed or refused at any instant, the old content stays whole.

    Mode and ownership of an existing file are kept; *mode* overrides, and a new file is its owner's alone (0600). A
    symbolic link stays, and the file that it leads to is replaced. Raises FileError where *path* is not a regular file.
    Who sets *flushed* to false flushes file and folder later, and can write the content again after a loss of power.
    """
    try:
        before = _regular(path)
        target = Path(os.path.realpath(path))
        if make_folders:
            make_folder(target.parent)
        _replace(
            target,
            lambda descriptor: _fill(descriptor, data),
            lambda descriptor: _dress(descriptor, before, mode),
            flushed=flushed,
        )
    except (OSError, ValueError) as error:
        raise file_error(error, path, "write") from error


def write_atomic_from(path: Path | str, write: Callable[[BinaryIO], None]) -> None:
    """Put what *write* puts into the file that it is given in place of the content of *path*, as `write_atomic` does.

    For content that is too large to be in memory. What *write* raises comes through, and the old content stays.
    """
    try:
        before = _regular(path)
        target = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise file_error(error, path, "write") from error

    def fill(descriptor: int) -> None:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            write(file)

    try:
        remove_stale_temporaries(target.parent)
        _replace(target, fill, lambda descriptor: _dress(descriptor, before, None), flushed=True)
    except OSError as error:
        raise file_error(error, path, "write") from error


def remove(path: Path | str, *, flushed: bool = True) -> None:
    """Remove a file, or a symbolic link (not what it leads to); that it is missing is fine."""
    path = Path(path)
    try:
        info = path.lstat()
        if not (stat.S_ISREG(info.st_mode) or stat.S_ISLNK(info.st_mode)):
            raise not_a_file(info.st_mode, path)
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise file_error(error, path, "remove") from error
    if flushed:
        with suppress(OSError):
            flush(path.parent)


def _read(descriptor: int, path: Path | str, limit: int) -> bytes:
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        raise not_a_file(info.st_mode, path)
    parts: list[bytes] = []
    total, want = 0, min(info.st_size, limit) + 1
    # The size is a hint only: files of /proc have none, and a file may grow meanwhile.
    while info.st_size <= limit and (part := os.read(descriptor, min(want, limit + 1 - total))):
        parts.append(part)
        total += len(part)
        if total > limit:
            break
        want = _CHUNK
    if info.st_size > limit or total > limit:
        raise FileError(Problem(f"is larger than {_size(limit)}", shown(path), "is this the right file?"))
    return b"".join(parts)


def _size(count: int) -> str:
    return f"{count // 2**20} MiB" if count >= 2**20 else f"{count} bytes"


def _unreadable(error: OSError | ValueError, path: Path | str) -> FileError:
    with suppress(OSError, ValueError):
        kind = Path(path).stat().st_mode  # a socket cannot even be opened
        if not stat.S_ISREG(kind):
            return not_a_file(kind, path)
    return file_error(error, path, "read")


def _regular(path: Path | str) -> os.stat_result | None:
    """Return what is known of the regular file that *path* leads to; none where there is nothing yet."""
    try:
        info = Path(path).stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(info.st_mode):
        raise not_a_file(info.st_mode, path)
    return info


def _replace(target: Path, fill: Callable[[int], None], dress: Callable[[int], None], *, flushed: bool) -> None:
    temporary = target.with_name(f".{target.name[:40]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        try:
            fill(descriptor)
            dress(descriptor)
            if flushed:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    # From here on every reader sees the new content. Without this flush a loss of power may bring back the old one,
    # whole; so a refusal is no reason to say that nothing was written.
    if flushed:
        with suppress(OSError):
            flush(target.parent)


def _fill(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _dress(descriptor: int, before: os.stat_result | None, mode: int | None) -> None:
    """Give a new file the owner, the group and the mode of the one *before*; owner and group as far as permitted."""
    if before is not None:
        for owner, group in ((before.st_uid, -1), (-1, before.st_gid)):
            with suppress(OSError):
                os.fchown(descriptor, owner, group)
    if mode is None:
        mode = 0o600 if before is None else stat.S_IMODE(before.st_mode)
    os.fchmod(descriptor, mode)
