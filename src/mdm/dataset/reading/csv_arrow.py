"""CSV with Arrow's reader: several times as fast, and with the same result."""

from __future__ import annotations

import codecs
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as arrow_csv

from mdm.dataset.reading import csv_plain
from mdm.dataset.reading.compression import opened
from mdm.dataset.reading.csv_plain import END
from mdm.dataset.reading.missing import MARKERS
from mdm.storage.streams import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdm.dataset.reading.csv_plain import Layout
    from mdm.dataset.reading.rejects import Rejects

_BLOCK = 1 << 20


def suits(layout: Layout) -> bool:
    """Return whether Arrow reads such a file: several columns, nothing around values that is no part of them."""
    return len(layout.names) > 1 and not layout.dialect.padded and layout.dialect.delimiter.isascii()


def read(layout: Layout, rejects: Rejects, rows: int, limit: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a CSV file; where Arrow stops, the plain reader goes on and says what is wrong."""
    done = 0
    try:
        for batch in cut(_blocks(layout), rows, limit):
            yield batch
            done += batch.num_rows
    except pa.ArrowInvalid:
        yield from csv_plain.read(layout, rejects, rows, limit, skip=done)


class _Ending:
    """A file as UTF-8 with one more line: that this is a row of its own tells that no quote was left open."""

    closed = False

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = None if encoding.startswith("utf-8") else codecs.getincrementaldecoder(encoding)()
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return some of the next *size* bytes; a character of any encoding takes at most four in UTF-8."""
        if self._ended:
            return b""
        while block := self._stream.read(size if self._decoder is None else max(size // 4, 1)):
            if text := block if self._decoder is None else self._decoder.decode(block).encode():
                return text
        self._ended = True
        return f"\n{END}\n".encode()

    def judge(self, row: arrow_csv.InvalidRow) -> str:
        """Say what is done about a row that has not the width of the others."""
        if row.text != END:
            return "error"
        self.closed = True
        return "skip"


def _blocks(layout: Layout) -> Iterator[pa.RecordBatch]:
    with opened(layout.path) as raw:
        stream = _Ending(raw, layout.encoding)
        skip = int(layout.header)
        for batch in _reader(layout, stream):
            yield batch.slice(skip) if skip else batch
            skip = max(0, skip - batch.num_rows)
        if not stream.closed:
            raise pa.ArrowInvalid


def _reader(layout: Layout, stream: _Ending) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=arrow_csv.ReadOptions(block_size=_BLOCK, column_names=list(layout.names)),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.dialect.delimiter,
            quote_char=layout.dialect.quote,
            escape_char=layout.dialect.escape or False,
            newlines_in_values=True,
            invalid_row_handler=stream.judge,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=layout.schema, strings_can_be_null=True, null_values=sorted(MARKERS)
        ),
    )
