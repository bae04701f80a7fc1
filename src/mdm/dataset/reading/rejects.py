"""Rows that do not fit: an error at the first, or set aside in a file and counted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Self

from mdm.core.file_errors import file_error
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHOWN = 80
_HINT = "correct the file, or leave such rows out with --on-bad-row=skip"


@dataclass
class Rejects:
    """Where bad rows go. With *skip* they are counted and written to *path*, otherwise the first one is an error.

    The file holds a JSON object a row: file, row (from 1, the header not counted), problem, values. It is made with the
    first bad row and written anew by each reading.
    """

    skip: bool = False
    path: Path | None = None
    count: int = 0
    _file: IO[str] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self.count = 0
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, file: str, row: int, problem: str, values: Sequence[object], place: str = "") -> None:
        """Set a row aside, or raise :class:`~mdm.errors.FileError` that names it."""
        if not self.skip:
            raise FileError(Problem(f"row {row}: {problem}", place or file, _HINT))
        self.count += 1
        if self.path is not None:
            record = {"file": file, "row": row, "problem": problem, "values": list(values)}
            self._write(self.path, json.dumps(record, ensure_ascii=False, default=str))

    def _write(self, path: Path, line: str) -> None:
        try:
            if self._file is None:
                self._file = path.open("w", encoding="utf-8", errors="backslashreplace")
            self._file.write(line + "\n")
        except OSError as error:
            raise file_error(error, path, "write") from error


def shown(value: object) -> str:
    """Return *value* as errors show it: quoted, printable, on one line, not endless."""
    text = ascii(value) if not str(value).isprintable() else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
