"""What counts as a secret by its name, and what is shown in its place."""

from __future__ import annotations

import re

MASK = "********"

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?($|[_\W])|secret|token|api_?key|private_?key|access_?key|(^|[_\W])key$|credential|(^|[_\W])auth$",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@]*(?=@)", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Say whether a key or variable of this name holds a secret (``api.key``, ``MDM_PG_PASSWORD``)."""
    return _SECRET_NAME.search(name) is not None


def mask_text(text: str) -> str:
    """Return *text* with the passwords of the addresses in it hidden (``postgresql://me:********@host``)."""
    return _URL_PASSWORD.sub(lambda match: match["before"] + MASK, text)
