"""What the system's refusals mean: an error of a file as a FileError that says what to do."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = "then run the command again"
_MEANINGS = {
    errno.ENOSPC: ("no space left on the disk", f"free some space, {_AGAIN}"),
    errno.EDQUOT: ("no space left in the disk quota", f"free some space, {_AGAIN}"),
    errno.EFBIG: ("the file is larger than the file system or the limit allows", "see ulimit -f"),
    errno.EROFS: ("the file system is read-only", f"make it writable, {_AGAIN}"),
    errno.EACCES: ("permission denied", "see with ls -l who may use the file and its folders"),
    errno.EPERM: ("not permitted", "see with ls -l who owns the file and its folder"),
    errno.ELOOP: ("a symbolic link leads back to itself", "remove the link, or make it lead to a file"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
    errno.ENOENT: ("no such file or folder", "create the folder first, or correct the path"),
    errno.ENOTDIR: ("a part of the path is not a folder", "correct the path"),
    errno.EEXIST: ("something else is where a folder is needed", "correct the path, such as HOME or MDM_HOME_DIR"),
    errno.EMFILE: ("too many open files", "raise the limit, see ulimit -n"),
    errno.EIO: ("the disk reports an error", f"check the disk, {_AGAIN}"),
}
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a symbolic link",
}


def file_error(error: OSError | ValueError, path: Path | str, action: str) -> FileError:
    """Return what *error*, met on *action* (``read``, ``write``, ``lock``) of *path*, means to a person."""
    if not isinstance(error, OSError):  # a NUL, or a character that file names cannot hold
        message, hint = "the path holds a character that no file name can have", "correct the path"
    else:
        message, hint = _MEANINGS.get(error.errno or 0, ((error.strerror or "the system refuses").lower(), ""))
        if error.errno == errno.ENOENT and action == "read":
            hint = "correct the path"
    return FileError(Problem(f"cannot {action}: {message}", shown(path), hint))


def not_a_file(mode: int, path: Path | str) -> FileError:
    """Return the error for a *path* at which there is something else than a file; *mode* is its ``st_mode``."""
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    return FileError(Problem(f"is {kind}, not a regular file", shown(path), "name a file, or move this one away"))


def shown(path: Path | str) -> str:
    """Return *path* as it can be printed on any terminal."""
    text = os.fspath(path)
    return text if text.isprintable() else ascii(text)[1:-1]
