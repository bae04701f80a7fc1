"""Where a file is: in the file system, or at an address of the web or of an object store."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mdm.core.home import expand
from mdm.core.masking import MASK
from mdm.errors import InvalidConfigError, Problem

if TYPE_CHECKING:
    from urllib.parse import SplitResult

WEB: Final = ("https", "http")
STORES: Final = ("s3", "gs", "abfs", "memory")
_ADDRESS = r"([A-Za-z][A-Za-z0-9+.-]*)(://|::.*://)"


@dataclass(frozen=True, slots=True)
class Url:
    """An address; *text* may hold credentials, ``str()`` and *shown* never do."""

    text: str = field(repr=False)

    @property
    def parts(self) -> SplitResult:
        """The address taken apart."""
        from urllib.parse import urlsplit

        return urlsplit(self.text)

    @property
    def scheme(self) -> str:
        """How it is reached: ``https``, ``s3`` ..."""
        return self.parts.scheme

    @property
    def shown(self) -> str:
        """The address without user, password and parameters."""
        parts = self.parts
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}{'?' + MASK if parts.query else ''}"

    def __str__(self) -> str:
        return self.shown


Location = Path | Url


def location_of(text: str) -> Location:
    """Return what *text* names, ``~`` expanded; raises `InvalidConfigError` for an address that is not to be read."""
    found = re.match(_ADDRESS, text)
    if found is None:
        return expand(text)
    scheme = found[1].lower()
    allowed = ", ".join((*WEB, *STORES))
    if "::" in text.partition("?")[0]:
        raise InvalidConfigError(Problem("a chain of addresses is not read", f"{scheme}::", "name one address"))
    if scheme not in (*WEB, *STORES):
        raise InvalidConfigError(Problem("cannot be read from there", f"{scheme}://", f"use a path, or {allowed}"))
    url = Url(text)
    try:
        complete = bool(url.parts.hostname) and (url.parts.port, True)[1]
    except ValueError:
        complete = False
    if not complete or not text.isprintable() or " " in text:
        raise InvalidConfigError(Problem("not a complete address", f"{scheme}://", "host and path are needed"))
    return url


def local(location: Location) -> Path:
    """Return *location* as a path to write to; raises `InvalidConfigError` for an address."""
    if isinstance(location, Url):
        hint = "change it where it lies, or name a file of your own"
        raise InvalidConfigError(Problem("a remote configuration cannot be written", location.shown, hint))
    return location
