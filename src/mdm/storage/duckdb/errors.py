"""What DuckDB's refusals mean to a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from mdm.core.file_errors import shown
from mdm.errors import Problem, StorageError
from mdm.storage.interrupts import check_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BACK: Final = "bring it back from a backup, or remove the dataset and register it again"
_MEANINGS: Final = {
    "Conflicting lock": (
        "another process works with this dataset",
        "run the command again, or wait longer: database.connection_timeout",
    ),
    "Conflict on": (
        "another thread is changing this dataset",
        "run the command again, or wait longer: database.connection_timeout",
    ),
    "different configuration": (
        "this process reads and changes the dataset at once",
        "end the stream that is read first",
    ),
    "not a valid DuckDB": ("is not a database of DuckDB", _BACK),
    "orrupt": ("the database is damaged", _BACK),
    "checksum": ("the database is damaged", _BACK),
    "name mdm_dataset does not exist": ("is a database, but not a dataset of MDM", "move it out of this folder"),
    "No space left": ("no space left on the disk", "free some space, then run the command again"),
    "File too large": ("the file is larger than the file system or the limit allows", "see ulimit -f"),
    "Permission denied": ("permission denied", "see with ls -l who may use the file and its folder"),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of DuckDB, on the file at *path*, into StorageError."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        hint = "raise database.duckdb_memory_limit and performance.memory_limit_mb, or lower performance.batch_size"
        raise StorageError(Problem("the work does not fit the memory limit", shown(path), hint)) from error
    except (duckdb.Error, pa.ArrowException) as error:
        check_interrupted(error)
        text = str(error)
        for part, (message, hint) in _MEANINGS.items():
            if part in text:
                raise StorageError(Problem(message, shown(path), hint)) from error
        raise StorageError(Problem(text.partition("\n")[0], shown(path))) from error
