"""Dates and times as people write them."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

import polars as pl
import pyarrow as pa

from mdm.dataset.detection.values import Parser, cast

_SECONDS = r"(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?"
_HALF = r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
_TIME = rf"(?:(?:T| +)(?P<hour>\d{{1,2}})(?::(?P<minute>\d{{2}}){_SECONDS})?{_HALF})?"
_YEAR = r"(?P<year>\d{4})"
_SHORT_YEAR = r"(?P<year>\d{4}|\d{2})"
_DAY = r"(?P<day>\d{1,2})"
_MONTH = r"(?P<month>\d{1,2})"
_NAME = r"(?P<month>[A-Za-z]{3,9})"
_PATTERNS: Final = {
    "ymd": (rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}", rf"{_YEAR}[- ]{_NAME}[- ]{_DAY}"),
    "dmy": (
        rf"{_DAY}[-/]{_MONTH}[-/]{_SHORT_YEAR}",
        rf"{_DAY}\.{_MONTH}\.{_YEAR}",
        rf"{_DAY}[- ]{_NAME}[- ,]+{_SHORT_YEAR}",
    ),
    "mdy": (rf"{_MONTH}[-/]{_DAY}[-/]{_SHORT_YEAR}", rf"{_MONTH}\.{_DAY}\.{_YEAR}", rf"{_NAME} {_DAY},? {_YEAR}"),
}
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMBERS: Final = {
    "sept": "9",
    **{name: str(number) for number, name in enumerate(_MONTHS, 1)},
    **{name[:3]: str(number) for number, name in enumerate(_MONTHS, 1)},
}
_LATEST_SHORT_YEAR: Final = 68
"""Two digits up to this are years of this century, as in POSIX."""


def iso_dates(texts: pa.Array) -> pa.Array | None:
    """Return dates like 2024-12-31."""
    return cast(texts, pa.date32())


def iso_times(texts: pa.Array) -> pa.Array | None:
    """Return times without zone like ``2024-12-31 23:59``, with seconds and microseconds or not, also bare dates."""
    return cast(texts, pa.timestamp("us"))


def zoned_times(texts: pa.Array) -> pa.Array | None:
    """Return times with a zone like ``2024-12-31T23:59:59Z``, in UTC."""
    return cast(texts, pa.timestamp("us", "UTC"))


def times(texts: pa.Array, order: str) -> pa.Array | None:
    """Return dates and times whose parts stand in this *order*, ``ymd``, ``dmy`` or ``mdy``."""
    if not _looks_like(texts[0].as_py(), order):  # most columns hold no dates, and this tells in no time
        return None
    column = pl.Series("text", texts.cast(pa.large_string()), dtype=pl.String).str.strip_chars()
    found = pl.Series([None] * len(column), dtype=pl.Datetime("us"))
    for pattern in _PATTERNS[order]:
        if found.null_count():
            found = found.zip_with(found.is_not_null(), _matches(column, pattern))
    return None if found.null_count() else found.to_arrow()


def has_times(values: pa.Array) -> bool:
    """Return whether any of *values* is not at midnight."""
    return not values.cast(pa.date32(), safe=False).cast(values.type).equals(values)


ORDERS: Final[dict[str, Parser]] = {order: partial(times, order=order) for order in _PATTERNS}
"""The parser of each order of day, month and year."""


def _looks_like(text: str, order: str) -> bool:
    return any(re.fullmatch(f"(?:{pattern}){_TIME}", text.strip()) for pattern in _PATTERNS[order])


def _matches(column: pl.Series, pattern: str) -> pl.Series:
    parts = column.str.extract_groups(f"^(?:{pattern}){_TIME}$").struct.unnest()
    text = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        _year().cast(pl.String).str.zfill(4),
        pl.col("month").str.to_lowercase().replace(_NUMBERS).str.zfill(2),
        pl.col("day").str.zfill(2),
        _hour().cast(pl.String).str.zfill(2),
        pl.col("minute").fill_null("00"),
        pl.col("second").fill_null("00"),
        pl.col("fraction").fill_null("0").str.slice(0, 6).str.pad_end(6, "0"),
    )
    return parts.select(text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")).to_series()


def _year() -> pl.Expr:
    year = pl.col("year").cast(pl.Int32)
    century = pl.when(year <= _LATEST_SHORT_YEAR).then(2000).otherwise(1900)
    return year + pl.when(pl.col("year").str.len_chars() > 2).then(0).otherwise(century)


def _hour() -> pl.Expr:
    hour, half = pl.col("hour").cast(pl.Int8), pl.col("half").str.to_lowercase()
    in_half = pl.when(hour.is_between(1, 12)).then(hour % 12 + 12 * (half == "p"))
    return pl.when(half.is_null()).then(hour.fill_null(0)).otherwise(in_half)
