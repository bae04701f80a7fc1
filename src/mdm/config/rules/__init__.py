"""The rules that lead from every legacy setting to its new key, and back: one table, and what its rows are made of."""

from mdm.config.rules.own import all_rules
from mdm.config.rules.table import (
    FLAG_RULES,
    OLD_DEFAULTS,
    RULES,
    SHORT_VARIABLES,
    rules_by_key,
    rules_by_target,
)
from mdm.config.rules.variables import guess, legacy_variables, variable_of

__all__ = [
    "FLAG_RULES",
    "OLD_DEFAULTS",
    "RULES",
    "SHORT_VARIABLES",
    "all_rules",
    "guess",
    "legacy_variables",
    "rules_by_key",
    "rules_by_target",
    "variable_of",
]
