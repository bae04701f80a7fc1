"""What SQLite's refusals mean to a person."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from adbc_driver_manager import Error

from mdm.core.file_errors import shown
from mdm.errors import Problem, StorageError
from mdm.storage.interrupts import check_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BACK: Final = "bring it back from a backup, or remove the dataset and register it again"
_MEANINGS: Final = {
    "database is locked": (
        "another process is writing to this dataset",
        "run the command again, or wait longer: database.connection_timeout",
    ),
    "file is not a database": ("is not a database of SQLite", _BACK),
    "malformed": ("the database is damaged", _BACK),
    "no such table: mdm_dataset": ("is a database, but not a dataset of MDM", "move it out of this folder"),
    "disk is full": ("no space left on the disk", "free some space, then run the command again"),
    "disk I/O error": (
        "the disk reports an error, or a limit on file sizes is reached",
        "check the disk, and ulimit -f",
    ),
    "readonly database": ("cannot be changed: permission denied", "see with ls -l who may use the file and its folder"),
    "unable to open": ("cannot be opened", "see with ls -l who may use the file and its folder"),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite, on the file at *path*, into StorageError."""
    try:
        yield
    except RuntimeError as error:  # of a connection that is closed while an interrupted statement is open
        check_interrupted(error)
        raise
    except (Error, sqlite3.Error, pa.ArrowException) as error:
        check_interrupted(error)
        text = str(error)
        for part, (message, hint) in _MEANINGS.items():
            if part in text:
                raise StorageError(Problem(message, shown(path), hint)) from error
        raise StorageError(Problem(_bare(text), shown(path))) from error


def _bare(text: str) -> str:
    """Return the message of SQLite itself out of what the driver made of it."""
    return text.splitlines()[0].split("[SQLite] ")[-1] if text else "the database refuses"
