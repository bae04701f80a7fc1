"""What every format is opened as: a schema, and a stream of record batches that can be read again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final, Literal, Protocol

from mdm.core.file_errors import file_error
from mdm.dataset.reading.rejects import Rejects

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from mdm.config.layers import Notice
    from mdm.config.models import PerformanceConfig

SPLIT_COLUMN: Final = "mdm_split"
"""Column that says of which file of a competition a row is: ``train`` or ``test``."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How files are read where that is not to be found out.

    *names* are the names of the columns, in place of those in the file. *rejects* is the file that keeps the rows
    which are left out with ``on_bad_row="skip"``; without it they are only counted.
    """

    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    names: tuple[str, ...] = ()
    sheet: str | None = None
    on_bad_row: Literal["error", "skip"] = "error"
    rejects: Path | None = None


class Stream(Protocol):
    """Reads a source from its start, at most *chunk_size* rows and *chunk_bytes* bytes (about) at once."""

    def __call__(self, chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        """Start reading."""
        ...


@dataclass(frozen=True)
class Source:
    """Files that hold one table.

    Where the format has no types of its own, *typed* is false and every column text. *target* and *ids* are what the
    files say about themselves (a competition's do). *notices* say what was assumed.
    """

    paths: tuple[Path, ...]
    schema: pa.Schema
    stream: Stream = field(repr=False)
    performance: PerformanceConfig = field(repr=False)
    typed: bool = False
    target: str | None = None
    ids: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    rejects: Rejects = field(default_factory=Rejects, repr=False)

    def batches(self, chunk_size: int | None = None) -> Iterator[pa.RecordBatch]:
        """Read from the start; each batch has the schema of the source and at most *chunk_size* rows.

        Batches are smaller where rows are so long that a chunk would take much of the memory limit. Raises
        :class:`~mdm.errors.FileError` at the first bad row, unless bad rows are skipped.
        """
        with self.rejects:
            rows = chunk_size or self.performance.chunk_size
            yield from self.stream(rows, self.performance.memory_limit_mb * _BLOCK // 64)

    @property
    def rejected(self) -> int:
        """Rows that the last reading has left out."""
        return self.rejects.count

    @property
    def where(self) -> str:
        """The place that errors name."""
        return ", ".join(map(str, self.paths))

    def checksum(self) -> str:
        """Return the checksum of the files as they are on the disk."""
        return checksum(self.paths)


def checksum(paths: tuple[Path, ...], unwanted: Event | None = None) -> str:
    """Return the SHA-256 of a file in hexadecimal digits; of several, the SHA-256 of what ``sha256sum`` prints.

    Once *unwanted* is set, it stops reading, and what it returns means nothing.
    """
    sums = [_sha256(path, unwanted or Event()) for path in paths]
    if len(sums) == 1:
        return sums[0]
    lines = "".join(f"{digest}  {path.name}\n" for digest, path in zip(sums, paths, strict=True))
    return hashlib.sha256(lines.encode()).hexdigest()


def _sha256(path: Path, unwanted: Event) -> str:
    digest, block = hashlib.sha256(), memoryview(bytearray(_BLOCK))
    try:
        with path.open("rb", buffering=0) as file:
            while not unwanted.is_set() and (size := file.readinto(block)):
                digest.update(block[:size])
        return digest.hexdigest()
    except OSError as error:
        raise file_error(error, path, "read") from error
