"""The files of a dataset with their checksums, which are found while the rows are read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Self

from mdm.core.file_errors import file_error
from mdm.dataset.reading.source import checksum
from mdm.storage.info import Source

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from mdm.dataset.reading import Source as Opened


def sources_of(opened: Opened) -> tuple[Source, ...]:
    """Return the files, with their checksums as they are on the disk."""
    return tuple(_source(path) for path in opened.paths)


class Summing:
    """A thread that reads the files of *opened* within a block; left early, it stops at once.

    With one of *workers* there is no such thread, and the files are read when the checksums are asked for.
    """

    def __init__(self, opened: Opened, workers: int = 2) -> None:
        self._opened = opened
        self._beside = workers > 1
        self._unwanted = Event()
        self._thread = ThreadPoolExecutor(1, "checksum")
        self._found: list[Future[Source]] = []

    def __enter__(self) -> Self:
        """Begin."""
        if self._beside:
            self._found = [self._thread.submit(_source, path, self._unwanted) for path in self._opened.paths]
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._unwanted.set()
        self._thread.shutdown(cancel_futures=True)

    def sources(self) -> tuple[Source, ...]:
        """Return what `sources_of` returns, when it is known."""
        return tuple(each.result() for each in self._found) if self._beside else sources_of(self._opened)


def _source(path: Path, unwanted: Event | None = None) -> Source:
    digest = checksum((path,), unwanted)
    try:
        return Source(str(path.absolute()), f"sha256:{digest}", path.stat().st_size)
    except OSError as error:
        raise file_error(error, path, "read") from error
