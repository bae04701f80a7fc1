"""The Python files of custom features, if they are the user's own."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mdm.config.layers import shown_path
from mdm.core.owners import is_strangers
from mdm.features.feature import LeftOut


@dataclass(frozen=True, slots=True)
class Script:
    """A file, and a digest of what was in it."""

    path: Path
    digest: str


def find_scripts(folder: Path) -> tuple[tuple[Script, ...], tuple[LeftOut, ...]]:
    """Return the files of *folder*, by name, and those that are not run, with the reason."""
    if not folder.is_dir():
        return (), ()
    if reason := _refused(folder):
        return (), (LeftOut(shown_path(folder), "custom", reason),)
    scripts, left_out = [], []
    for path in sorted(folder.glob("*.py")):
        try:
            reason = _refused(path)
            if not reason:
                scripts.append(Script(path, sha256(path.read_bytes()).hexdigest()))
        except OSError as error:
            reason = f"cannot be read: {(error.strerror or 'unknown').lower()}"
        if reason:
            left_out.append(LeftOut(shown_path(path), "custom", reason))
    return tuple(scripts), tuple(left_out)


def _refused(path: Path) -> str:
    if is_strangers(path):
        return "belongs to somebody else"
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may change it; chmod go-w"
    return ""
