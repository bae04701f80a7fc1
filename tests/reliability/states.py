"""What is on the disk: the configuration as a whole, the backups, and what a killed process leaves lying about."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from pathlib import Path
from typing import Any, TypeAlias

from mdm.config.backups import FOLDER, list_backups, verify_backup
from mdm.errors import MdmError

State: TypeAlias = dict[str, tuple[int | str, bytes]]
"""Mode and content (links: kind and target) of every file, by its path."""

JOURNAL = ".mdm-transaction"
_LEFTOVER = re.compile(r"\.mdm-transaction.*|\.mdm-backup\..*|\..*\.tmp")
_DAMAGED = re.compile(r"damaged-transaction-.*|.*\.damaged-.*")
_RANDOM = re.compile(r"\.\d+\.[0-9a-f]{8}\.tmp|\.[0-9a-f]{8}(?=/|$)|\d{8}_\d{6}")
_STAMP = re.compile(r"\d{8}_\d{6}")
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.+]+|[0-9a-f]{64}")
_FLAGS = "feature_flags.json"


def state_of(home: Path) -> State:
    """Return every file below *home*, without backups and leftovers; moments, in the flags' history and in the names of
    folders, do not count."""
    found: State = {}
    for folder, folders, files in os.walk(home):
        folders[:] = [name for name in folders if name != FOLDER and not _LEFTOVER.fullmatch(name)]
        for name in files:
            path = Path(folder, name)
            if not _LEFTOVER.fullmatch(name):
                found[_STAMP.sub("*", str(path.relative_to(home)))] = _of_file(path)
    return found


def leftovers(home: Path) -> list[str]:
    """Return the temporary files, journals and hidden folders below *home*."""
    return sorted(str(path) for path in home.rglob(".*") if _LEFTOVER.fullmatch(path.name))


def damage(home: Path) -> list[str]:
    """Return what should never be there: files that were set aside as damaged, backups that are not sound."""
    aside = [f"{path} was set aside" for path in home.rglob("*damaged-*") if _DAMAGED.fullmatch(path.name)]
    folder = home / ".mdm" / FOLDER
    try:
        backups = {backup.name: verify_backup(backup) for backup in list_backups(folder)}
    except MdmError as error:
        return [*aside, str(error)]
    return aside + [f"the backup {name} is not sound: {problems[0]}" for name, problems in backups.items() if problems]


def backups(home: Path) -> list[str]:
    """Return the names of the backups that can be seen."""
    folder = home / ".mdm" / FOLDER
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []


def fingerprint(home: Path) -> frozenset[tuple[str, int, bytes]]:
    """Return everything below *home*, leftovers included, but for what differs between two runs: moments, random names.

    What commands do next depends on nothing else.
    """
    found = set()
    for path in home.rglob("*"):
        info = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
        name = _RANDOM.sub("*", str(path.relative_to(home)))
        found.add((name, info.st_mode, hashlib.sha256(_MOMENT.sub(b"*", content)).digest()))
    return frozenset(found)


def mixture(found: State, whole: list[State], apart: frozenset[str] = frozenset()) -> str:
    """Return in what *found* is none of the states *whole*, empty where it is one; files *apart* may be of another."""
    differing = sorted((sorted(_differing(found, state) - apart) for state in whole), key=len)
    return f"neither old nor new, but a mixture: {differing[0]}" if differing[0] else strangers(found, whole)


def strangers(found: State, whole: list[State]) -> str:
    """Return the files that are as in none of the states *whole*, each taken alone; empty where there is none."""
    names = set(found).union(*whole)
    wrong = [name for name in sorted(names) if found.get(name) not in [state.get(name) for state in whole]]
    return f"neither old nor new: {', '.join(_told(name, found) for name in wrong)}" if wrong else ""


def _differing(one: State, other: State) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _told(name: str, found: State) -> str:
    if name not in found:
        return f"{name} (missing)"
    mode, content = found[name]
    return f"{name} ({mode if isinstance(mode, str) else oct(mode)}, {len(content)} bytes: {content[:60]!r})"


def _of_file(path: Path) -> tuple[int | str, bytes]:
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return "link", os.fsencode(path.readlink())
    content = path.read_bytes()
    return stat.S_IMODE(info.st_mode), _timeless(content) if path.name == _FLAGS else content


def _timeless(content: bytes) -> bytes:
    try:
        tree: Any = json.loads(content)
    except ValueError:
        return content
    for entry in tree.get("history", []):
        entry.pop("when", None)
    return json.dumps(tree).encode()
