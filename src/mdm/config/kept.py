"""The settings that are kept under ``legacy``: keys without a type, found by their dotted name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mdm.config.layers import Value
from mdm.errors import InvalidConfigError, Problem

LEGACY = "legacy"


def is_kept(key: str) -> bool:
    """Say whether *key* names something below ``legacy``, whether or not it is there."""
    return key.startswith(f"{LEGACY}.")


def path_of(tree: Mapping[Any, Any], name: str) -> tuple[Any, ...] | None:
    """Return the path of what is called *name*, none where there is no such: a key may hold dots, or be a number."""
    for key, inner in tree.items():
        if str(key) == name:
            return (key,)
        if isinstance(inner, Mapping) and name.startswith(f"{key}."):
            path = path_of(inner, name.removeprefix(f"{key}."))
            if path is not None:
                return (key, *path)
    return None


def find(tree: Mapping[Any, Any], key: str) -> Any:
    """Return what *tree*, the settings under ``legacy``, has for *key*; raises `InvalidConfigError`."""
    path = path_of({LEGACY: tree}, key)
    if path is None:
        hint = "'mdm config show legacy' lists what is kept of the legacy files"
        raise InvalidConfigError(Problem(f"{key}: no such setting is kept", hint=hint))
    found: Any = {LEGACY: tree}
    for name in path:
        found = found[name]
    return found


def value_below(value: Value | None, key: str) -> Value | None:
    """Return the part for *key* of a *value* of ``legacy``; none where it has no such."""
    if value is None or path_of({LEGACY: value.raw}, key) is None:
        return None
    reference = None if value.reference is None else find(value.reference, key)
    return Value(key, find(value.raw, key), value.origin, reference)


def read_free(key: str, text: str) -> Any:
    """Return the *text* of a value for *key*: JSON where it begins like a list, mapping or string, else YAML's scalar.

    Raises `InvalidConfigError` where it only begins so.
    """
    from json import JSONDecodeError

    from mdm.config.documents.json_value import parse_json
    from mdm.config.view import as_yaml

    if not text.strip().startswith(("[", "{", '"')):
        return as_yaml(text)
    try:
        return parse_json(text)
    except JSONDecodeError as error:
        hint = "text that begins so is written as JSON too, in double quotes"
        raise InvalidConfigError(Problem(f"{key}: not JSON: {error.msg.lower()}", hint=hint)) from None
