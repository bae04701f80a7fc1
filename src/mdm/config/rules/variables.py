"""The names of the legacy environment variables, and how the old program read their texts."""

from __future__ import annotations

from functools import cache
from typing import Any

from mdm.config.rules.rule import LegacyKey
from mdm.config.rules.table import RULES, SHORT_VARIABLES


@cache
def legacy_variables() -> dict[str, LegacyKey]:
    """Return the legacy environment variables, each with the legacy key that it sets, in their order of rank."""
    derived = {variable_of(key): key for rule in RULES for key in rule.legacy}
    return {**derived, **SHORT_VARIABLES}


def variable_of(key: LegacyKey) -> str:
    """Return the legacy environment variable of a legacy key: ``MDM_DATABASE_SQLITE_JOURNAL_MODE``."""
    return "MDM_" + "_".join(key).replace(".", "_").upper()


def guess(text: str) -> Any:
    """Return the text of a variable as the old program read it: true and false, lists, int, float, text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if "," in text:
        return [part.strip() for part in text.split(",")]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
