"""Plain printing and JSON. Nothing that a terminal would obey leaves this module as it is."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from mdm.core.printable import escape


def out(text: str = "") -> None:
    """Print one line on standard output."""
    sys.stdout.write(escape(text) + "\n")


def out_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output."""
    for line in lines:
        out(line)


def out_bare(text: str) -> None:
    """Print *text* for a program as it is; escaped where the reader is a terminal."""
    if is_terminal():
        out(text)
    else:
        sys.stdout.write(text + "\n")


def out_json(value: Any) -> None:
    """Print *value* as one JSON document."""
    sys.stdout.write(json_text(value, indent=2) + "\n")


def err(text: str) -> None:
    """Print one line on standard error, after everything that was printed before it."""
    sys.stdout.flush()
    sys.stderr.write(escape(text) + "\n")
    sys.stderr.flush()


def is_terminal() -> bool:
    """Say whether a person reads standard output."""
    return sys.stdout.isatty()


def json_text(value: Any, indent: int | None = None) -> str:
    """Return *value* as strict JSON, with control characters of every kind escaped."""
    import json

    text = json.dumps(_jsonable(value), ensure_ascii=False, indent=indent, allow_nan=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def text_of(value: Any) -> str:
    """Return *value* as people and scripts read it: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json_text(value)


def _jsonable(value: Any) -> Any:
    match value:
        case bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {_name(key): _jsonable(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_jsonable(item) for item in value]
        case _:
            return str(value)


def _name(key: Any) -> str:
    return json_text(key) if isinstance(key, bool | int | float | None) else str(key)
