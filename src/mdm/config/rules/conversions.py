"""How legacy values change shape on their way to the new settings, and back. Pure functions in pairs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from mdm.config.rules.rule import ABSENT, NEW_DEFAULT, Both, Context, Given, LegacyKey, Special

# Longer numbers are left to the schema, which refuses them.
_COUNT = re.compile(r"\d{1,18}", re.ASCII)
_SIZE = re.compile(
    r"(?P<number>\d{1,18}(?:\.\d{1,18})?)\s*(?P<unit>[KMGTP]?)(?P<binary>i?)B?", re.IGNORECASE | re.ASCII
)
_PERCENT = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,9})?)\s*%", re.ASCII)
_POWERS = "BKMGTP"
_MEBIBYTE = 1024**2
_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")
_YES = ("true", "yes", "on", "y", "t", "1")
_NO = ("false", "no", "off", "n", "f", "0")
_PERCENT_FIELDS = {
    "asctime": "{time:YYYY-MM-DD HH:mm:ss}",
    "levelname": "{level}",
    "name": "{name}",
    "lineno": "{line}",
    "message": "{message}",
    "module": "{module}",
    "funcName": "{function}",
    "process": "{process}",
    "thread": "{thread}",
    "filename": "{file}",
}
LOG_FILE_KEYS = (("logging", "file"), ("log_file",))
LOG_FOLDER_KEYS = (("paths", "logs_path"), ("storage", "logs_path"), ("logs_path",))
FAMILIES = ("numeric", "categorical", "datetime", "text", "custom")
_FAMILY_NAMES = {"statistical": "numeric", "temporal": "datetime", **{name: name for name in FAMILIES}}


def _none_is_default(value: Any) -> Any:
    return NEW_DEFAULT if value is None else value


def _same_back(value: Any, key: LegacyKey) -> Any:
    return value


def _lower(given: Given, context: Context) -> Any:
    value = _none_is_default(given.text)
    return value.strip().lower() if isinstance(value, str) and value.isascii() else value


def _upper(given: Given, context: Context) -> Any:
    value = _none_is_default(given.text)
    return value.strip().upper() if isinstance(value, str) and value.isascii() else value


def _pragma(given: Given, context: Context) -> Any:
    """An unquoted OFF arrives as the boolean false."""
    return "OFF" if given.value is False else _upper(given, context)


def _synchronous(given: Given, context: Context) -> Any:
    """SQLite also takes the numbers 0 to 3."""
    if given.text in ("0", "1", "2", "3"):
        return _SYNCHRONOUS[int(given.text)]
    return _pragma(given, context)


def _whole_number(given: Given, context: Context) -> Any:
    value = _none_is_default(given.value)
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return value
    return value


def _yes_or_no(given: Given, context: Context) -> Any:
    """Also where it was written as text or as 0 and 1."""
    value = _none_is_default(given.value)
    word = str(value).strip().lower()
    return word in _YES if word in _YES + _NO else value


def _negated(given: Given, context: Context) -> Any:
    value = _yes_or_no(given, context)
    if not isinstance(value, bool | Special):
        raise ValueError("not true or false")
    return not value if isinstance(value, bool) else value


def _fraction(given: Given, context: Context) -> Any:
    value = _whole_number(given, context)
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _rounded_up(given: Given, context: Context) -> Any:
    value = _none_is_default(given.value)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return value
    return math.ceil(number) if math.isfinite(number) and not isinstance(value, bool) else value


def bytes_to_size(count: int) -> str:
    """Return a number of bytes as the shortest exact size: 10485760 -> ``10MiB``."""
    for power in range(len(_POWERS) - 1, 0, -1):
        for base, suffix in ((1024, "iB"), (1000, "B")):
            if count and count % base**power == 0:
                return f"{count // base**power}{_POWERS[power]}{suffix}"
    return f"{count}B"


def _size(given: Given, context: Context) -> Any:
    text = _none_is_default(given.text)
    if not isinstance(text, str):
        return text
    if percent := _PERCENT.fullmatch(text.strip()):
        share = int(context.memory_bytes() * float(percent["number"]) / 100)
        return f"{share // _MEBIBYTE}MiB"
    if _COUNT.fullmatch(text.strip()):
        return bytes_to_size(int(text))
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return text
    return text.strip() if text.strip()[-1] in "bB" else f"{text.strip()}B"


def _to_bytes(value: Any, key: LegacyKey) -> Any:
    match = _SIZE.fullmatch(value)
    if match is None:
        return value
    base = 1024 if match["binary"] else 1000
    count = float(match["number"]) * base ** (_POWERS.index(match["unit"].upper()) if match["unit"] else 0)
    return int(count)


def _megabytes(given: Given, context: Context) -> Any:
    """The old program counted 1024 MB to the GB."""
    text = _none_is_default(given.text)
    match = _SIZE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None or _COUNT.fullmatch(text.strip()):
        return _whole_number(given, context)
    power = _POWERS.index(match["unit"].upper() or "B")
    return math.ceil(float(match["number"]) * 1024.0 ** (power - 2))


def _zero_is_none(given: Given, context: Context) -> Any:
    value = _whole_number(given, context)
    return None if value is NEW_DEFAULT or (value == 0 and not isinstance(value, bool)) else value


def _file_count(given: Given, context: Context) -> Any:
    value = _whole_number(given, context)
    return f"{value} files" if isinstance(value, int) and not isinstance(value, bool) else value


def _count_of_files(value: Any, key: LegacyKey) -> Any:
    number, _, unit = str(value).partition(" ")
    return int(number) if unit in ("file", "files") and number.isdigit() else ABSENT


def _log_format(given: Given, context: Context) -> Any:
    value = _none_is_default(given.text)
    if not isinstance(value, str) or value.lower() == "json":
        return value.lower() if isinstance(value, str) else value
    if value.lower() in ("console", "text"):
        return NEW_DEFAULT
    if "%(" not in value:
        return value
    return re.sub(r"%\((\w+)\)[-+ 0#\d.]*[a-zA-Z]", _brace_field, value.replace("{", "{{").replace("}", "}}"))


def _brace_field(match: re.Match[str]) -> str:
    if match[1] not in _PERCENT_FIELDS:
        raise ValueError(f"the field %({match[1]}) has no counterpart in the new notation")
    return _PERCENT_FIELDS[match[1]]


def _log_file(given: Given, context: Context) -> Any:
    """A bare name lies in the legacy logs folder."""
    text = given.text
    if not isinstance(text, str) or "/" in text or text.startswith("~"):
        return text
    return f"{_folder(context).rstrip('/')}/{text}"


def _folder(context: Context) -> str:
    folder = context.first(*LOG_FOLDER_KEYS)
    return folder if isinstance(folder, str) else "logs"


def _log_folder(given: Given, context: Context) -> Any:
    """The folder decides where the log goes only while no file is named."""
    if given.text is None or context.first(*LOG_FILE_KEYS) is not ABSENT:
        return ABSENT
    return f"{given.text.rstrip('/')}/mdm.log" if isinstance(given.text, str) else given.text


def _folder_of(value: Any, key: LegacyKey) -> Any:
    return ABSENT if value is None else str(PurePosixPath(value).parent)


def _parent_of_datasets(given: Given, context: Context) -> Any:
    """The legacy folder was the one of the dataset descriptions, ``config/datasets/``."""
    text = _none_is_default(given.text)
    if isinstance(text, str) and PurePosixPath(text).name == "datasets":
        return str(PurePosixPath(text).parent)
    return text


def _datasets_below(value: Any, key: LegacyKey) -> str:
    return f"{value}/datasets"


def _all_off(given: Given, context: Context) -> Any:
    """False turns every family off; true leaves them to the rows below."""
    value = _yes_or_no(given, context)
    if value is NEW_DEFAULT or value is True:
        return ABSENT
    if value is not False:
        raise ValueError("not true or false")
    return {f"features.enable_{family}": False for family in FAMILIES}


def _any_on(values: Mapping[str, Any], key: LegacyKey) -> bool:
    return any(map(_is_on, values.values()))


def _named_families(given: Given, context: Context) -> Any:
    if given.value is None:
        return ABSENT
    names = [name.strip() for name in given.value.split(",")] if isinstance(given.value, str) else given.value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of feature types")
    unknown = [name for name in names if name and name.lower() not in _FAMILY_NAMES]
    if unknown:
        raise ValueError(f"unknown feature type {unknown[0]}; the types are {', '.join(FAMILIES)}")
    on = {_FAMILY_NAMES[name.lower()] for name in names if name}
    return {f"features.enable_{family}": family in on for family in FAMILIES}


def _families_on(values: Mapping[str, Any], key: LegacyKey) -> list[str]:
    return [family for family in FAMILIES if _is_on(values[f"features.enable_{family}"])]


def _is_on(raw: Any) -> bool:
    """Say what the new schema makes of *raw*, which a file may spell as text or as 0 and 1."""
    return str(raw).strip().lower() in _YES


def _words(given: Given, context: Context) -> Any:
    value = _none_is_default(given.value)
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


AS_IT_IS = Both(lambda given, context: given.value, _same_back)
YES_NO = Both(_yes_or_no, _same_back)
FRACTION = Both(_fraction, _same_back)
TEXT = Both(lambda given, context: _none_is_default(given.text), _same_back)
OPTIONAL_TEXT = Both(lambda given, context: given.text, _same_back)
NUMBER = Both(_whole_number, _same_back)
WORDS = Both(_words, _same_back)
LOWER = Both(_lower, _same_back)
UPPER = Both(_upper, _same_back)
COMPONENT_LEVEL = Both(_upper, lambda value, key: ABSENT if value is None else value)
PRAGMA = Both(_pragma, _same_back)
SYNCHRONOUS = Both(_synchronous, _same_back)
ROUNDED_UP = Both(_rounded_up, _same_back, note="rounded up to whole seconds")
SIZE = Both(_size, _same_back)
BYTES = Both(_size, _to_bytes)
MEGABYTE_COUNT = Both(_megabytes, _same_back)
MEGABYTES = Both(_megabytes, lambda value, key: f"{value}MB")
THREADS = Both(_zero_is_none, _same_back)
FILE_COUNT = Both(_file_count, _count_of_files)
LOG_FORMAT = Both(_log_format, _same_back)
LOG_FILE = Both(_log_file, _same_back)
LOG_FOLDER = Both(_log_folder, _folder_of)
CONFIG_FOLDER = Both(_parent_of_datasets, _datasets_below)
NONE_WORD = Both(
    lambda given, context: "none" if given.value is None else given.text,
    lambda value, key: None if value == "none" else value,
)
ENCODING = Both(
    lambda given, context: "count" if given.text == "frequency" else _lower(given, context),
    lambda value, key: "frequency" if value == "count" else value,
)
ALL_FAMILIES = Both(_all_off, _any_on)
NAMED_FAMILIES = Both(_named_families, _families_on)
NEGATED = Both(_negated, lambda value, key: not _is_on(value))
