"""Streams that can be given a second time, to who stands in where the first one failed."""

from __future__ import annotations

from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Self

import pyarrow as pa

from mdm.core.files import make_folder
from mdm.errors import Problem, StorageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path


class Rewinding:
    """The streams of *tables*; what was read of them is kept in files without a name in *folder*, not in memory."""

    def __init__(self, tables: Mapping[str, pa.RecordBatchReader], folder: Path) -> None:
        self._tables = {name: _Stream(reader) for name, reader in tables.items()}
        self._folder = folder
        self._stack = ExitStack()
        self._is_given = False

    def __enter__(self) -> Self:
        """Return this; what was kept is gone when the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was kept."""
        self._stack.close()

    def given(self, *, keep: bool) -> dict[str, pa.RecordBatchReader]:
        """Return the streams from their start; with *keep*, they can be given again."""
        if self._is_given:
            return {name: stream.again() for name, stream in self._tables.items()}
        self._is_given = True
        if not keep:
            return {name: stream.reader for name, stream in self._tables.items()}
        make_folder(self._folder)
        for stream in self._tables.values():
            stream.kept = self._stack.enter_context(TemporaryFile(dir=self._folder))  # noqa: SIM115
        return {name: stream.keeping() for name, stream in self._tables.items()}


class _Stream:
    """One stream: how it ended with an *error*, if it did, and the file where it is *kept*."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self.reader = reader
        self.kept: IO[bytes] | None = None
        self._error: Exception | None = None
        self._reading = self._keeping()

    def keeping(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self.reader.schema, self._reading)

    def again(self) -> pa.RecordBatchReader:
        """Return what was read, then the rest; raise what the source itself has raised."""
        if self._error is not None:
            raise self._error
        if self.kept is None:
            hint = "run the command again"
            raise StorageError(Problem("the data were read already, and nobody was to stand in", hint=hint))
        self._reading.close()  # and with it the file is whole
        return pa.RecordBatchReader.from_batches(self.reader.schema, self._again(self.kept))

    def _keeping(self) -> Generator[pa.RecordBatch]:
        with pa.ipc.new_stream(self.kept, self.reader.schema) as file:
            try:
                for batch in self.reader:
                    file.write_batch(batch)
                    yield batch
            except Exception as error:
                self._error = error
                raise

    def _again(self, kept: IO[bytes]) -> Iterator[pa.RecordBatch]:
        kept.seek(0)
        with pa.ipc.open_stream(kept) as file:
            yield from file
        yield from self.reader
