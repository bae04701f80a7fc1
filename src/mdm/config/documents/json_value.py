"""One JSON value, from a file or a variable: of limited depth, and of nothing but text that can be written again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from mdm.config.documents.document import MAX_DEPTH

Pairs = list[tuple[str, Any]]

_ESCAPE = re.compile(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]|(?P<half>\\u[dD][89a-fA-F])|\\.")


def parse_json(text: str, pairs: Callable[[Pairs], dict[str, Any]] = dict) -> Any:
    """Return what *text* means; *pairs* makes each object.

    Raises `json.JSONDecodeError` with the place, or `ValueError` where it is of a size that nobody can deal with.
    """
    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python's words name a function that lifts its limit
        raise ValueError("a number too long") from None
    if _is_deep(value):
        raise _too_deep()
    if half := next((escape for escape in _ESCAPE.finditer(text) if escape["half"]), None):
        raise json.JSONDecodeError("half of a surrogate pair, which is no text", text, half.start())
    return value


def _too_deep() -> ValueError:
    return ValueError(f"nested more than {MAX_DEPTH} levels deep")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for node in level for item in _inside(node) if isinstance(item, dict | list)]
    return bool(level)


def _inside(node: Any) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
