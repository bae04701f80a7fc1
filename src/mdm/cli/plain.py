"""Values that are valid at first sight, in plain lines of a file and in variables."""

from __future__ import annotations

import os
import re
import stat
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mdm.core.plain_lines import plain_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

Plain = str
"""A value as it is printed, which is also how it is written."""

_LIMIT = 64 * 1024
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
_SHARE = re.compile(r"0\.[0-9]{1,9}")
_SIZE = re.compile(r"[1-9][0-9]{0,8}[KMGT]i?B")
_AGE = re.compile(r"[1-9][0-9]{0,3} (day|week|month)s?")
_KEPT = re.compile(r"[1-9][0-9]{0,3} (day|week|month|file)s?")
_PATH = re.compile(r"(~?/)?[\w.][\w./ -]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_NOTHING = frozenset({"null", "none", "~", ""})
_VERSIONS = frozenset({"2", "2.0", "2.0.0"})


class Row(NamedTuple):
    """A setting: what a *check* takes at first sight, with its bounds or words, and the default as it is printed.

    *is_answerable*: what is printed is what is written; elsewhere (secrets, paths that follow others) it is not.
    """

    check: str
    words: tuple[str, ...]
    low: float
    high: float
    default: Plain
    is_answerable: bool

    @property
    def is_text(self) -> bool:
        """Whether JSON has the value in quotes."""
        return self.check in ("words", "name")

    def takes(self, text: Plain, *, quoted: bool = False) -> bool:
        """Say whether *text* is certainly a valid value; where it was *quoted*, one of a setting that is text."""
        match self.check:
            case "bool":
                return text in ("true", "false") and not quoted
            case "whole":
                return not quoted and _WHOLE.fullmatch(text) is not None and self.low <= int(text) <= self.high
            case "share":
                return not quoted and _SHARE.fullmatch(text) is not None and self.low <= float(text) <= self.high
            case "words":
                return text in self.words
            case "version":
                return text in _VERSIONS
        pattern = {"size": _SIZE, "age": _AGE, "kept": _KEPT, "path": _PATH, "name": _NAME}.get(self.check)
        return pattern is not None and pattern.fullmatch(text) is not None and text.lower() not in _NOTHING


@cache
def plain_table() -> Mapping[str, Row]:
    """Return the settings as they were when the table was made; nothing where the models have changed since."""
    from mdm.cli.plain_table import MODELS, ROWS

    return {key: Row(*row) for key, row in ROWS.items()} if fingerprint() == MODELS else {}


def fingerprint() -> int:
    """Return a number that changes with the text of the models; 0 where that cannot be read."""
    from zlib import crc32

    number = 0
    for name in ("models", "types"):
        content = _content(os.path.join(os.path.dirname(__file__), "..", "config", f"{name}.py"))  # noqa: PTH118, PTH120
        if content is None:
            return 0
        number = crc32(content, number)
    return number


def plain_variables(environ: Mapping[str, str]) -> dict[str, Plain] | None:
    """Return what the variables of MDM set, none where one of them is not plain."""
    values = {}
    for name, text in environ.items():
        if "MDM" not in name.upper():
            continue
        key = name.lower().removeprefix("mdm_").replace("__", ".")
        row = plain_table().get(key)
        if row is None or name != variable_of(key) or text.lower() in _NOTHING or not row.takes(text):
            return None
        values[key] = text
    return values


def variable_of(key: str) -> str:
    """Return the variable that sets *key*."""
    return "MDM_" + key.replace(".", "__").upper()


def plain_file(path: str) -> dict[str, Plain] | None:
    """Return what the file at *path* sets, none where it is anything but plain lines in the new format."""
    content = _content(path)
    if content is None or not content.isascii():
        return None
    values: dict[str, Plain] = {}
    for line in plain_lines(content.decode("ascii")) or ():
        if line.text is None:
            continue
        key = ".".join(line.path)
        row = plain_table().get(key)
        if row is None or not row.takes(line.text, quoted=line.quoted):
            return None
        values[key] = line.text
    return values if "version" in values else None


def wants_new(path: str) -> bool:
    """Say whether the flags file at *path* certainly says that the new configuration counts, and is in order."""
    import json

    content = _content(path)
    try:
        tree = json.loads(content or b"")
        flags, history = tree["flags"], tree["history"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    if not (isinstance(flags, dict) and isinstance(history, list)):
        return False
    rows = {name: plain_table().get(f"refactoring.{name}") for name in flags}
    in_order = all(row is not None and row.takes(json.dumps(flags[name])) for name, row in rows.items())
    return in_order and flags.get("use_new_config") is True


def _content(path: str) -> bytes | None:
    """Return what a small regular file holds, none for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = os.read(descriptor, _LIMIT + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) <= _LIMIT else None
