"""The last good copy of what lies at an address: a sealed file in MDM's home, for its owner alone."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from mdm.core.files import read_bytes, write_atomic
from mdm.core.sealed import seal, unseal
from mdm.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from mdm.core.url import Url

FOLDER: Final = "remote_config"


@dataclass(frozen=True, slots=True)
class Copy:
    """Content that was good *when* it was fetched, and the server's mark of it."""

    content: bytes = field(repr=False)
    etag: str
    when: datetime


def path_of(url: Url, home: Path) -> Path:
    """Return where the copy lies, or would; the name does not tell the address."""
    return home / FOLDER / f"{hashlib.sha256(url.text.encode()).hexdigest()[:32]}.json"


def load_copy(url: Url, home: Path) -> Copy | None:
    """Return the copy; none where there is none that is whole."""
    with suppress(OSError, FileError, ValueError, KeyError, TypeError):
        found = unseal(read_bytes(path_of(url, home)))
        return Copy(base64.b64decode(found["content"]), str(found["etag"]), datetime.fromisoformat(found["when"]))
    return None


def save_copy(copy: Copy, url: Url, home: Path) -> None:
    """Write the copy; where that cannot be done there is none, which matters only on a bad day."""
    packed = {
        "content": base64.b64encode(copy.content).decode(),
        "etag": copy.etag,
        "when": copy.when.isoformat(timespec="seconds"),
    }
    with suppress(FileError):
        write_atomic(path_of(url, home), seal(packed), mode=0o600, make_folders=True)
