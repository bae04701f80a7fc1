"""The ways in which text stands for values, each under the name by which a detection keeps it."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from mdm.dataset.detection import dates, values
from mdm.dataset.detection.values import Parser

PARSERS: Final[dict[str, Parser]] = {
    "boolean": values.booleans,
    "integer": values.integers,
    "whole": values.whole_numbers,
    "float": values.floats,
    "date": dates.iso_dates,
    "datetime": dates.iso_times,
    "zoned": dates.zoned_times,
    **dates.ORDERS,
    "text": values.text,
}


def parse(array: pa.Array, form: str, kind: pa.DataType) -> pa.Array | None:
    """Return *array* as values of the type *kind*, gaps kept; none where a value does not fit.

    Texts are read in the format *form*; what is not text is cast.
    """
    texts = array.drop_null() if array.null_count else array
    if not len(texts):
        return pa.nulls(len(array), kind)
    try:
        found = PARSERS[form](texts) if pa.types.is_string(array.type) else texts
        found = None if found is None else found.cast(kind)
    except pa.ArrowInvalid:
        return None
    return found if found is None else spread(found, array)


def spread(found: pa.Array, array: pa.Array) -> pa.Array:
    """Return *found*, the values of *array* without its gaps, with them."""
    if not array.null_count:
        return found
    return pc.replace_with_mask(pa.nulls(len(array), found.type), array.is_valid(), found)


def misfits(array: pa.Array, form: str, kind: pa.DataType, start: int = 0) -> list[int]:
    """Return the indices, counted from *start*, of the values that do not fit."""
    if not len(array) or parse(array, form, kind) is not None:
        return []
    if len(array) == 1:
        return [start]
    half = len(array) // 2
    return misfits(array[:half], form, kind, start) + misfits(array[half:], form, kind, start + half)
