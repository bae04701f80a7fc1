"""Excel and OpenDocument sheets."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from mdm.core.file_errors import file_error
from mdm.dataset.reading.compression import damaged
from mdm.dataset.reading.missing import MARKERS
from mdm.dataset.reading.names import check_given, checked
from mdm.dataset.reading.rows import batches_of, types_of
from mdm.dataset.reading.source import ReadingOptions, Source
from mdm.errors import FileError, Problem
from mdm.integrations.extras import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mdm.config.models import PerformanceConfig
    from mdm.dataset.reading.rejects import Rejects

_HELD: Final = 3
"""Bytes that a byte of a sheet, unpacked, takes while it is read; measured with a million cells."""


def open_excel(path: Path, performance: PerformanceConfig, options: ReadingOptions, rejects: Rejects) -> Source:
    """Open a sheet, the first one unless ``options.sheet`` names another; its first row names the columns."""
    _check_fits(path, performance.memory_limit_mb)
    rows = [[_value(cell) for cell in row] for row in _cells(path, options.sheet)]
    rows = [row for row in rows if any(value is not None for value in row)]
    if not rows:
        raise FileError(Problem("holds no data", str(path), "name another sheet with --sheet"))
    check_given(options.names, len(rows[0]), str(path))
    header = [] if options.header is False else rows.pop(0)
    names = checked(options.names or _named(header, len(rows[0]) if rows else 0), str(path))
    records = [dict(zip(names, row, strict=False)) for row in rows]
    types = dict.fromkeys(names, pa.string()) | types_of(records)
    schema = pa.schema(list(types.items()))

    def stream(chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        yield from batches_of(records, schema, chunk_size, chunk_bytes)

    return Source((path,), schema, stream, performance, typed=True, rejects=rejects)


def _check_fits(path: Path, limit: int) -> None:
    """Raise FileError where the sheet would take more than *limit* megabytes: workbooks are not read in pieces."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as parts:  # the largest two are a sheet and the texts that all sheets share
                size = sum(sorted(part.file_size for part in parts.infolist())[-2:])
        else:
            size = path.stat().st_size
    except (OSError, zipfile.BadZipFile):
        return  # whoever reads it tells what is wrong
    if (needed := _HELD * size >> 20) > limit:
        message = f"takes about {needed} MB to read, and performance.memory_limit_mb is {limit}"
        raise FileError(
            Problem(message, str(path), "save the sheet as CSV, which is read in pieces, or raise the limit")
        )


def _cells(path: Path, sheet: str | None) -> list[list[Any]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        hint = "pip install 'ml-data-manager[data]'"
        raise MissingExtraError(Problem(f"the package {error.name} is not installed", str(path), hint)) from None
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            names = workbook.sheet_names
            if sheet is not None and sheet not in names:
                raise FileError(Problem(f"has no sheet {sheet}", str(path), f"there are {', '.join(names)}"))
            return workbook.get_sheet_by_name(sheet or names[0]).to_python()
    except CalamineError as error:
        raise damaged(path, str(error)) from error
    except OSError as error:
        raise file_error(error, path, "read") from error


def _named(header: list[Any], width: int) -> list[str]:
    if header:
        return ["" if value is None else str(value) for value in header]
    return [f"column_{number}" for number in range(1, width + 1)]


def _value(cell: object) -> Any:
    """Return a cell as what it stands for: sheets have no integers, and nothing but text for a missing value."""
    match cell:
        case str():
            return None if cell.strip() in MARKERS else cell
        case float() if cell.is_integer() and abs(cell) < 2**53:
            return int(cell)
        case datetime() | date() | bool() | float() | int():
            return cell
        case time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return None
