"""Text as what it stands for: each parser takes texts without gaps, and returns their values if it fits them all.

That a text fits depends on nothing else, so what fits all values of a column depends neither on their order nor on
the batches in which they come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Parser: TypeAlias = Callable[[pa.Array], pa.Array | None]

_TRUE: Final = ("true", "yes")
_BOOLEANS: Final = (*_TRUE, "false", "no")

_PROBE: Final = 4
"""Values that are tried first: most columns are not what they are tried as, and these tell at once."""


def booleans(texts: pa.Array) -> pa.Array | None:
    """Return true and false for ``true``, ``false``, ``yes`` and ``no``, in upper or lower case."""
    if len(texts) and len(texts[0].as_py()) > 5:
        return None
    lower = pc.utf8_lower(texts)
    if not _all(pc.is_in(lower, pa.array(_BOOLEANS))):
        return None
    return pc.is_in(lower, pa.array(_TRUE))


def integers(texts: pa.Array) -> pa.Array | None:
    """Return integers that int64 holds, written as Python writes them; space around them does not matter.

    ``007`` and ``+49`` are no integers: something would be lost.
    """
    values = cast(texts, pa.int64())
    if values is not None:
        return None if _written_longer(texts) else values
    trimmed = pc.utf8_trim_whitespace(texts)
    if trimmed.equals(texts):
        return None
    return integers(trimmed)


def whole_numbers(texts: pa.Array) -> pa.Array | None:
    """Return integers also with leading zeros or a plus: for columns that are said to hold integers."""
    return cast(pc.ascii_ltrim(pc.utf8_trim_whitespace(texts), characters="+"), pa.int64())


def floats(texts: pa.Array) -> pa.Array | None:
    """Return numbers with or without fraction and exponent, and infinities; no separators of thousands."""
    values = cast(texts, pa.float64())
    if values is None:
        trimmed = pc.utf8_trim_whitespace(texts)
        return None if trimmed.equals(texts) else floats(trimmed)
    return None if _any(pc.is_nan(values)) or _padded_with_zeros(texts) else values


def has_fractions(texts: pa.Array) -> bool:
    """Return whether any of these numbers is written with a fraction or an exponent."""
    whole = texts.filter(pc.invert(pc.match_substring(texts, ".")))
    return len(whole) < len(texts) or _any(pc.match_substring_regex(whole, r"[eEiI]"))


def beyond_int64(texts: pa.Array) -> bool:
    """Return whether any of these numbers without fraction is too large for int64."""
    return cast(pc.utf8_trim_whitespace(texts), pa.int64()) is None


def has_space(texts: pa.Array) -> bool:
    """Return whether any of *texts* holds a space."""
    return _any(pc.match_substring(texts, " "))


def text(texts: pa.Array) -> pa.Array | None:
    """Return the texts as they are."""
    return texts


def cast(texts: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Return *texts* as Arrow casts them; none where it refuses one."""
    try:
        texts[:_PROBE].cast(kind)  # a refusal takes twenty times as long as a value, and Arrow makes one for each
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return None


def _written_longer(texts: pa.Array) -> bool:
    """Return whether an integer is not written as Python does: what Arrow reads beyond that starts with a zero."""
    zeros = pc.starts_with(texts, "0").true_count
    return zeros > pc.equal(texts, "0").true_count or _any(pc.starts_with(texts, "-0"))


def _padded_with_zeros(texts: pa.Array) -> bool:
    if _any(pc.starts_with(texts, "+")):
        return True
    return any(_has_needless_zero(texts, start) for start in ("0", "-0"))


def _has_needless_zero(texts: pa.Array, start: str) -> bool:
    led, pointed = pc.starts_with(texts, start), pc.starts_with(texts, f"{start}.")
    if led.true_count == pointed.true_count:
        return False
    return _any(pc.match_substring_regex(texts.filter(pc.and_not(led, pointed)), r"^-?0\d"))


def _all(mask: pa.Array) -> bool:
    return pc.all(mask, min_count=0).as_py() is True


def _any(mask: pa.BooleanArray) -> bool:
    return bool(mask.true_count)
