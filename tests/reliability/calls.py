"""The system calls that change a file system, and those that look at it: their numbers, and which files each is about."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.reliability import ptrace

Arguments: TypeAlias = tuple[int, ...]

_CURRENT_FOLDER = -100
_SHARED, _WRITABLE = 1, 2  # of mmap
_CLONE_FILE, _CLONE_RANGE = 0x40049409, 0x4020940D  # of ioctl


@dataclass(slots=True)
class Call:
    """A call that changes something, or flushes it, or looks: *paths* has one, or for a renaming the old and the new.

    *folder* says whether the (first) path is one. *result* is not known (none) where the process did not get that far.
    """

    name: str
    paths: tuple[str, ...]
    folder: bool
    result: int | None = field(default=None)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.paths)})"


@dataclass(frozen=True, slots=True)
class _At:
    """A path in argument *path*, relative to the descriptor in argument *base* (-1: to the current folder)."""

    path: int
    base: int = -1


@dataclass(frozen=True, slots=True)
class _Open:
    """A descriptor in argument *number*."""

    number: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """A call: its numbers on x86_64 and aarch64 (-1: there is none), the places it is about, and whether it counts."""

    name: str
    numbers: tuple[int, int]
    places: tuple[_At | _Open, ...]
    counts: Callable[[int, Arguments], bool] = lambda _process, _arguments: True


def _opens_to_write(flags: int) -> bool:
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))


def _open2(process: int, arguments: Arguments) -> bool:
    return _opens_to_write(struct.unpack("=Q", _memory(process, arguments[2], 8))[0])


def _is_named(process: int, address: int) -> bool:
    return bool(_text(process, address))  # else it is about a descriptor


def _maps(_process: int, arguments: Arguments) -> bool:
    return bool(arguments[3] & _SHARED and arguments[2] & _WRITABLE)


_KINDS = (
    _Kind("open", (2, -1), (_At(0),), lambda _, a: _opens_to_write(a[1])),
    _Kind("creat", (85, -1), (_At(0),)),
    _Kind("openat", (257, 56), (_At(1, 0),), lambda _, a: _opens_to_write(a[2])),
    _Kind("openat2", (437, 437), (_At(1, 0),), _open2),
    _Kind("write", (1, 64), (_Open(0),)),
    _Kind("pwrite64", (18, 68), (_Open(0),)),
    _Kind("writev", (20, 66), (_Open(0),)),
    _Kind("pwritev", (296, 70), (_Open(0),)),
    _Kind("pwritev2", (328, 287), (_Open(0),)),
    _Kind("sendfile", (40, 71), (_Open(0),)),
    _Kind("splice", (275, 76), (_Open(2),)),
    _Kind("copy_file_range", (326, 285), (_Open(2),)),
    _Kind("ioctl", (16, 29), (_Open(0),), lambda _, a: a[1] & 0xFFFFFFFF in {_CLONE_FILE, _CLONE_RANGE}),
    _Kind("mmap", (9, 222), (_Open(4),), _maps),
    _Kind("fallocate", (285, 47), (_Open(0),)),
    _Kind("truncate", (76, 45), (_At(0),)),
    _Kind("ftruncate", (77, 46), (_Open(0),)),
    _Kind("rename", (82, -1), (_At(0), _At(1))),
    _Kind("renameat", (264, 38), (_At(1, 0), _At(3, 2))),
    _Kind("renameat2", (316, 276), (_At(1, 0), _At(3, 2))),
    _Kind("link", (86, -1), (_At(0), _At(1))),
    _Kind("linkat", (265, 37), (_At(1, 0), _At(3, 2))),
    _Kind("symlink", (88, -1), (_At(1),)),
    _Kind("symlinkat", (266, 36), (_At(2, 1),)),
    _Kind("unlink", (87, -1), (_At(0),)),
    _Kind("unlinkat", (263, 35), (_At(1, 0),)),
    _Kind("mkdir", (83, -1), (_At(0),)),
    _Kind("mkdirat", (258, 34), (_At(1, 0),)),
    _Kind("rmdir", (84, -1), (_At(0),)),
    _Kind("mknod", (133, -1), (_At(0),)),
    _Kind("mknodat", (259, 33), (_At(1, 0),)),
    _Kind("chmod", (90, -1), (_At(0),)),
    _Kind("fchmod", (91, 52), (_Open(0),)),
    _Kind("fchmodat", (268, 53), (_At(1, 0),)),
    _Kind("fchmodat2", (452, 452), (_At(1, 0),)),
    _Kind("chown", (92, -1), (_At(0),)),
    _Kind("lchown", (94, -1), (_At(0),)),
    _Kind("fchown", (93, 55), (_Open(0),)),
    _Kind("fchownat", (260, 54), (_At(1, 0),)),
    _Kind("utime", (132, -1), (_At(0),)),
    _Kind("utimes", (235, -1), (_At(0),)),
    _Kind("futimesat", (261, -1), (_At(1, 0),)),
    _Kind("utimensat", (280, 88), (_At(1, 0),)),
    _Kind("setxattr", (188, 5), (_At(0),)),
    _Kind("lsetxattr", (189, 6), (_At(0),)),
    _Kind("fsetxattr", (190, 7), (_Open(0),)),
    _Kind("removexattr", (197, 14), (_At(0),)),
    _Kind("lremovexattr", (198, 15), (_At(0),)),
    _Kind("fremovexattr", (199, 16), (_Open(0),)),
    _Kind("fsync", (74, 82), (_Open(0),)),
    _Kind("fdatasync", (75, 83), (_Open(0),)),
    _Kind("syncfs", (306, 267), (_Open(0),)),
    _Kind("sync_file_range", (277, 84), (_Open(0),)),
)
_LOOKS = (
    _Kind("open", (2, -1), (_At(0),), lambda _, a: not _opens_to_write(a[1])),
    _Kind("openat", (257, 56), (_At(1, 0),), lambda _, a: not _opens_to_write(a[2])),
    _Kind("openat2", (437, 437), (_At(1, 0),), lambda process, a: not _open2(process, a)),
    _Kind("stat", (4, -1), (_At(0),)),
    _Kind("lstat", (6, -1), (_At(0),)),
    _Kind("newfstatat", (262, 79), (_At(1, 0),), lambda process, a: _is_named(process, a[1])),
    _Kind("statx", (332, 291), (_At(1, 0),), lambda process, a: _is_named(process, a[1])),
    _Kind("access", (21, -1), (_At(0),)),
    _Kind("faccessat", (269, 48), (_At(1, 0),)),
    _Kind("faccessat2", (439, 439), (_At(1, 0),)),
    _Kind("readlink", (89, -1), (_At(0),)),
    _Kind("readlinkat", (267, 78), (_At(1, 0),)),
)

Kinds: TypeAlias = Mapping[int, _Kind]


def _by_number(kinds: Iterable[_Kind]) -> Kinds:
    return {kind.numbers[ptrace.MACHINE == "aarch64"]: kind for kind in kinds}


CHANGES = _by_number(_KINDS)
"""What changes or flushes something."""

LOOKS = _by_number(_LOOKS)
"""What opens a file to read it, or asks about a path; not what is done with an open file."""


def decode(process: int, stop: ptrace.Stop, below: Path, kinds: Kinds = CHANGES) -> Call | None:
    """Return the call at whose entry *process* is, where it is of these *kinds* and about something *below* a folder."""
    kind = kinds.get(stop.number)
    if kind is None or not kind.counts(process, stop.arguments):
        return None
    paths = tuple(_paths(process, kind, stop.arguments))
    if not any(Path(path).is_relative_to(below) for path in paths):
        return None
    return Call(kind.name, paths, _is_folder(paths[0]))


def _paths(process: int, kind: _Kind, arguments: Arguments) -> Iterator[str]:
    for place in kind.places:
        match place:
            case _Open(number):
                yield _of_descriptor(process, arguments[number])
            case _At(path, base):
                folder = arguments[base] if base >= 0 else _CURRENT_FOLDER
                yield _resolved(process, folder, _text(process, arguments[path]))


def _resolved(process: int, base: int, text: str) -> str:
    """Return the absolute path; links are followed except for the last name."""
    folder = _signed(base)
    start = f"/proc/{process}/cwd" if folder == _CURRENT_FOLDER else f"/proc/{process}/fd/{folder}"
    if not text:  # AT_EMPTY_PATH: the descriptor itself
        return _of_descriptor(process, base)
    whole = Path(text if text.startswith("/") else f"{_link(start)}/{text}")
    return str(Path(os.path.realpath(whole.parent)) / whole.name)


def _of_descriptor(process: int, descriptor: int) -> str:
    return _link(f"/proc/{process}/fd/{_signed(descriptor)}").removesuffix(" (deleted)")


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""  # the call will fail by itself


def _text(process: int, address: int) -> str:
    return os.fsdecode(_memory(process, address, os.pathconf("/", "PC_PATH_MAX")).partition(b"\0")[0])


def _memory(process: int, address: int, size: int) -> bytes:
    try:
        with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
            return os.pread(memory.fileno(), size, address)
    except OSError:
        return b"\0" * size  # no memory of the process, or it is gone: the call will fail by itself


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _signed(value: int) -> int:
    """Return the int that the low half of a register holds."""
    return (value & 0xFFFFFFFF) - ((value & 0x80000000) << 1)
