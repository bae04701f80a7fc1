"""JSON as leaves with their places; the values are the ``json`` module's, the places come from the YAML reader."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from mdm.config.documents.document import Entry, duplicate, walk
from mdm.config.documents.json_value import Pairs, parse_json
from mdm.config.layers import Notice
from mdm.errors import InvalidConfigError, Problem


def read_json(text: str, shown: str) -> tuple[list[Entry], list[Notice]]:
    """Return the leaves of *text* and what is worth saying of it; raises `InvalidConfigError` with the place."""
    if not text.strip():
        return [], []
    notices: list[Notice] = []

    def pairs(found: Pairs) -> dict[str, Any]:
        merged = dict(found)
        if len(merged) < len(found):
            counts = Counter(name for name, _ in found)
            notices.extend(duplicate(shown, name, 0, 0) for name, count in counts.items() if count > 1)
        return merged

    try:
        tree = parse_json(text, pairs)
    except json.JSONDecodeError as error:
        where = f"{shown}:{error.lineno}:{error.colno}"
        raise InvalidConfigError(Problem(f"not valid JSON: {error.msg.lower()}", where)) from None
    except ValueError as error:
        raise InvalidConfigError(Problem(f"not valid JSON: {error}", shown)) from None
    if not isinstance(tree, dict):
        raise InvalidConfigError(Problem("settings are expected, as one object", f"{shown}:1:1"))
    return _with_places(tree, text, shown), notices


def _with_places(tree: dict[str, Any], text: str, name: str) -> list[Entry]:
    from mdm.config.documents.yaml_document import read_yaml

    try:
        found, _ = read_yaml(text.replace("\t", " "), name, maybe_deep=True)
        places = {entry.path: (entry.line, entry.column) for entry in found}
    except InvalidConfigError:
        places = {}
    entries = []
    for leaf, value in walk((), tree):
        if leaf:
            line, column = places.get(leaf, (0, 0))
            shown = value if isinstance(value, str) else None if isinstance(value, dict | list) else json.dumps(value)
            entries.append(Entry(leaf, value, shown, isinstance(value, str), line, column))
    return entries
