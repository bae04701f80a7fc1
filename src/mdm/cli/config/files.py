"""The files of the configuration: where they are looked for, which are there, which count."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mdm.app import Application
from mdm.cli.output import err
from mdm.config.kept import is_kept, value_below
from mdm.config.layers import Value, shown_path
from mdm.config.legacy_files import legacy_files
from mdm.config.selection import CONFIG_FILE, candidates, chosen_file, find_file, legacy_of
from mdm.config.sources import FileSource
from mdm.config.systems import LEGACY, NEW, Active
from mdm.core.url import Location, Url, local
from mdm.errors import InvalidConfigError


@dataclass(frozen=True, slots=True)
class Place:
    """A place where the *system* looks for a file."""

    path: Location
    system: str
    used: bool = False

    @property
    def exists(self) -> bool:
        """Whether there is a file; an address that is named counts as one."""
        return isinstance(self.path, Url) or self.path.exists()

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The place as a row of text."""
        return str(self.path), self.system, _yes(self.exists), _yes(self.used)

    @property
    def as_json(self) -> dict[str, Any]:
        """The place for programs."""
        return {"path": str(self.path), "system": self.system, "exists": self.exists, "used": self.used}


def tell_active(active: Active) -> None:
    """Say on standard error, to a person, which system answers and from which files."""
    if sys.stderr.isatty():
        files = ", ".join(map(shown_path, active.files)) or "no file"
        err(f"{active.system} system, {files}")


def in_use_or_new(app: Application) -> list[Place]:
    """Return the files in use, lowest precedence first, or the one that would be written."""
    return in_use(app) or [Place(file_to_write(app), NEW)]


def in_use(app: Application) -> list[Place]:
    """Return the files that count, lowest precedence first; also where they are broken."""
    system = active_system(app)
    if system == LEGACY:
        found = [place for place in _legacy_places(app) if place.exists]
    else:
        found = [place for place in (Place(_new_file(app), NEW),) if place.exists]
    return [replace(place, used=True) for place in found]


def places(app: Application) -> list[Place]:
    """Return every place where either system looks, highest precedence first."""
    used = {(place.path, place.system) for place in in_use(app)}
    every = [*(Place(path, NEW) for path in _new_places(app)), *reversed(_legacy_places(app))]
    return [replace(place, used=(place.path, place.system) in used) for place in every]


def file_to_write(app: Application) -> Location:
    """Return the file that is written where none is there yet: the one that was named, otherwise the one at home."""
    return _named_file(app) or app.home / CONFIG_FILE


def value_in_file(app: Application, key: str) -> Value | None:
    """Return the value that the files give to the setting *key*, whatever else is wrong with them.

    Where they do not set it, a legacy home still gives it the old default.
    """
    schema = app.schema
    if is_kept(key):
        return value_below(value_in_file(app, "legacy"), key)
    if active_system(app) == LEGACY:
        from mdm.config.translation import translate

        named = _named_file(app)
        leaves = legacy_of(schema, app.around, None if named is None else local(named)).leaves
        translation = translate(schema, leaves, app.around.environ)
        return translation.values.get(key) or translation.old_defaults.get(key)
    document = find_file(schema, app.around, app.chosen).document
    found = FileSource(document).read(schema) if document is not None else ()
    return next((value for value in found if isinstance(value, Value) and value.key == key), None)


def active_system(app: Application) -> str:
    """Return which system answers; the new one where a broken file does not let it be known."""
    try:
        return app.manager.system()
    except InvalidConfigError:
        return NEW


def _new_file(app: Application) -> Location:
    try:
        return find_file(app.schema, app.around, app.chosen).path
    except InvalidConfigError:
        found = (place.path for place in (Place(path, NEW) for path in _new_places(app)) if place.exists)
        return next(found, file_to_write(app))


def _new_places(app: Application) -> Sequence[Location]:
    named = _named_file(app)
    return [named] if named else candidates(app.around)


def _legacy_places(app: Application) -> list[Place]:
    if named := _named_file(app):
        return [] if isinstance(named, Url) else [Place(named, LEGACY)]
    return [Place(path, LEGACY) for path in legacy_files(app.home, app.around.folder, app.around.environ)]


def _named_file(app: Application) -> Location | None:
    """Return the file that was named, on the command line or by a variable."""
    named = chosen_file(app.around, app.chosen)
    return named.absolute() if isinstance(named, Path) else named


def _yes(value: bool) -> str:
    return "yes" if value else "no"
