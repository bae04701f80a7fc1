"""A new configuration seen as the legacy dictionary: the rules, read backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from mdm.config.documents import to_tree, walk
from mdm.config.rules import OLD_DEFAULTS, all_rules
from mdm.config.rules.rule import ABSENT, NEW_DEFAULT, Context, Given, LegacyKey, Rule, machine_memory
from mdm.config.schema import Schema, plain


def legacy_view(
    schema: Schema,
    raw: Mapping[str, Any],
    memory_bytes: Callable[[], int] = machine_memory,
    rules: Iterable[Rule] | None = None,
) -> dict[str, Any]:
    """Return the legacy dictionary that means the same as the values *raw*, given for every key of *schema*.

    A setting carried over under ``legacy`` comes back as it was; an old spelling that is kept there of a setting that
    has a new key comes back for as long as it still means the present value.
    """
    rules = all_rules(schema) if rules is None else rules
    kept = {path: value for path, value in walk((), raw.get("legacy") or {}) if path}
    context = Context(kept, memory_bytes)
    leaves: dict[LegacyKey, Any] = {}
    for rule in rules:
        for key in rule.legacy:
            value = (
                kept[key]
                if key in kept and still_means(rule, kept[key], schema, raw, context)
                else _back(rule, raw, key)
            )
            if value is not ABSENT:
                leaves[key] = value
    known = {key for rule in rules for key in rule.legacy}
    unmapped = {path: value for path, value in kept.items() if path not in known}
    return to_tree([*_without_collisions(leaves, unmapped).items(), *unmapped.items()])


def still_means(rule: Rule, old: Any, schema: Schema, raw: Mapping[str, Any], context: Context) -> bool:
    """Say whether the legacy value *old* leads to the present values."""
    try:
        new = rule.forward(_as_given(rule, old, raw), context)
        return all(_means(schema, key, value, raw) for key, value in new.items())
    except (ValueError, ValidationError):
        return False


def same(schema: Schema, key: str, one: Any, other: Any) -> bool:
    """Say whether two raw values are the same value of the setting *key*."""
    parsed = [schema[key].parse(_or_default(schema, key, value)) for value in (one, other)]
    return type(parsed[0]) is type(parsed[1]) and parsed[0] == parsed[1]


def _means(schema: Schema, key: str, new: Any, raw: Mapping[str, Any]) -> bool:
    if new is not NEW_DEFAULT:
        return same(schema, key, new, raw[key])
    default = schema[key].default
    followed = _followed(schema, default, raw) if schema[key].is_path else default
    if raw[key] == plain(default) or same(schema, key, followed, raw[key]):
        return True
    return key in OLD_DEFAULTS and same(schema, key, OLD_DEFAULTS[key], raw[key])


def _followed(schema: Schema, default: Any, raw: Mapping[str, Any]) -> Any:
    """Return the default of a path with the path that it follows put in."""
    if not str(default).startswith("{"):
        return default
    name, _, rest = str(default)[1:].partition("}")
    followed = _followed(schema, raw[f"paths.{name}"], raw)
    return f"{schema['paths.home'].parse(raw['paths.home']).absolute() / schema[f'paths.{name}'].parse(followed)}{rest}"


def _as_given(rule: Rule, old: Any, raw: Mapping[str, Any]) -> Given:
    """Return *old* as it was written, where the present text is that: 0012345 is a number to YAML, a password to us."""
    present = raw[rule.to[0]]
    if isinstance(present, str) and not isinstance(old, str | list | dict | None):
        read = as_yaml(present)
        if type(read) is type(old) and read == old:
            return Given(old, present)
    return Given(old)


def as_yaml(text: str) -> Any:
    """Return what YAML makes of *text* without quotes."""
    import yaml

    loader: Any = yaml.SafeLoader("")
    try:
        return loader.construct_object(yaml.ScalarNode(loader.resolve(yaml.ScalarNode, text, (True, False)), text))
    except (ValueError, KeyError, yaml.YAMLError):
        return text


def _or_default(schema: Schema, key: str, value: Any) -> Any:
    return schema[key].default if value is NEW_DEFAULT else value


def _back(rule: Rule, raw: Mapping[str, Any], key: LegacyKey) -> Any:
    try:
        return rule.back(raw, key)
    except (ValueError, TypeError, AttributeError):
        return ABSENT


def _without_collisions(leaves: Mapping[LegacyKey, Any], unmapped: Mapping[LegacyKey, Any]) -> dict[LegacyKey, Any]:
    """Leave out what lies below or above a setting that was carried over: that one stays as the user had it."""
    blocked = set(unmapped)
    above = {path[:length] for path in unmapped for length in range(1, len(path))}
    return {
        key: value
        for key, value in leaves.items()
        if key not in above and not any(key[:length] in blocked for length in range(1, len(key) + 1))
    }
