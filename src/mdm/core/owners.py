"""Whose a file is: what a stranger has left in a folder is not for us."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST_LINKS = 40


def is_strangers(path: Path) -> bool:
    """Say whether the file at *path*, or a link on the way to it, belongs to neither the user nor root.

    What does not exist is nobody's. Nothing is opened, so this may be asked of pipes and devices too.
    """
    ours = (os.getuid(), 0)
    for _ in range(_MOST_LINKS):
        try:
            info = path.lstat()
            if info.st_uid not in ours:
                return True
            if not stat.S_ISLNK(info.st_mode):
                return False
            path = path.parent / path.readlink()
        except OSError:
            return False
    return False
