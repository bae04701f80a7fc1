"""Files as streams of bytes: what is compressed with gzip, bzip2, Zstandard or zip is unpacked on the way."""

from __future__ import annotations

import bz2
import gzip
import io
import stat
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, cast

import pyarrow as pa

from mdm.core.file_errors import file_error, not_a_file
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_GZIP, _BZIP2, _ZSTD, _ZIP = b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_DAMAGED = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open *path* for reading; what it starts with says how it is compressed, not its name.

    Raises FileError for what cannot be read or unpacked, also later, while it is read.
    """
    try:
        with path.open("rb") as raw, _unpacked(raw, path) as stream:
            yield stream
    except _DAMAGED as error:
        raise damaged(path, str(error)) from error
    except OSError as error:
        if error.errno is None:  # the decompressors have no other error
            raise damaged(path, str(error)) from error
        raise file_error(error, path, "read") from error


def must_be_file(path: Path) -> None:
    """Raise FileError unless *path* leads to a regular file: opening a named pipe would wait for its writer."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise file_error(error, path, "read") from error
    if not stat.S_ISREG(mode):
        raise not_a_file(mode, path)


def damaged(path: Path, reason: str) -> FileError:
    """Return the error for a file that breaks off or does not hold what it claims."""
    return FileError(Problem(f"is damaged: {reason}", str(path), "copy or download it again"))


def inner_name(path: Path) -> str:
    """Return the name of what *path* holds when unpacked: ``a.csv`` for ``a.csv.gz``, the member's name for a zip."""
    if path.suffix.lower() == ".zip":
        with path.open("rb") as raw, zipfile.ZipFile(raw) as archive:
            return PurePosixPath(_only_member(archive, path)).name
    return path.stem if path.suffix.lower() in {".gz", ".bz2", ".zst", ".zstd"} else path.name


def _unpacked(raw: io.BufferedReader, path: Path) -> IO[bytes]:
    start = raw.peek(4)[:4]
    if start.startswith(_GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if start.startswith(_BZIP2):
        return bz2.BZ2File(raw)
    if start == _ZSTD:
        return cast("IO[bytes]", pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd"))
    if start == _ZIP:
        archive = zipfile.ZipFile(raw)
        return _member(archive, path)
    return raw


def _member(archive: zipfile.ZipFile, path: Path) -> IO[bytes]:
    name = _only_member(archive, path)
    try:
        return archive.open(name)
    except (RuntimeError, NotImplementedError) as error:  # a password, a method that Python does not know
        raise FileError(Problem(f"cannot unpack {name}: {error}", str(path), "unpack it first")) from error


def _only_member(archive: zipfile.ZipFile, path: Path) -> str:
    names = [
        each.filename for each in archive.infolist() if not (each.is_dir() or each.filename.startswith("__MACOSX/"))
    ]
    if len(names) != 1:
        what = f"holds {len(names)} files: {', '.join(names[:5])}" if names else "holds no file"
        raise FileError(Problem(what, str(path), "unpack it, and name the file or the folder"))
    return names[0]
