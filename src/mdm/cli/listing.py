"""Rows in the format that ``cli.default_output_format`` asks for."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from mdm.cli.output import is_terminal, json_text, out_json, out_lines
from mdm.cli.render import aligned, table
from mdm.core.printable import escape

if TYPE_CHECKING:
    from mdm.config.models import CliConfig

_LONGEST: Final = 80


def output_format(settings: CliConfig, *, as_json: bool) -> str:
    """Return the format to print in: what the command line says before what is configured."""
    return "json" if as_json else settings.default_output_format


def is_paged(form: str) -> bool:
    """Say whether *form* is for people, who get a page, and not for programs, which get all."""
    return form in {"rich", "table"}


def print_rows(form: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print *rows* under their column names, as *form* says: ``rich``, ``table``, ``json`` or ``csv``."""
    match form:
        case "json":
            out_json([dict(zip(columns, map(_plain, row), strict=True)) for row in rows])
        case "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_for_reader(_text(value)) for value in row] for row in rows)
        case "table":
            out_lines(aligned([_cells(columns), *map(_cells, rows)]))
        case _:
            table(_cells(columns), map(_cells, rows))


def _cells(row: Sequence[Any]) -> list[str]:
    """Return *row* as cells of a table: long texts are cut, so that a column stays a column."""
    texts = [escape(_text(value)) for value in row]
    return [text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..." for text in texts]


def _for_reader(text: str) -> str:
    return escape(text) if is_terminal() else text


def _text(value: Any) -> str:
    match _plain(value):
        case None:
            return ""
        case str(text):
            return text
        case list() as items:
            return ", ".join(map(str, items))
        case other:
            return json_text(other)


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case tuple():
            return list(value)
        case _:
            return value
