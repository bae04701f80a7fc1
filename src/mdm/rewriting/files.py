"""The files to look at: those that are named, and in folders all that are text and not made by tools."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mdm.core.file_errors import file_error
from mdm.core.files import read_bytes
from mdm.errors import FileError, Problem, UsageError
from mdm.rewriting.kinds import sets_variables
from mdm.rewriting.occurrences import Source

_SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", ".direnv", "node_modules", "site-packages"),
        *("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".eggs", ".terraform", ".idea"),
    )
)
_LIMIT = 1024 * 1024
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that were read, what cannot be read of those named, and what was passed over in folders."""

    read: list[Source]
    problems: list[Problem]
    passed_over: list[Problem]


def sources(paths: Iterable[Path], *, python: bool) -> Sources:
    """Return the files below *paths*, Python code or everything else.

    Raises `UsageError` where a path does not exist.
    """
    found: dict[Path, Source] = {}
    problems: list[Problem] = []
    passed_over: list[Problem] = []
    for path in paths:
        if not path.exists():
            raise UsageError(Problem("no such file or folder", str(path)))
        if path.is_dir():
            passed_over += _add_all(found, path, python=python)
            continue
        try:
            if not _add(found, path):
                problems.append(Problem("not a text file", str(path), "name files that a person wrote"))
        except FileError as error:
            problems += error.problems
    return Sources(list(found.values()), problems, passed_over)


def _add_all(found: dict[Path, Source], folder: Path, *, python: bool) -> Iterator[Problem]:
    """Add the files of a folder; yield why a folder, or a file that by its name may hold such, could not be read."""
    closed: list[OSError] = []
    for path in _walk(folder, closed.append, python=python):
        try:
            _add(found, path)
        except FileNotFoundError:
            pass  # gone meanwhile
        except FileError as error:
            if python or sets_variables(path):
                yield from error.problems
    for refusal in closed:
        yield from file_error(refusal, Path(refusal.filename), "read").problems


def _add(found: dict[Path, Source], path: Path) -> bool:
    source = read_source(path)
    if source is not None:
        found.setdefault(path.resolve(), source)
    return source is not None


def read_source(path: Path) -> Source | None:
    """Return the text of a file in the encoding that it has; none where it is no text."""
    data = read_bytes(path, limit=_LIMIT)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                return Source(path, data[len(mark) :].decode(encoding), data, encoding, mark)
    if b"\0" in data:
        return None
    try:
        return Source(path, data.decode(), data)
    except UnicodeDecodeError:  # every byte is a character there, and comes back as it was
        return Source(path, data.decode("latin-1"), data, "latin-1")


def _walk(folder: Path, on_closed: Callable[[OSError], object], *, python: bool) -> Iterator[Path]:
    """Yield the files below *folder*, in order; links are not followed, so nothing outside is reached."""
    for place, folders, names in os.walk(folder, onerror=on_closed):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not _is_venv(Path(place, name)))
        for name in sorted(names):
            path = Path(place, name)
            if (path.suffix in (".py", ".pyi")) == python and _is_file(path, on_closed):
                yield path


def _is_file(path: Path, on_closed: Callable[[OSError], object]) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False  # gone meanwhile
    except OSError as error:
        on_closed(error)
        return False


def _is_venv(folder: Path) -> bool:
    return os.path.exists(folder / "pyvenv.cfg")  # noqa: PTH110  # as for a folder that may not be entered, Path raises
