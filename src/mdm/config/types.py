"""The types of settings that neither Python nor Pydantic has: sizes, levels, durations, paths."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from mdm.core.home import expand

# Patterns are compiled when they are used: by `re`, which keeps them. Numbers are limited in length, so that whoever
# calculates with them can.
_SIZE = r"(?ai)(?P<number>\d{1,18}(?:\.\d{1,18})?)\s*(?P<unit>B|[KMGTP]B|[KMGTP]iB)"
_POWERS = "BKMGTP"

_UNIT = r"(?:us|ms|s|secs?|seconds?|min|mins|minutes?|h|hours?|d|days?|w|weeks?|months?|y|years?)"
_DURATION = rf"(?ai)(?:\d{{1,9}}(?:\.\d{{1,9}})?\s*{_UNIT}[\s,]*)+"
_FREQUENCY = r"(?ai)hourly|daily|weekly|monthly|yearly"
_DAY = r"(?:w[0-6]|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_CLOCK = r"(?:[01]?\d|2[0-3])(?::[0-5]\d){1,2}(?:\s*[ap]m)?"
_TIME = rf"(?ai){_DAY}|{_CLOCK}|{_DAY}\s+at\s+{_CLOCK}"
SCHEMA_VERSION = "2.0.0"
"""The version of the schema that this program reads and writes; older ones are migrated."""

_DATE = r"(?a)\d{4}-\d"  # what YAML takes for a day, and no version begins with
_VERSION = r"(?a)(?P<major>\d{1,4})(?:\.(?P<minor>\d{1,4}))?(?:[-+.]?\w)*"
_FILES = r"(?ai)[1-9]\d{0,8}\s+files?"


class Size(str):
    """A number of bytes as people write it: ``512MB`` (powers of 1000) or ``1.5GiB`` (powers of 1024).

    Equal to the text it was written as; ``bytes`` gives the number.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Return *text* as a size; raises `ValueError` where it is none."""
        size = super().__new__(cls, text.strip())
        if not re.fullmatch(_SIZE, size):
            raise ValueError("not a size; write a number with a unit, such as 512MB or 1.5GiB")
        if size.bytes == 0:
            raise ValueError("not even a byte; write a size above 0, such as 512MB or 1.5GiB")
        return size

    @property
    def bytes(self) -> int:
        """The size in bytes, rounded down."""
        match = re.fullmatch(_SIZE, self)
        assert match is not None
        unit = match["unit"].upper()
        base = 1024 if "I" in unit else 1000
        return int(float(match["number"]) * base ** _POWERS.index(unit[0]))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept text only, and give an instance of this class."""
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the text for editors."""
        return {
            "type": "string",
            "pattern": r"^\s*(?=[\d.]*[1-9])\d+(\.\d+)?\s*([KMGTPkmgtp][iI]?)?[bB]\s*$",
            "examples": ["512MB", "1.5GiB"],
        }


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) and value.isascii() else value  # the dotless i has an upper case


def _expand(value: Any) -> Any:
    if isinstance(value, str | Path):
        text = str(value)
        if not text:
            raise ValueError("empty; a path is needed")
        if "\0" in text:
            raise ValueError("a path cannot hold a NUL character")
        path = expand(text)
        if text.startswith("~") and path.parts[0].startswith("~"):
            raise ValueError(f"the home directory that {path.parts[0]} stands for is unknown; write the path in full")
        return path
    return value


def _check_rotation(text: str) -> str:
    if re.fullmatch(_DURATION, text) and not re.search("[1-9]", text):
        raise ValueError("no time at all; write a duration above 0, such as 1 day")
    if not any(re.fullmatch(pattern, text) for pattern in (_DURATION, _FREQUENCY, _TIME)):
        raise ValueError("not a duration or a time; write for example 1 day, daily, 12:00 or monday at 06:00")
    return text


def _check_retention(text: str) -> str:
    if not re.fullmatch(_FILES, text) and not re.fullmatch(_DURATION, text):
        raise ValueError("neither a duration nor a number of files; write for example 1 week or 5 files")
    return text


def _check_format(text: str) -> str:
    from mdm.config.log_format import check_format

    return check_format(text)


class NewerVersionError(ValueError):
    """A file was written for a version of the schema that this program does not know yet."""


def check_version(text: str) -> str:
    """Return *text* where it is a version that this program can read; raises `ValueError` otherwise.

    Of a newer one it is a `NewerVersionError`.
    """
    match = None if re.match(_DATE, text) else re.fullmatch(_VERSION, text)
    if match is None or int(match["major"]) < 2:
        raise ValueError(f"not a version of the schema; this program writes {SCHEMA_VERSION}")
    known = tuple(map(int, SCHEMA_VERSION.split(".")[:2]))
    if (int(match["major"]), int(match["minor"] or 0)) > known:
        shown = ".".join(map(str, known))
        raise NewerVersionError(f"written for a newer version of MDM; this program knows {shown}, so upgrade it")
    return text


Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
"""A log level, in upper or lower case; kept in upper case."""

ExpandedPath = Annotated[Path, BeforeValidator(_expand)]
"""A path; ``~`` is expanded. A relative one lies under ``paths.home``."""

Rotation = Annotated[str, AfterValidator(_check_rotation)]
"""When a log file is rotated: a loguru duration or time."""

Retention = Annotated[str, AfterValidator(_check_retention)]
"""How long, or how many, rotated files are kept."""

LineFormat = Annotated[str, AfterValidator(_check_format)]
"""A loguru format string, or ``json``."""

Version = Annotated[str, AfterValidator(check_version)]
"""The version of the schema that a file was written for."""
