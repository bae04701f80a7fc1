"""Ctrl-C inside a driver: what it raises then is of its own kind, and is KeyboardInterrupt again here."""

from __future__ import annotations


def check_interrupted(error: BaseException) -> None:
    """Raise KeyboardInterrupt where that led to *error*, as its causes say or, of DuckDB, its text."""
    cause: BaseException | None = error
    while cause is not None:
        text = str(cause)
        if isinstance(cause, KeyboardInterrupt) or ("Python exception: " in text and "KeyboardInterrupt" in text):
            raise KeyboardInterrupt from None
        cause = cause.__cause__ or cause.__context__
