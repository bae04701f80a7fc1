"""The folders: who may use them, how much space there is, and what killed runs have left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from mdm.app import Application
from mdm.cli.config.findings import count
from mdm.cli.doctor.finding import Finding, Severity
from mdm.config.layers import shown_path
from mdm.core.journal import PUBLISHED
from mdm.core.locks import stale_temporaries
from mdm.errors import InvalidConfigError

_LITTLE, _TOO_LITTLE = 1024**3, 100 * 1024**2
_DAMAGED, _EDITED = "damaged-transaction-", ".edit-"


def permissions(app: Application) -> Iterator[Finding]:
    """Yield the folders that cannot be used as they have to be, or that others may change."""
    for folder in _folders(app):
        nearest = _nearest(folder)
        name = shown_path(folder)
        if not nearest.is_dir():
            told = f"{name} cannot be a folder: {shown_path(nearest)} is something else"
            yield Finding("folders", "error", told, f"mv {quote(str(nearest))} {quote(f'{nearest}.old')}")
        elif not os.access(nearest, os.R_OK | os.W_OK | os.X_OK):
            yield Finding(
                "folders", "error", f"{name} cannot be written: permission denied", f"ls -ld {quote(str(nearest))}"
            )
        elif folder == nearest and folder.stat().st_mode & 0o022:
            yield Finding("folders", "warning", f"{name}: others may write there", f"chmod go-w {quote(str(folder))}")
        else:
            yield Finding("folders", "ok", name if folder == nearest else f"{name}, made when it is needed")


def space(app: Application) -> Iterator[Finding]:
    """Yield how much space each file system has left."""
    seen = set()
    for folder in filter(Path.is_dir, map(_nearest, _folders(app))):
        if (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(folder).free
        told = f"{free / 1024**3:.1f} GiB free at {shown_path(folder)}"
        severity: Severity = "ok" if free >= _LITTLE else "warning" if free >= _TOO_LITTLE else "error"
        yield Finding("disk", severity, told, "" if severity == "ok" else f"df -h {quote(str(folder))}")


def leftovers(app: Application) -> Iterator[Finding]:
    """Yield what killed runs have left behind."""
    home = app.home
    if (home / PUBLISHED).exists():
        told = "a change was interrupted; the next command finishes or undoes it"
        yield Finding("leftovers", "warning", told, "mdm config path")
    for entry in sorted(home.iterdir()) if home.is_dir() else ():
        if entry.name.startswith(_DAMAGED):
            told = f"{shown_path(entry)}: the journal of a change that was neither finished nor undone"
            yield Finding("leftovers", "warning", told, f"mdm config rollback, then rm -r {quote(str(entry))}")
        elif entry.name.startswith(".") and _EDITED in entry.name:
            told = f"{shown_path(entry)}: what was written in an editor and not taken over"
            yield Finding("leftovers", "info", told, f"rm {quote(str(entry))}")
    for folder in _folders(app):
        if number := len(list(stale_temporaries(folder))):
            told = f"{shown_path(folder)} holds {count(number, 'half-written file')}; the next write there cleans up"
            yield Finding("leftovers", "info", told)


def _folders(app: Application) -> list[Path]:
    """Return MDM's home, and those of the configuration where it is valid."""
    folders = [app.home]
    try:
        paths = app.load().config.paths
    except InvalidConfigError:
        return folders
    return list(dict.fromkeys([*folders, paths.home, paths.datasets_path, paths.cache_path, paths.temp_path]))


def _nearest(folder: Path) -> Path:
    """Return *folder*, or of what is above it the nearest that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
