"""JSON that knows whether it was damaged: a mapping with the SHA-256 of its own content."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_SEAL = "sha256"


def seal(content: dict[str, Any]) -> bytes:
    """Return *content* as JSON that people can read and :func:`unseal` can check."""
    return _readable({**content, _SEAL: _digest(content)}).encode() + b"\n"


def unseal(data: bytes) -> dict[str, Any]:
    """Return what was sealed; raises ValueError for anything else, or when a bit of it differs."""
    try:
        content = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(content, dict) or content.pop(_SEAL, None) != _digest(content):
        raise ValueError("the content does not match its checksum")
    return content


def _readable(content: dict[str, Any]) -> str:
    """Return JSON with a line for each entry, and each item of a list; that of ``indent`` takes five times as long."""
    return "{\n " + ",\n ".join(f"{json.dumps(name)}: {_lines(value)}" for name, value in content.items()) + "\n}"


def _lines(value: object) -> str:
    return "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n ]" if isinstance(value, list) else json.dumps(value)


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
