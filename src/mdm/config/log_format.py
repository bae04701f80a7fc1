"""The format of log lines: checked when it is read, so that no record fails because of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

# What a record of loguru holds, and of it what it can be asked for.
_FIELD = re.compile(
    r"""
    function | line | message | module | name
    | exception | (elapsed|time)(\.\w+)? | extra(\[[^\]]+\])?
    | file(\.(name|path))? | level(\.(name|no|icon))? | (process|thread)(\.(id|name))?
    """,
    re.VERBOSE | re.ASCII,
)
_WIDE = re.compile(r"\d{4}")
_TEXTS = ("exception", "file", "function", "level", "message", "module", "name")


def check_format(text: str) -> str:
    """Return *text*; raises ValueError where a record cannot be written so, whichever it is."""
    if not text.strip():
        raise ValueError("empty; write a format string with fields in braces, or json")
    try:
        unknown = next((field for field in _fields(text) if not _FIELD.fullmatch(field)), None)
    except ValueError as error:
        raise ValueError(f"not a format string: {error}") from None
    if unknown is not None:
        raise ValueError(f"no log record has {{{unknown}}}; write for example {{time}}, {{level}}, {{message}}")
    try:
        text.format_map(_record())
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"not a format of log records: {error}") from None
    return text


def _fields(text: str) -> Iterator[str]:
    """Yield the fields of a format string. Their own formats are harmless: a wide one would fill the memory."""
    for _, field, inner, _ in Formatter().parse(text):
        if field is not None:
            if "{" in (inner or ""):
                raise ValueError("a field inside the format of a field")
            if _WIDE.search(inner or ""):
                raise ValueError("a width or precision above 999")
            yield field


class _Text(str):  # noqa: SLOT000 (attributes are what it is for)
    """A text with attributes, as parts of log records are."""


class _Number(int):
    """A number with attributes."""


def _record() -> dict[str, Any]:
    """Return what a log record is like to a format."""
    texts: dict[str, Any] = {
        name: _Text() for name in ("exception", "file", "function", "level", "message", "module", "name")
    }
    numbers: dict[str, Any] = {name: _Number(1) for name in ("line", "process", "thread")}
    vars(texts["file"]).update(name="", path="")
    vars(texts["level"]).update(name="", no=20, icon="")
    for name in ("process", "thread"):
        vars(numbers[name]).update(id=1, name="")
    moments = {"time": datetime(2001, 1, 1, tzinfo=UTC), "elapsed": timedelta(1)}
    return {**texts, **numbers, **moments, "extra": defaultdict(str)}
