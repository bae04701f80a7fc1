"""A folder for what is too large for the memory; it goes when the work ends, or when the next one begins."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mdm.core.file_errors import file_error
from mdm.core.locks import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX: Final = "features-"


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """Give a new folder in *parent*, which is made where it is not there; raises FileError where it cannot be."""
    make_folder(parent)
    for folder in parent.glob(f"{_PREFIX}*"):
        if not _is_used(folder):
            shutil.rmtree(folder, ignore_errors=True)
    try:
        made = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent)
    except OSError as error:
        raise file_error(error, parent, "write") from error
    with made as path:
        yield Path(path)


def _is_used(folder: Path) -> bool:
    """Say whether the process whose number the name tells is there."""
    number = folder.name.removeprefix(_PREFIX).partition("-")[0]
    if not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
