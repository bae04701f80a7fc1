"""What stands for a missing value in files that have no other way to say so."""

from __future__ import annotations

from typing import Final

MARKERS: Final = frozenset(
    {"", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "NaN", "nan", "NAN", "-NaN", "-nan", "null", "NULL", "Null"}
    | {"None", "none", "NONE", "NaT"}
)
