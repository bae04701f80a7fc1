"""Changes of several files as one: killed or refused at any instant, all of them happen or none."""

from __future__ import annotations

import os
import stat
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mdm.core import journal
from mdm.core.file_errors import file_error, not_a_file, shown
from mdm.core.flush import MANY, flush
from mdm.core.journal import Journal, Step
from mdm.core.locks import locked_folder
from mdm.core.log import log
from mdm.core.states import File, Link, State, look, put, settle
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Change:
    """What a file will be: *content* and *mode* (none: the present one, 0600 for a new file), or removed (none)."""

    path: Path
    content: bytes | None = field(repr=False)
    mode: int | None = None


def commit(changes: Sequence[Change], *, folder: Path, label: str) -> None:
    """Make all *changes*, or raise FileError and make none.

    The journal lies in *folder*, whose lock is held. A process that is killed in here leaves it to :func:`recover`,
    which is to be called, under the same lock, before the changes are worked out: an unfinished transaction that is
    found only now is finished, and these changes, made from the state before it, are refused.
    """
    with locked_folder(folder):
        if (found := _recover(folder)) is not None:
            message = f"an interrupted {found} had to be dealt with first; nothing else was changed"
            raise FileError(Problem(message, shown(folder), "run the command again"))
        record = _plan(changes, label)
        if not record.steps:
            return
        with _locked_places(record):
            _run(folder, record)
    log("INFO", "{label}: {files} files changed", label=label, files=len(record.steps))


def recover(folder: Path) -> str | None:
    """Finish what a killed process began in *folder*, and return its label; none where there is nothing.

    What cannot be finished is undone, which the label then says: ``migration (undone)``.
    """
    try:
        with os.scandir(folder) as entries:
            begun = any(entry.name.startswith(journal.PUBLISHED) for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise file_error(error, folder, "read") from error
    if not begun:
        return None
    with locked_folder(folder):
        return _recover(folder)


def _plan(changes: Sequence[Change], label: str) -> Journal:
    by_path = {step.path: step for step in map(_step, changes)}  # the last change of a path is the one that counts
    steps = tuple(step for step in by_path.values() if step.before != step.after)
    made = {str(folder) for step in steps if step.after is not None for folder in _missing(step.path.parent)}
    return Journal(label, steps, frozenset(made))


def _step(change: Change) -> Step:
    """Return *change* with what is there now; a link to write through is followed, a link to remove is not."""
    try:
        path = Path(os.path.realpath(change.path if change.content is not None else change.path.parent))
    except (OSError, ValueError) as error:
        raise file_error(error, change.path, "write") from error
    if change.content is None:
        path /= change.path.name
    before = look(path)
    return Step(path, before, _after(change, before))


def _after(change: Change, before: State) -> State:
    if change.content is None:
        return None
    if isinstance(before, Link):  # links were followed, so this one leads back to itself
        raise not_a_file(stat.S_IFLNK, change.path)
    present = 0o600 if before is None else before.mode
    return File(change.content, present if change.mode is None else change.mode)


def _missing(folder: Path) -> Iterator[Path]:
    while not folder.is_dir() and folder != folder.parent:
        yield folder
        folder = folder.parent


@contextmanager
def _locked_places(record: Journal) -> Iterator[None]:
    """Hold the locks of the folders of all files, in one order for everybody; a new folder is nobody's yet."""
    with ExitStack() as stack:
        for place in sorted({step.path.parent for step in record.steps}):
            if place.is_dir():
                stack.enter_context(locked_folder(place))
        yield


def _run(folder: Path, record: Journal) -> None:
    try:
        published = journal.publish(journal.stage(folder, record))
    except (OSError, FileError) as error:
        raise _unchanged(_as_file_error(error, folder)) from error
    try:
        _finish(published, record)
    except (OSError, FileError) as error:
        failure = _as_file_error(error, folder)
        _undo(published, record, failure)
        raise _unchanged(failure) from error


def _finish(published: Path, record: Journal) -> None:
    flush(published.parent)  # from here on, a loss of power does not forget the journal
    flushed = _flushes_each(record)
    for step in record.steps:
        put(step.path, step.after, flushed=flushed)
    settle((step.path, step.after) for step in record.steps)
    journal.retire(published)


def _flushes_each(record: Journal) -> bool:
    """Say whether each content is flushed before it is put in place; very many are flushed together at the end.

    The journal puts them again after a loss of power in either case. But whoever reads before that sees whole files
    only in the first one.
    """
    return len(record.steps) <= MANY


def _undo(published: Path, record: Journal, failure: FileError) -> None:
    """Go back to what was before; where that fails as well, the journal stays, and the next :func:`recover` goes on."""
    try:
        journal.turn_back(published)
        flushed = _flushes_each(record)
        for step in reversed(record.steps):
            put(step.path, step.before, flushed=flushed)
            if step.before is None:
                _remove_made(step.path.parent, record.made)
        settle((step.path, step.before) for step in record.steps)
        journal.retire(published)
    except (OSError, FileError) as error:
        second = _as_file_error(error, published)
        message = f"{record.label} is half done, and could not be undone yet"
        hint = "deal with the errors above; the next mdm command finishes or undoes it"
        raise FileError(*failure.problems, *second.problems, Problem(message, shown(published), hint)) from error


def _remove_made(folder: Path, made: frozenset[str]) -> None:
    with suppress(OSError):  # not empty: somebody else uses it by now
        while str(folder) in made:
            with suppress(FileNotFoundError):
                folder.rmdir()
            folder = folder.parent


def _as_file_error(error: OSError | FileError, path: Path) -> FileError:
    return error if isinstance(error, FileError) else file_error(error, path, "write")


def _unchanged(error: FileError) -> FileError:
    return FileError(*(replace(p, message=f"{p.message}; nothing was changed") for p in error.problems))


def _recover(folder: Path) -> str | None:
    published = folder / journal.PUBLISHED
    try:
        journal.discard_unpublished(folder)
        if not os.path.lexists(published):
            return None
        _check_owner(published)
        record = journal.load(published)
    except (ValueError, FileNotFoundError) as error:
        raise _set_aside(published) from error
    except OSError as error:
        raise file_error(error, published, "read") from error
    with _locked_places(record):
        return _resume(published, record)


def _resume(published: Path, record: Journal) -> str:
    failure = FileError()
    if not record.undoing:
        try:
            _finish(published, record)
        except (OSError, FileError) as error:
            failure = _as_file_error(error, published)
        else:
            return record.label
    _undo(published, record, failure)
    return f"{record.label} (undone)"


def _check_owner(published: Path) -> None:
    """Refuse a journal that somebody else may have written: it could name any file."""
    info = published.lstat()
    if info.st_uid != os.geteuid() or not stat.S_ISDIR(info.st_mode) or info.st_mode & 0o077:
        message = "is not a journal that this user wrote, so it is not followed"
        raise FileError(Problem(message, shown(published), "run the command as the owner, or move the folder away"))


def _set_aside(published: Path) -> FileError:
    aside = published.with_name(f"damaged-transaction-{time.strftime('%Y%m%d_%H%M%S')}-{os.urandom(2).hex()}")
    try:
        published.rename(aside)
    except OSError as error:
        return file_error(error, published, "set aside")
    message = (
        "the journal of an interrupted change is damaged; it was set aside, and the change neither finished nor undone"
    )
    return FileError(Problem(message, shown(aside), "mdm config rollback restores a backup"))
