"""Who is in a rollout: a subject's bucket, and the subject that stands for this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mdm.core.files import locked, read_bytes, write_atomic
from mdm.errors import MdmError

if TYPE_CHECKING:
    from pathlib import Path

ALGORITHM: Final = 1
"""Part of what is hashed. Another number deals every rollout anew."""

_BUCKETS: Final = 10_000
_ID_LIMIT: Final = 1024  # bytes


def bucket(flag: str, subject: str) -> float:
    """Return the subject's bucket for the flag, in percent: 0.00 to 99.99 in steps of 0.01.

    The same everywhere and for ever, uniform over subjects, independent between flags.
    """
    from hashlib import sha256

    text = f"{ALGORITHM}:{flag}:{subject}"
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % _BUCKETS / (_BUCKETS / 100)


def host_id(path: Path) -> str:
    """Return the id kept in the file at *path*, made there at first use.

    Where it can be neither read nor written, an id made of the host's and the user's name stands in.
    """
    try:
        return _kept(path) or _made(path)
    except (MdmError, OSError):
        return _stand_in()


def _kept(path: Path) -> str:
    try:
        return read_bytes(path, limit=_ID_LIMIT).decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return ""


def _made(path: Path) -> str:
    from uuid import uuid4

    with locked(path, timeout=1.0):
        made = _kept(path)  # by another process, since we looked
        if not made:
            made = str(uuid4())
            write_atomic(path, f"{made}\n".encode())
    return made


def _stand_in() -> str:
    import os
    import platform

    return f"{platform.node()}:{os.getuid() if hasattr(os, 'getuid') else ''}"
