"""What one text stands for: a function for each format, which returns its value or none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_INT64: Final = range(-(2**63), 2**63)
_DIGITS: Final = re.compile(r"-?[0-9]+")
_FLOAT: Final = re.compile(
    r"-?(?!0[0-9])([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|-?inf(inity)?", re.ASCII | re.IGNORECASE
)
_WHOLE: Final = re.compile(r"-?([0-9]+|0x[0-9a-f]+)", re.ASCII | re.IGNORECASE)
_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_TIME: Final = r"[0-9]{2}(:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?"
_ISO: Final = re.compile(rf"{_ISO_DAY.pattern}([ T]{_ISO_TIME})?")
_ZONED: Final = re.compile(rf"(?P<time>{_ISO_DAY.pattern}[ T]{_ISO_TIME})(Z|(?P<zone>[+-][0-9]{{2}}(:?[0-9]{{2}})?))")

_DAY, _MONTH = r"(?P<day>[0-9]{1,2})", r"(?P<month>[0-9]{1,2})"
_NAME = r"(?P<month>[A-Za-z]{3,9})"
_YEAR, _ANY_YEAR = r"(?P<year>[0-9]{4})", r"(?P<year>[0-9]{4}|[0-9]{2})"
_CLOCK = r"(?:T| +)(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]{1,9}))?)?)?"
_HALF = r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
_PARTS: Final = {
    "ymd": (f"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}", f"{_YEAR}[- ]{_NAME}[- ]{_DAY}"),
    "dmy": (
        f"{_DAY}[-/]{_MONTH}[-/]{_ANY_YEAR}",
        rf"{_DAY}\.{_MONTH}\.{_YEAR}",
        f"{_DAY}[- ]{_NAME}[- ,]+{_ANY_YEAR}",
    ),
    "mdy": (f"{_MONTH}[-/]{_DAY}[-/]{_ANY_YEAR}", rf"{_MONTH}\.{_DAY}\.{_YEAR}", f"{_NAME} {_DAY},? {_YEAR}"),
}
_ORDERS: Final = {
    order: [re.compile(f"(?:{part})(?:{_CLOCK}{_HALF})?") for part in parts] for order, parts in _PARTS.items()
}
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMBER_OF_MONTH: Final = {
    "sept": 9,
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, 1)},
}
_LATEST_SHORT_YEAR: Final = 68


def boolean(text: str) -> bool | None:
    """Return true for ``true`` and ``yes``, false for ``false`` and ``no``, in upper or lower case."""
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower())


def integer(text: str) -> int | None:
    """Return the integer of 64 bits that is written exactly so, but for space around it."""
    text = text.strip()
    number = _in_64_bits(text) if _DIGITS.fullmatch(text) else None
    return number if str(number) == text else None


def whole(text: str) -> int | None:
    """Return an integer of 64 bits, also with zeros or plus signs before it."""
    text = text.strip().lstrip("+")
    if not _WHOLE.fullmatch(text):
        return None
    if "x" not in text.lower():
        return _in_64_bits(text)
    return number if (number := int(text, 16)) in _INT64 else None


def real(text: str) -> float | None:
    """Return a number, or an infinity; what begins with a plus or needless zeros is none."""
    text = text.strip()
    return float(text) if _FLOAT.fullmatch(text) else None


def is_too_large(text: str) -> bool:
    """Say whether *text* is a whole number that 64 bits do not hold."""
    text = text.strip()
    return bool(_DIGITS.fullmatch(text)) and _in_64_bits(text) is None


def iso_date(text: str) -> date | None:
    """Return a day like 2024-12-31."""
    return _valid(date.fromisoformat, text) if _ISO_DAY.fullmatch(text) else None


def iso_time(text: str) -> datetime | None:
    """Return a moment like ``2024-12-31 23:59``, or a day."""
    return _valid(_from_iso, text) if _ISO.fullmatch(text) else None


def zoned_time(text: str) -> datetime | None:
    """Return a moment like ``2024-12-31T23:59:59+01:00``."""
    found = _ZONED.fullmatch(text)
    moment = _valid(_from_iso, found["time"]) if found else None
    if found is None or moment is None:
        return None
    sign, hours, minutes = _offset(found["zone"] or "+00")
    if hours > 23 or minutes > 59:
        return None
    return _valid(lambda: moment.replace(tzinfo=UTC) - sign * timedelta(hours=hours, minutes=minutes))


def in_order(text: str, order: str) -> datetime | None:
    """Return a moment whose day, month and year stand in this *order*, with a time of day or not."""
    for pattern in _ORDERS[order]:
        if found := pattern.fullmatch(text.strip()):
            return _valid(_moment, found.groupdict())
    return None


VALUE_OF: Final[dict[str, Callable[[str], Any]]] = {
    "boolean": boolean,
    "integer": integer,
    "whole": whole,
    "float": real,
    "date": iso_date,
    "datetime": iso_time,
    "zoned": zoned_time,
    **{order: partial(in_order, order=order) for order in _ORDERS},
    "text": str,
}
"""By the name under which a detection keeps the format."""


def _in_64_bits(digits: str) -> int | None:
    figures = digits.lstrip("-0") or "0"
    if len(figures) > 19:  # Python refuses to read thousands of them
        return None
    number = int(f"-{figures}" if digits.startswith("-") else figures)
    return number if number in _INT64 else None


def _valid(make: Callable[..., T], *arguments: Any) -> T | None:
    """Return what *make* makes; none where the calendar or the clock has no such thing."""
    try:
        return make(*arguments)
    except (ValueError, OverflowError):
        return None


def _from_iso(text: str) -> datetime:
    day, clock = text[:10], text[11:]
    hour, minute, second = (*clock.split(":"), "0", "0")[:3] if clock else ("0", "0", "0")
    seconds, _, part = second.partition(".")
    found = date.fromisoformat(day)
    return datetime(  # noqa: DTZ001
        found.year, found.month, found.day, int(hour), int(minute), int(seconds), int(part.ljust(6, "0"))
    )


def _offset(zone: str) -> tuple[int, int, int]:
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (-1 if zone[0] == "-" else 1), int(digits[:2]), int(digits[2:])


def _moment(parts: dict[str, str | None]) -> datetime:
    day = datetime(_year(parts["year"] or ""), _month(parts["month"] or ""), int(parts["day"] or ""))  # noqa: DTZ001
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if half := (parts["half"] or "").lower():
        if not 1 <= hour <= 12:
            raise ValueError("an hour that no half of a day has")
        hour = hour % 12 + 12 * (half == "p")
    if hour > 23 or minute > 59 or second > 60:  # the 60th is a leap second
        raise ValueError("a time that no clock shows")
    micros = int((parts["part"] or "")[:6].ljust(6, "0"))
    return day + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)


def _year(text: str) -> int:
    if len(text) > 2:
        return int(text)
    return int(text) + (2000 if int(text) <= _LATEST_SHORT_YEAR else 1900)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBER_OF_MONTH.get(text.lower(), 0)
