"""What counts as a secret by its name, and what is shown in its place."""

from __future__ import annotations

import re

MASK = "********"

_SECRET_NAME = re.compile(
    r"pas+(word|wd|phrase)?s?($|[_\W])|secret|token|api_?key|private_?key|access_?key|(^|[_\W])key$|credential|(^|[_\W])auth$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"sig|(?:.*-)?signature", re.IGNORECASE)  # of an address that lets in whoever has it
_WORD = re.compile(r"\S+")
_BEFORE_PASSWORD = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^/:@]*:", re.IGNORECASE)
_PARAMETER = re.compile(r"(?P<before>(?:^|(?<=[?&;\s]))(?P<name>[\w.-]+)=)(?:'[^']*'|\"[^\"]*\"|[^&;\s]+)")


def is_secret_name(name: str) -> bool:
    """Say whether a key or variable of this name holds a secret (``api.key``, ``MDM_PG_PASSWORD``)."""
    return _SECRET_NAME.search(name) is not None


def mask_text(text: str) -> str:
    """Return *text* with the passwords of the addresses in it hidden.

    They stand before the host (``postgresql://me:********@host``) or among the parameters (``?password=********``,
    ``password=********``). The time it takes grows with the length of the text, whatever it is.
    """
    return _PARAMETER.sub(_without_parameter, _WORD.sub(_without_password, text))


def _without_password(match: re.Match[str]) -> str:
    word = match[0]
    at = word.rfind("@")  # the last one: a password may hold others
    before = _BEFORE_PASSWORD.search(word) if at >= 0 else None
    return word if before is None or before.end() > at else word[: before.end()] + MASK + word[at:]


def _without_parameter(match: re.Match[str]) -> str:
    name = match["name"]
    return match["before"] + MASK if is_secret_name(name) or _SIGNATURE.fullmatch(name) else match[0]
