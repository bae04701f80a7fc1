"""The configuration: which counts, whether it is valid, and what of it is deprecated."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from mdm.app import Application
from mdm.cli.config.checking import settings_of_files
from mdm.cli.config.files import in_use
from mdm.cli.config.findings import count
from mdm.cli.doctor.finding import Finding
from mdm.config.documents import read_document
from mdm.config.layers import shown_path
from mdm.config.saving import holds_secret
from mdm.config.systems import LEGACY
from mdm.errors import InvalidConfigError, MdmError


def configuration(app: Application) -> Iterator[Finding]:
    """Yield what is wrong with the configuration, or which files give it, and what is worth saying about it."""
    try:
        active = app.load()
    except InvalidConfigError as error:
        for problem in error.problems:
            yield Finding("configuration", "error", str(problem), problem.hint or "mdm config validate")
        return
    files = ", ".join(map(shown_path, active.files)) or "no file, the defaults"
    told = f"valid: {files}; {count(settings_of_files(active.config), 'setting')}; the {active.system} system answers"
    yield Finding("configuration", "ok", told)
    if active.system == LEGACY:
        yield Finding("configuration", "info", "the legacy files count", "mdm config migrate")
    for notice in active.notices:
        text = f"{notice.where}: {notice.message}" if notice.where else notice.message
        yield Finding("configuration", "warning", text, notice.hint or _FIXES.get(notice.kind, "mdm config validate"))


_FIXES = {"deprecated": "mdm config analyze"}


def secret_files(app: Application) -> Iterator[Finding]:
    """Yield the configuration files with a secret that others can read."""
    for place in in_use(app):
        if isinstance(place.path, Path) and _is_open(place.path) and _has_secret(app, place.path):
            told = f"{shown_path(place.path)} holds a secret, and others can read it"
            yield Finding("permissions", "warning", told, f"chmod 600 {quote(str(place.path))}")


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _has_secret(app: Application, path: Path) -> bool:
    try:
        return holds_secret(read_document(path), app.schema)
    except MdmError:
        return False  # what is wrong with it is told elsewhere
