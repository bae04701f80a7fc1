"""A new configuration file, and the schema for editors beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mdm.app import Application
from mdm.cli.config.files import file_to_write
from mdm.config.backups import create_backup
from mdm.config.json_schema import SCHEMA_FILE, schema_text
from mdm.config.layers import shown_path
from mdm.config.selection import legacy_of
from mdm.config.template import commented_file, env_file
from mdm.core.file_errors import not_a_file
from mdm.core.files import locked, read_bytes, write_atomic
from mdm.core.url import local
from mdm.errors import Problem, UsageError


@dataclass(frozen=True, slots=True)
class Created:
    """What was written, the backup of what was there, and what keeps the new file from being used, with a hint."""

    files: tuple[Path, ...]
    backup: Path | None = None
    hidden: tuple[str, str] | None = None


def env_template(app: Application) -> list[str]:
    """Return the lines of a dotenv file with every variable."""
    return env_file(app.schema).splitlines()


def create(app: Application, output: Path | None, *, force: bool) -> Created:
    """Write the file; raises `UsageError` where there is one, unless *force*, which makes a backup first."""
    path = output.expanduser().absolute() if output else local(file_to_write(app))
    hidden = None
    if output is None and legacy_of(app.schema, app.around).present:
        hidden = ("there are legacy files, which still count", "'mdm config migrate' moves them to the new format")
    with locked(path):
        backup = _replaced(app, path, force=force) if path.exists() else None
        schema = path.with_name(SCHEMA_FILE)
        write_atomic(schema, schema_text().encode())
        write_atomic(path, commented_file(app.schema).encode())  # last: where it is, init has ended
    return Created((path, schema), backup, hidden)


def _replaced(app: Application, path: Path, *, force: bool) -> Path:
    if not path.is_file():
        raise not_a_file(path.stat().st_mode, path)
    if not force:
        raise UsageError(Problem("there is a file already", shown_path(path), "--force replaces it, after a backup"))
    return set_aside(app, path, reason="before init")


def set_aside(app: Application, path: Path, *, reason: str) -> Path:
    """Make a backup of the file *path*, which is about to be replaced, and return where that is."""
    now = datetime.now(UTC).astimezone()
    if path.parent == app.home:
        return create_backup(app.home, environ=app.around.environ, now=now, reason=reason).path
    copy = path.with_name(f"{path.name}.{now:%Y%m%d_%H%M%S}.bak")
    write_atomic(copy, read_bytes(path), mode=0o600)
    return copy
