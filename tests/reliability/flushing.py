"""What a loss of power could take away: read from the calls that a command made, since no test can pull the plug."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from tests.reliability.calls import Call

_FILLS = {
    "creat",
    "open",
    "openat",
    "openat2",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "sendfile",
    "splice",
    "copy_file_range",
    "ioctl",
    "mmap",
    "fallocate",
    "truncate",
    "ftruncate",
}
_RENAMES = {"rename", "renameat", "renameat2"}
_MAKES = {"mkdir", "mkdirat"}
_REMOVES = {"unlink", "unlinkat", "rmdir"}


def unflushed(calls: Iterable[Call]) -> list[str]:
    """Return what is wrong: a file put in place before it was flushed, a place that was not flushed right afterwards.

    A renamed folder counts with everything in it. Renamings have to reach the disk in their order, or a journal would
    be of no use; so each is flushed before the next one, and before what it put aside is emptied.
    """
    disk = _Disk()
    for call in calls:
        if call.result is None or call.result >= 0:
            disk.happens(call)
    return [*disk.problems, *(f"{name} in {folder} was not flushed" for folder, name in disk.renamed.items())]


class _Disk:
    """What is in memory only: contents of files, names in folders, and of those the ones that came by a renaming."""

    def __init__(self) -> None:
        self.contents: set[str] = set()
        self.names: set[str] = set()
        self.renamed: dict[str, str] = {}
        self.problems: list[str] = []

    def happens(self, call: Call) -> None:
        path = call.paths[0]
        if call.name in _FILLS:
            self.contents.add(path)
            if "open" in call.name:
                self.names.add(_folder(path))
        elif call.name in {"fsync", "fdatasync"}:
            self._flush(path)
        elif call.name == "syncfs":
            self.contents.clear()
            self.names.clear()
            self.renamed.clear()
        elif call.name in _MAKES:
            self.names.add(_folder(path))
        elif call.name in _REMOVES:
            self._remove(path)
        elif call.name in _RENAMES:
            self._rename(*call.paths)

    def _flush(self, path: str) -> None:
        self.contents.discard(path)
        self.names.discard(path)
        self.renamed.pop(path, None)

    def _remove(self, path: str) -> None:
        for folder in self.renamed.values():
            if path.startswith(f"{folder}/"):
                self.problems.append(f"{path} was removed before the renaming of {folder} was flushed")
        self._forget(path)

    def _forget(self, path: str) -> None:
        for places in (self.contents, self.names):
            places.difference_update(_within(places, path))
        for folder in _within(self.renamed, path):
            del self.renamed[folder]
        if self.renamed.get(_folder(path)) == path:
            del self.renamed[_folder(path)]

    def _rename(self, old: str, new: str) -> None:
        for earlier in {*self.renamed.values()}:
            self.problems.append(f"{new} was put in place before the renaming of {earlier} was flushed")
        for place in sorted(_within(self.contents, old)):
            self.problems.append(f"{place} was not flushed before it became {new + place.removeprefix(old)}")
        for place in sorted(_within(self.names, old)):
            self.problems.append(f"the names in {place} were not flushed before it became {new}")
        for places in (self.contents, self.names):
            inside = _within(places, old)
            places.difference_update(inside)
            places.update(new + place.removeprefix(old) for place in inside)
        self._forget(old)
        self.renamed[_folder(new)] = new
        self.renamed.setdefault(_folder(old), new)


def _within(places: Iterable[str], path: str) -> set[str]:
    return {place for place in places if place == path or place.startswith(f"{path}/")}


def _folder(path: str) -> str:
    return str(PurePath(path).parent)
