"""CSV with Python's own reader: slow, and the one that says what is wrong with a row and where."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.dataset.reading.compression import opened
from mdm.dataset.reading.missing import MARKERS
from mdm.dataset.reading.rejects import Rejects, shown
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from mdm.dataset.reading.dialect import Dialect

END: Final = "\ue000end-of-file\ue000"
"""A line that is put after the last one: it is a row of its own, unless a quote before it is still open."""


@dataclass(frozen=True, slots=True)
class Layout:
    """All that is known of a CSV file before its rows are read; *header* lines come before them."""

    path: Path
    encoding: str
    dialect: Dialect
    names: tuple[str, ...]
    header: bool

    @property
    def schema(self) -> pa.Schema:
        """Text, all of it."""
        return pa.schema([(name, pa.string()) for name in self.names])


def read(layout: Layout, rejects: Rejects, rows: int, limit: int, skip: int = 0) -> Iterator[pa.RecordBatch]:
    """Yield the rows after the first *skip* good ones; bad ones go to *rejects*."""
    waiting: list[list[str]] = []
    size = 0
    for row in _good_rows(layout, rejects):
        if skip:
            skip -= 1
            continue
        waiting.append(row)
        size += sum(map(len, row))
        if len(waiting) == rows or size > limit:
            yield _batch(layout.schema, waiting)
            waiting, size = [], 0
    if waiting:
        yield _batch(layout.schema, waiting)


def lines_of(path: Path, encoding: str) -> Generator[str]:
    """Yield the lines of a text file with their ends, whichever these are."""
    with opened(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        yield from text


def _good_rows(layout: Layout, rejects: Rejects) -> Iterator[list[str]]:
    width, file = len(layout.names), str(layout.path)
    with closing(lines_of(layout.path, layout.encoding)) as lines:
        reader = layout.dialect.rows(chain(lines, ["\n", END]))
        rows = (row for row in reader if row)
        if layout.header:
            next(rows)
        line = reader.line_num
        for number, row in enumerate(rows, 1):
            if row == [END]:
                return
            place = f"{file}:{line + 1}"
            line = reader.line_num
            if row[-1].endswith(END):
                raise FileError(Problem(f"row {number}: a quote is opened and never closed", place, "close the quote"))
            if len(row) != width:
                rejects.add(file, number, _misfit(row, layout.names), row, place)
            else:
                yield row


def _misfit(row: list[str], names: tuple[str, ...]) -> str:
    message = f"{len(row)} values for {len(names)} columns"
    if len(row) < len(names):
        return f"{message}: nothing for {names[len(row)]}, the last value is {shown(row[-1])}"
    return f"{message}: {shown(row[len(names)])} comes after {names[-1]}"


def _batch(schema: pa.Schema, rows: list[list[str]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array([None if value in MARKERS else value for value in each], pa.string()) for each in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
