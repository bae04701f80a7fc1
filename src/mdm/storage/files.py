"""Datasets that are files: one database file a dataset, all in one folder, whatever made them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mdm.core.file_errors import file_error
from mdm.core.files import locked_folder, remove
from mdm.core.flush import flush
from mdm.errors import DatasetError, Problem
from mdm.storage.names import check_dataset_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdm.config.models import MDMConfig

SUFFIXES: Final = (".sqlite", ".duckdb")
_BESIDE: Final = ("-wal", "-shm", "-journal", ".wal")
"""What databases put beside their file while they work, and leave when they are killed."""


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """The files of one kind, told by their *suffix*, in *folder*; *timeout*: seconds to wait for its lock."""

    folder: Path
    suffix: str
    timeout: float

    def names(self) -> list[str]:
        """Return the names of the datasets that are there, sorted."""
        try:
            return sorted(name for name, suffix in _datasets(self.folder) if suffix == self.suffix)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise file_error(error, self.folder, "read") from error

    def path(self, name: str) -> Path:
        """Return where a dataset of this name lies, or would."""
        check_dataset_name(name)
        return self.folder / f"{name}{self.suffix}"

    def existing(self, name: str) -> Path:
        """Return the file of a dataset; raises DatasetError where there is none."""
        path = self.path(name)
        if not path.is_file():
            hint = f"{self.suffix[1:]} datasets: {', '.join(self.names()[:10]) or 'none'}"
            raise DatasetError(Problem(f"there is no dataset {name!r}", str(self.folder), hint))
        return path

    @contextmanager
    def building(self, name: str) -> Iterator[Path]:
        """Give a path for a new file, which is put in place, flushed, when the block ends; or nothing is left of it.

        What a killed process leaves is removed by the next one that builds or removes. Raises DatasetError where the
        name is taken, be it by somebody who was faster.
        """
        path = self.path(name)
        with locked_folder(self.folder, self.timeout):
            self._check_free(name)
        temporary = self.folder / f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
        try:
            yield temporary
            with locked_folder(self.folder, self.timeout):
                self._check_free(name)
                _put(temporary, path)
        finally:
            _remove_with_beside(temporary)

    def remove(self, name: str) -> None:
        """Remove the file of a dataset and what lies beside it; raises DatasetError where there is none."""
        with locked_folder(self.folder, self.timeout):
            _remove_with_beside(self.existing(name))

    def size(self, name: str) -> int:
        """Return the bytes of the file of a dataset and of what lies beside it."""
        path = self.existing(name)
        return sum(part.stat().st_size for part in (path, *_beside(path)) if part.exists())

    def _check_free(self, name: str) -> None:
        for taken, suffix in _datasets(self.folder):
            if taken.lower() == name.lower():
                case = "" if taken == name else f", and {name!r} differs in case only"
                hint = "choose another name, or replace or remove the one that is there"
                message = f"the dataset {taken!r} exists already{case}"
                raise DatasetError(Problem(message, str(self.folder / f"{taken}{suffix}"), hint))


class FileBackend:
    """What backends do alike whose datasets are files: those with this *suffix* under ``paths.datasets_path``."""

    def __init__(self, config: MDMConfig, suffix: str) -> None:
        self._files = DatasetFiles(config.paths.datasets_path, suffix, config.database.connection_timeout)

    def names(self) -> list[str]:
        """Return the names of the files."""
        return self._files.names()

    def where(self, name: str) -> str:
        """Return the path of the file."""
        return str(self._files.path(name))

    def size(self, name: str) -> int:
        """Return the bytes of the file and of its log."""
        return self._files.size(name)

    def drop(self, name: str) -> None:
        """Remove the file, damaged or not."""
        self._files.remove(name)

    def close(self) -> None:
        """Do nothing: no connection outlives its use."""


def _datasets(folder: Path) -> Iterator[tuple[str, str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name, dot, suffix = entry.name.rpartition(".")
            if name and not name.startswith(".") and dot + suffix in SUFFIXES and entry.is_file():
                yield name, dot + suffix


def _put(temporary: Path, path: Path) -> None:
    try:
        temporary.chmod(0o600)
        flush(temporary)
        for orphan in _beside(path):  # of a dataset whose removal was killed: the new one must not take it for its own
            remove(orphan)
        temporary.rename(path)
        flush(path.parent)
    except OSError as error:
        raise file_error(error, path, "write") from error


def _remove_with_beside(path: Path) -> None:
    for part in (path, *_beside(path)):
        remove(part)


def _beside(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in _BESIDE)
