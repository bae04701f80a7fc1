"""The journal of a transaction: a folder that holds what was and what will be, on the disk before anything changes."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.core.files import read_bytes, remove, write_atomic
from mdm.core.flush import flush
from mdm.core.sealed import seal, unseal
from mdm.core.states import UNLIMITED, File, Link, State

PUBLISHED = ".mdm-transaction"
_ASIDE = PUBLISHED + "."  # then a random part: being staged, or being thrown away
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One path, what was there before and what will be there."""

    path: Path
    before: State
    after: State


@dataclass(frozen=True, slots=True)
class Journal:
    """All steps of a transaction; *made* are the folders that it creates; *undoing*: it goes back, not forward."""

    label: str
    steps: tuple[Step, ...]
    made: frozenset[str]
    undoing: bool = False


def stage(folder: Path, journal: Journal) -> Path:
    """Write *journal* to a hidden folder in *folder*, flushed, and return it; a failure leaves nothing."""
    staged = _aside(folder)
    before, after = bytearray(), bytearray()
    steps = [
        {"path": str(s.path), "before": _pack(s.before, before), "after": _pack(s.after, after)} for s in journal.steps
    ]
    manifest = {"version": _VERSION, "label": journal.label, "steps": steps, "made": sorted(journal.made)}
    try:
        staged.mkdir(mode=0o700)
        write_atomic(staged / "before", bytes(before))
        write_atomic(staged / "after", bytes(after))
        write_atomic(staged / "manifest.json", seal(manifest))
    except BaseException:
        discard(staged)
        raise
    return staged


def publish(staged: Path) -> Path:
    """Make the staged journal the one that will happen, and return where it is now."""
    journal = staged.with_name(PUBLISHED)
    try:
        staged.rename(journal)
    except BaseException:
        discard(staged)
        raise
    return journal


def turn_back(journal: Path) -> None:
    """Decide that the published *journal* goes back; this also frees the space that the new contents take."""
    remove(journal / "after")


def retire(journal: Path) -> None:
    """End the published *journal*: it has happened, or was undone."""
    aside = _aside(journal.parent)
    journal.rename(aside)
    with suppress(OSError):
        flush(journal.parent)
    discard(aside)


def discard(aside: Path) -> None:
    """Delete a journal that is not published, as far as possible; the next transaction tries again."""
    with suppress(OSError):
        for entry in aside.iterdir():
            entry.unlink()
        aside.rmdir()


def discard_unpublished(folder: Path) -> None:
    """Delete what killed writers left; hold the lock of *folder*, under which every journal is made."""
    for path in folder.iterdir():
        if path.name.startswith(_ASIDE) and not path.is_symlink() and path.lstat().st_uid == os.geteuid():
            discard(path)


def load(journal: Path) -> Journal:
    """Return what the published *journal* says; raises ValueError or FileNotFoundError where it is damaged."""
    manifest = unseal(read_bytes(journal / "manifest.json", limit=UNLIMITED))
    before = read_bytes(journal / "before", limit=UNLIMITED)
    try:
        after = read_bytes(journal / "after", limit=UNLIMITED)
    except FileNotFoundError:
        after = None
    match manifest:
        case {"version": 1, "label": str(label), "steps": list(steps), "made": list(made)}:
            unpacked = tuple(_step(step, before, after) for step in steps)
            return Journal(label, unpacked, frozenset(map(str, made)), undoing=after is None)
    raise ValueError("not a journal of this version")


def _aside(folder: Path) -> Path:
    return folder / f"{_ASIDE}{os.urandom(4).hex()}"


def _pack(state: State, contents: bytearray) -> dict[str, Any] | None:
    """Append the content of *state* to *contents*, and return the rest as JSON."""
    match state:
        case File(content, mode):
            place = {"offset": len(contents), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            contents += content
            return {**place, "mode": mode}
        case Link(target):
            return {"link": target}
        case None:
            return None


def _step(packed: object, before: bytes, after: bytes | None) -> Step:
    match packed:
        case {"path": str(path), "before": old, "after": new}:
            return Step(Path(path), _unpack(old, before), None if after is None else _unpack(new, after))
    raise ValueError("not a step of a journal")


def _unpack(packed: object, contents: bytes) -> State:
    match packed:
        case None:
            return None
        case {"link": str(target)}:
            return Link(target)
        case {"offset": int(offset), "size": int(size), "sha256": digest, "mode": int(mode)}:
            content = contents[offset : offset + size]
            if hashlib.sha256(content).hexdigest() == digest:
                return File(content, mode)
    raise ValueError("a content does not match its checksum")
