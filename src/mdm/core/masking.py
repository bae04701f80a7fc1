"""What counts as a secret by its name, and what is shown in its place."""

from __future__ import annotations

import re

MASK = "********"

# Compiled when they are used: most loads show nothing.
_SECRET_NAME = (
    r"(?i)pas+(word|wd|phrase)?s?($|[_\W])|secret|token|api_?key|private_?key|access_?key"  # noqa: S105 (a pattern)
    r"|(^|[_\W])key$|credential|(^|[_\W])auth$"
)
_SIGNATURE = r"(?i)sig|(?:.*-)?signature"  # of an address that lets in whoever has it
_WORD = r"\S+"
_BEFORE_PASSWORD = r"(?i)(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^/:@]*:"  # noqa: S105
_PARAMETER = r"(?P<before>(?:^|(?<=[?&;\s]))(?P<name>[\w.-]+)=)(?:'[^']*'|\"[^\"]*\"|[^&;\s]+)"


def is_secret_name(name: str) -> bool:
    """Say whether a key or variable of this name holds a secret (``api.key``, ``MDM_PG_PASSWORD``)."""
    return re.search(_SECRET_NAME, name) is not None


def mask_text(text: str) -> str:
    """Return *text* with the passwords of the addresses in it hidden.

    They stand before the host (``postgresql://me:********@host``) or among the parameters (``?password=********``,
    ``password=********``). The time it takes grows with the length of the text, whatever it is.
    """
    if "@" not in text and "=" not in text:  # as in most
        return text
    return re.sub(_PARAMETER, _without_parameter, re.sub(_WORD, _without_password, text))


def _without_password(match: re.Match[str]) -> str:
    word = match[0]
    at = word.rfind("@")  # the last one: a password may hold others
    before = re.search(_BEFORE_PASSWORD, word) if at >= 0 else None
    return word if before is None or before.end() > at else word[: before.end()] + MASK + word[at:]


def _without_parameter(match: re.Match[str]) -> str:
    name = match["name"]
    return match["before"] + MASK if is_secret_name(name) or re.fullmatch(_SIGNATURE, name) else match[0]
