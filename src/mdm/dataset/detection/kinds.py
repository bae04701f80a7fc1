"""What a column is for: more than its type tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pyarrow as pa

if TYPE_CHECKING:
    from mdm.config.models import DatasetsConfig
    from mdm.dataset.detection.profile import Facts

Kind: TypeAlias = Literal["integer", "float", "boolean", "date", "datetime", "category", "text", "identifier"]

UNIQUE: Final = 0.95
"""Share of different values from which on a column counts as unique: the estimate may be off by some percent."""

_ID_NAME: Final = re.compile(
    r"(?i:.*[_ -])?(?i:id|uuid|guid|key|index|idx)|[A-Za-z0-9]*[a-z0-9]I[dD]|(?i:rowid|passengerid|unnamed: 0)"
)
_SHORTEST_CODE = 6


def kind_of(facts: Facts, settings: DatasetsConfig) -> Kind:
    """Return the kind of a column.

    Identifiers come first: unique values under a name like ``id``, a row number, unique codes without spaces. Then
    integers and texts with at most ``categorical_threshold`` different values are categories, unless the texts are
    long (``text_min_avg_length``) and all different.
    """
    if pa.types.is_boolean(facts.type):
        return "boolean"
    if pa.types.is_floating(facts.type):
        return "float"
    if pa.types.is_date(facts.type):
        return "date"
    if pa.types.is_timestamp(facts.type):
        return "datetime"
    return _of_values(facts, settings)


def unique(facts: Facts) -> bool:
    """Return whether hardly a value is there twice."""
    return facts.count > 1 and facts.distinct >= facts.count * (1 if facts.exact else UNIQUE)


def _of_values(facts: Facts, settings: DatasetsConfig) -> Kind:
    long = facts.length >= settings.text_min_avg_length
    few = facts.distinct <= settings.categorical_threshold
    if _identifies(facts, few=few, long=long):
        return "identifier"
    if pa.types.is_integer(facts.type):
        return "category" if few and facts.count else "integer"
    return "category" if few and facts.count and not (long and unique(facts)) else "text"


def _identifies(facts: Facts, *, few: bool, long: bool) -> bool:
    if _ID_NAME.fullmatch(facts.name) and not long and not facts.spaced:
        return unique(facts) or not few
    if few or not unique(facts):
        return False
    if facts.span is not None and pa.types.is_integer(facts.type):
        return facts.exact and facts.span + 1 == facts.count
    return pa.types.is_string(facts.type) and not (long or facts.spaced) and facts.length >= _SHORTEST_CODE
