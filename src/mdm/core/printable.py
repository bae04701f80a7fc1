"""Text that a terminal does not obey, and that stays on its line."""

from __future__ import annotations


def escape(text: str) -> str:
    """Return *text* with control characters, line ends included, written out: ``\\n``, ``\\x1b``, ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
