"""Tables of Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Final

_ROW: Final = re.compile(r"^\|.*\|$", re.MULTILINE)
_CODE_WITH_BAR: Final = re.compile(r"`([^`]*\\\|[^`]*)`")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a table, with an empty one around it."""
    names = list(head)
    yield ""
    yield line(names)
    yield "|" + "---|" * len(names)
    yield from map(line, rows)
    yield ""


def line(cells: Iterable[str]) -> str:
    """Return a row; a bar in a cell would end it."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def code(*texts: str) -> str:
    """Return *texts* as code, a line each."""
    return "<br>".join(f"`{text}`" for text in texts)


def plain(text: str) -> str:
    """Return *text* so that no character of it means anything."""
    for character, written in (("&", "&amp;"), ("<", "&lt;"), ("*", "&#42;"), ("[", "&#91;"), ("`", "&#96;")):
        text = text.replace(character, written)
    return text


def with_bars(text: str) -> str:
    r"""Return *text* with bars in the code of tables, where the builder would show the backslash of ``\|`` as well."""
    return _ROW.sub(lambda row: _CODE_WITH_BAR.sub(lambda found: _as_html(found[1]), row[0]), text)


def _as_html(written: str) -> str:
    return "<code>" + html.escape(written).replace("\\|", "&#124;") + "</code>"
