"""The file that keeps the flags that were set, and who set them when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from mdm.core.files import locked, read_bytes, write_atomic
from mdm.errors import MdmError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from mdm.core.flag_catalogue import FlagValue

FILE_LIMIT: Final = 8 * 1024 * 1024
HISTORY_LIMIT: Final = 1000
"""Changes that are kept; the oldest go first."""

_PATIENCE: Final = 1.0  # seconds that a reader waits for the lock before it leaves a damaged file where it is


class DamagedError(Exception):
    """The file is not what we write; it never leaves this module and its callers in core."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the file holds. Entries that we do not know are kept: *others* lie beside the flags and the history."""

    flags: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[Any, ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlagChange:
    """One change of a flag: what it was and became without regard to variables, who did it, when (ISO 8601, UTC)."""

    name: str
    old: FlagValue
    new: FlagValue
    who: str
    when: str


def decode(data: bytes) -> Stored:
    """Read the present form, or the legacy one with the flags at the top level; DamagedError for anything else."""
    if not data.strip():
        return Stored()
    import json

    try:
        tree = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedError from error
    if not isinstance(tree, dict):
        raise DamagedError
    history = tree.pop("history", [])
    flags, others = (tree.pop("flags"), tree) if "flags" in tree else (tree, {})
    if not (isinstance(flags, dict) and isinstance(history, list)):
        raise DamagedError
    return Stored(flags, tuple(history), others)


def encode(stored: Stored) -> bytes:
    """Return the file's content, in the present form."""
    import json

    tree = {"flags": stored.flags, "history": stored.history, **stored.others}
    return (json.dumps(tree, indent=2) + "\n").encode()


def with_change(stored: Stored, change: FlagChange, *, keep: bool = True) -> Stored:
    """Return the content after *change*; with *keep* false the flag is no longer stored."""
    flags = {name: value for name, value in stored.flags.items() if keep or name != change.name}
    if keep:
        flags[change.name] = change.new
    entry = {slot: getattr(change, slot) for slot in FlagChange.__slots__}
    return replace(stored, flags=flags, history=(*stored.history, entry)[-HISTORY_LIMIT:])


def changes(stored: Stored) -> tuple[FlagChange, ...]:
    """Return the history, oldest first, without the entries that others wrote in a form of their own."""
    slots = FlagChange.__slots__
    return tuple(
        FlagChange(**{slot: entry[slot] for slot in slots})
        for entry in stored.history
        if isinstance(entry, dict) and all(slot in entry for slot in slots)
    )


def stamp(path: Path) -> tuple[int, int, int] | int | None:
    """Return what differs after every change of the file: None when it is missing, an error number when hidden."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return error.errno or 0
    return status.st_mtime_ns, status.st_size, status.st_ino


def content(path: Path) -> bytes:
    """Return the bytes of the file, none when it is missing; FileError when it cannot be read."""
    try:
        return read_bytes(path, limit=FILE_LIMIT)
    except FileNotFoundError:
        return b""


def decode_anyway(data: bytes) -> Stored:
    """Return what *data* holds, nothing when it is damaged."""
    try:
        return decode(data)
    except DamagedError:
        return Stored()


def read_anyway(path: Path, now: datetime) -> tuple[Stored, str]:
    """Return what the file holds and an empty text, or nothing and the text of what is wrong with the file."""
    try:
        return decode(content(path)), ""
    except DamagedError:
        pass
    except (MdmError, OSError):
        return Stored(), f"{path}: the flags cannot be read, what is set there does not count"
    try:
        with locked(path, timeout=_PATIENCE):
            return _read_or_set_aside(path, now)
    except (MdmError, OSError):
        return Stored(), f"{path}: the flags are damaged and cannot be moved aside, what is set there does not count"


def update(path: Path, change: Callable[[Stored], Stored], now: datetime) -> str:
    """Read, change, write, under the lock; return the text of what was wrong with the file that was found.

    Nothing is written when *change* returns what it was given. FileError when the file cannot be read or written.
    """
    with locked(path):
        before, problem = _read_or_set_aside(path, now)
        after = change(before)
        if after is not before:
            write_atomic(path, encode(after))
    return problem


def _read_or_set_aside(path: Path, now: datetime) -> tuple[Stored, str]:
    """Read once more, now that nobody else can write, so that only a file that is still damaged is moved."""
    try:
        return decode(content(path)), ""
    except DamagedError:
        target = path.resolve()  # a link stays
        aside = target.with_name(f"{target.name}.damaged-{now:%Y%m%dT%H%M%S}")
        while aside.exists():
            aside = aside.with_name(aside.name + "+")
        target.rename(aside)
        return Stored(), f"{path}: the flags were damaged and start anew, the damaged file is now {aside.name}"
