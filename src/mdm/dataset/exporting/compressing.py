"""Compressed files, written as a stream; the same content gives the same bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

    from mdm.dataset.exporting.target import Compression

_FRAME: Final = 4 << 20


@contextmanager
def compressed(file: BinaryIO, compression: Compression, level: int, member: str) -> Iterator[BinaryIO]:
    """Give a file whose content is compressed into *file*; *level* is 0 (least) to 9, *member* the name in an archive.

    Zstandard takes 0 for its default, which is 3.
    """
    match compression:
        case "none":
            yield file
        case "gzip":
            with gzip.GzipFile("", "wb", level, file, mtime=0) as packed:
                yield cast("BinaryIO", packed)
        case "zip":
            with (
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive,
                archive.open(member, "w", force_zip64=True) as inside,
            ):
                yield cast("BinaryIO", inside)
        case "zstd":
            frames = _Frames(file, level)
            yield cast("BinaryIO", frames)
            frames.finish()


class _Frames(io.BufferedIOBase):
    """Zstandard as frames of some megabytes each, which readers take as one stream."""

    def __init__(self, file: BinaryIO, level: int) -> None:
        self._file = file
        self._codec = pa.Codec("zstd", compression_level=level)
        self._held = bytearray()

    def write(self, data: Buffer) -> int:
        """Take *data*, and pass a frame on when there is enough for one."""
        before = len(self._held)
        self._held += data
        taken = len(self._held) - before
        if len(self._held) >= _FRAME:
            self.finish()
        return taken

    def finish(self) -> None:
        """Pass on what is held."""
        self._file.write(self._codec.compress(bytes(self._held), asbytes=True))
        self._held.clear()
