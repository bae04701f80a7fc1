"""JSON: an object a line, or one array of objects."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from mdm.dataset.reading.compression import opened
from mdm.dataset.reading.encoding import examine
from mdm.dataset.reading.names import checked
from mdm.dataset.reading.rejects import Rejects, shown
from mdm.dataset.reading.rows import batches_of, types_of
from mdm.dataset.reading.source import ReadingOptions, Source
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mdm.config.models import PerformanceConfig

_BLOCK = 1 << 20
_BETWEEN: Final = re.compile(r"[\s,]*")  # matches nothing, too
_LONGEST: Final = 64 * _BLOCK
"""Characters of one element of an array at most: what is longer is not a row."""


def open_json(path: Path, performance: PerformanceConfig, options: ReadingOptions, rejects: Rejects) -> Source:
    """Open a JSON file; the columns are the keys of all objects, values with a structure of their own are text."""
    text = examine(path, options.encoding)
    array = text.start.lstrip("\ufeff \t\r\n").startswith("[")
    types = types_of(_objects(path, text.encoding, Rejects(skip=rejects.skip), array=array))
    if not types:
        raise FileError(Problem("holds no data", str(path), "is this the right file?"))
    checked(list(types), str(path))
    schema = pa.schema(list(types.items()))

    def stream(chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        yield from batches_of(_objects(path, text.encoding, rejects, array=array), schema, chunk_size, chunk_bytes)

    return Source((path,), schema, stream, performance, typed=True, notices=text.notices, rejects=rejects)


def _objects(path: Path, encoding: str, rejects: Rejects, *, array: bool) -> Iterator[dict[str, Any]]:
    with opened(path) as raw, io.TextIOWrapper(raw, encoding=encoding) as text:
        for number, (place, each) in enumerate(_elements(text, path) if array else _lines(text), 1):
            if (row := _object(each)) is not None:
                yield row
            else:
                problem = f"not a JSON object: {shown(each.strip())}"
                rejects.add(str(path), number, problem, [each], f"{path}:{place}" if place else "")


def _lines(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text, 1):
        if line.strip():
            yield number, line


def _elements(text: io.TextIOWrapper, path: Path) -> Iterator[tuple[int, str]]:
    """Yield the text of each element of an array, holding no more of it than one element and a block."""
    decoder = json.JSONDecoder()
    buffer, start = text.read(_BLOCK).lstrip("\ufeff \t\r\n"), 1
    while not buffer.startswith("]", start := _BETWEEN.match(buffer, start).end()):  # type: ignore[union-attr]
        try:
            _, end = decoder.raw_decode(buffer, start)
        except (ValueError, RecursionError):
            rest = buffer[start:]
            more = text.read(max(_BLOCK, len(rest))) if len(rest) < _LONGEST else ""
            if not more:
                problem = Problem(f"breaks off or goes wrong at {shown(rest[:80])}", str(path), "is it complete?")
                raise FileError(problem) from None
            buffer, start = rest + more, 0
        else:
            yield 0, buffer[start:end]
            start = end


def _object(text: str) -> dict[str, Any] | None:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
