"""CSV files, whatever their separator, quotes, encoding and compression."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from mdm.config.layers import Notice
from mdm.dataset.reading import csv_arrow, csv_plain
from mdm.dataset.reading.csv_plain import Layout
from mdm.dataset.reading.dialect import Dialect, has_header, sniff
from mdm.dataset.reading.encoding import examine
from mdm.dataset.reading.names import check_given, checked
from mdm.dataset.reading.rejects import Rejects
from mdm.dataset.reading.source import ReadingOptions, Source
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from mdm.config.models import PerformanceConfig


def open_csv(path: Path, performance: PerformanceConfig, options: ReadingOptions, rejects: Rejects) -> Source:
    """Open a CSV file; all its columns are text, with missing values for the usual marks of them."""
    text = examine(path, options.encoding)
    dialect = sniff(text.start, options.delimiter)
    first = _first_row(path, text.encoding, dialect)
    header = has_header(first) if options.header is None else options.header
    names = _names(first, options, header=header, where=str(path))
    layout = Layout(path, text.encoding, dialect, names, header)
    notices = text.notices if header or options.header is False else (*text.notices, _no_header(path))
    fast = performance.use_arrow and csv_arrow.suits(layout)

    def stream(chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        read = csv_arrow.read if fast else csv_plain.read
        return read(layout, rejects, chunk_size, chunk_bytes)

    return Source((path,), layout.schema, stream, performance, notices=notices, rejects=rejects)


def _first_row(path: Path, encoding: str, dialect: Dialect) -> list[str]:
    with closing(csv_plain.lines_of(path, encoding)) as lines:
        for row in dialect.rows(lines):
            if row:
                return row
    raise FileError(Problem("holds no data", str(path), "is this the right file?"))


def _names(first: list[str], options: ReadingOptions, *, header: bool, where: str) -> tuple[str, ...]:
    check_given(options.names, len(first), where)
    if options.names:
        return checked(options.names, where)
    if header:
        return checked(first, where)
    return tuple(f"column_{number}" for number in range(1, len(first) + 1))


def _no_header(path: Path) -> Notice:
    return Notice("header", "the first row looks like data, columns are named column_1 and so on", str(path), "--names")
