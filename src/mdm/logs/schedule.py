"""Durations and times as loguru writes them: when a log file is old enough, and how long one is kept."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Final

_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)
_SECONDS: Final = {
    **dict.fromkeys(("y", "year"), 31_536_000.0),
    "month": 2_628_000.0,
    **dict.fromkeys(("w", "week"), 604_800.0),
    **dict.fromkeys(("d", "day"), 86_400.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
    **dict.fromkeys(("min", "minute"), 60.0),
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    "ms": 1e-3,
    "us": 1e-6,
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = re.compile(r"(\d+):(\d+)(?::(\d+))?\s*([ap]m)?", re.IGNORECASE)
_LAST: Final = 253_000_000_000.0
"""A moment of the year 9987: later ones are no dates."""


def seconds_of(duration: str) -> float:
    """Return the seconds of a duration such as ``1 week, 3 days``."""
    return math.fsum(float(number) * _unit(name.lower()) for number, name in _PART.findall(duration))


def rotation_after(born: float, rotation: str) -> float:
    """Return when a file that was made at *born* has reached the age, or the time of day, that *rotation* says.

    Both are seconds since 1970; hours and days are those of this machine.
    """
    text = rotation.strip().lower()
    if text[:1].isdigit() and not _CLOCK.search(text):
        return min(born + seconds_of(text), _LAST)
    begun = datetime.fromtimestamp(born)  # noqa: DTZ006 (the local clock is meant)
    return (_next_of(text, begun) if text.endswith("ly") else _next_at(text, begun)).timestamp()


def _unit(name: str) -> float:
    return _SECONDS.get(name) or _SECONDS[name.removesuffix("s")]


def _next_of(frequency: str, begun: datetime) -> datetime:
    """Return when the hour, day, week, month or year of *begun* is over."""
    hour = begun.replace(minute=0, second=0, microsecond=0)
    midnight = hour.replace(hour=0)
    match frequency:
        case "hourly":
            return hour + timedelta(hours=1)
        case "daily":
            return midnight + timedelta(days=1)
        case "weekly":
            return midnight + timedelta(days=7 - begun.weekday())
        case "monthly":
            return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        case _:
            return midnight.replace(year=begun.year + 1, month=1, day=1)


def _next_at(text: str, begun: datetime) -> datetime:
    """Return the first time after *begun* at which the clock, and the day where one is named, is as *text* says."""
    hour, minute, second = _clock(text)
    moment = begun.replace(hour=hour, minute=minute, second=second, microsecond=0)
    day = _day(text)
    while moment <= begun or day not in (None, moment.weekday()):
        moment += timedelta(days=1)
    return moment


def _clock(text: str) -> tuple[int, int, int]:
    match = _CLOCK.search(text)
    if match is None:
        return 0, 0, 0
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if match[4]:
        hour = hour % 12 + (12 if match[4] == "pm" else 0)
    return hour, minute, second


def _day(text: str) -> int | None:
    word = re.split(r"\s", text, maxsplit=1)[0]
    if word in _DAYS:
        return _DAYS.index(word)
    return int(word[1]) if re.fullmatch(r"w[0-6]", word) else None
