"""The rules for one schema: the table, and what a legacy file spells as the schema does though no row names it."""

from __future__ import annotations

from mdm.config.rules.conversions import AS_IT_IS, OPTIONAL_TEXT
from mdm.config.rules.rule import Rule
from mdm.config.rules.table import RULES, rules_by_key
from mdm.config.schema import Kind, Schema


def all_rules(schema: Schema) -> tuple[Rule, ...]:
    """Return the rules of the table, then one for each other setting of *schema*, which stays what it is."""
    own = (
        Rule((setting.path,), (key,), OPTIONAL_TEXT if setting.kind is Kind.TEXT else AS_IT_IS)
        for key, setting in schema.items()
        if setting.path not in rules_by_key() and key not in ("legacy", "version")
    )
    return (*RULES, *own)
