"""Results kept on disk, a file each, within a limit: the least recently used goes first.

Nothing here is needed: an entry that is damaged, or cannot be read, is as good as none, and where the folder cannot be
written, nothing is kept. Any number of processes may use one folder at once, and be killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from mdm.core.files import write_atomic
from mdm.core.locks import remove_stale_temporaries
from mdm.errors import FileError

T = TypeVar("T")

_SUFFIX: Final = ".result"
_DIGEST: Final = 32  # bytes of SHA-256, before the content


@dataclass(frozen=True, slots=True)
class Form:
    """How results of a kind become bytes, and how they are read; *read* raises ValueError for what is none."""

    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """How many results are kept, and the bytes that they take."""

    entries: int
    size: int


class Cache:
    """Results in *folder*, of together at most *most* bytes."""

    def __init__(self, folder: Path, most: int) -> None:
        self.folder = folder
        self.most = most
        self._refused = False

    def remembered(self, facts: Mapping[str, Any], form: Form, compute: Callable[[], T]) -> T:
        """Return the result that is kept for *facts*, values of JSON that say all it depends on, or *compute* it."""
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        if (content := self.get(key)) is not None:
            with suppress(ValueError):
                kept: T = form.read(content)
                return kept
        result = compute()
        self.put(key, form.write(result))
        return result

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, which counts as a use; none where nothing is, or it is damaged."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
                path.unlink()
                return None
            os.utime(path)
        except OSError:
            return None
        return data[_DIGEST:]

    def put(self, key: str, content: bytes) -> None:
        """Keep *content* under *key*; what was used least recently goes until there is room."""
        if self._refused or len(content) + _DIGEST > self.most:
            return
        try:
            data = hashlib.sha256(content).digest() + content
            write_atomic(self._path(key), data, make_folders=True, flushed=False)  # torn by a loss of power, it is none
        except FileError as error:
            self._refused = True
            why = f"{self.folder}: results are not kept for the next time: {error.problems[0].message}"
            warnings.warn(why, UserWarning, stacklevel=3)
            return
        self._make_room()

    def usage(self) -> Usage:
        """Return how much is kept."""
        sizes = [size for _, size, _ in self._entries()]
        return Usage(len(sizes), sum(sizes))

    def clear(self) -> Usage:
        """Remove everything that is kept, and return how much that was."""
        before = self.usage()
        for _, _, path in self._entries():
            with suppress(OSError):
                path.unlink()
        return before

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _make_room(self) -> None:
        remove_stale_temporaries(self.folder)
        found = sorted(self._entries())
        excess = sum(size for _, size, _ in found) - self.most
        for _, size, path in found:
            if excess <= 0:
                break
            with suppress(OSError):
                path.unlink()
            excess -= size

    def _entries(self) -> Iterator[tuple[int, int, Path]]:
        """Yield when each entry was last used, its size, and where it lies."""
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX):
                    with suppress(OSError):
                        known = entry.stat(follow_symlinks=False)
                        yield known.st_mtime_ns, known.st_size, Path(entry.path)
