"""Whether a configuration, or one file alone, is valid: everything that is wrong with it, and what is worth saying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.app import Application
from mdm.config.documents import Document, read_document
from mdm.config.formats import LEGACY, format_of
from mdm.config.layers import Layer, Notice, shown_path
from mdm.config.legacy import reading_of
from mdm.config.models import MDMConfig
from mdm.config.outcomes import LegacySource
from mdm.config.remote import read_remote
from mdm.config.sources import FileSource, Source
from mdm.config.translation import translate
from mdm.core.url import Location, location_of
from mdm.errors import InvalidConfigError, Problem


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found: *name* is of the file or files, *settings* the number that they set."""

    name: str
    settings: int = 0
    problems: tuple[Problem, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def as_json(self) -> dict[str, Any]:
        """The result for programs."""
        parts = ("message", "where", "hint")
        return {
            "valid": not self.problems,
            "checked": self.name,
            "settings": self.settings,
            "problems": [{part: getattr(problem, part) for part in parts} for problem in self.problems],
            "warnings": [{part: getattr(notice, part) for part in parts} for notice in self.notices],
        }


def check(app: Application, file: str | None) -> Result:
    """Check the configuration with all its sources, or *file* alone."""
    location = location_of(file) if file else None
    name = (
        shown_path(location.absolute() if isinstance(location, Path) else location) if location else "the configuration"
    )
    try:
        if location is not None:
            config = file_alone(_document(app, location), app.around.environ)
            return Result(name, settings_of_files(config), (), config.state.reading.notices)
        active = app.load()
    except InvalidConfigError as error:
        return Result(name, problems=error.problems)
    files = ", ".join(map(shown_path, active.files)) or "no file, the defaults"
    return Result(files, settings_of_files(active.config), (), active.notices)


def _document(app: Application, location: Location) -> Document:
    if isinstance(location, Path):
        return existing(location)
    return read_remote(location, app.home).document


def existing(path: Path) -> Document:
    """Read *path*; a missing file is an `InvalidConfigError` too."""
    try:
        return read_document(path.expanduser().absolute())
    except FileNotFoundError:
        raise InvalidConfigError(Problem("no such file", shown_path(path.absolute()))) from None


def file_alone(document: Document, environ: Mapping[str, str]) -> MDMConfig:
    """Return what one file says, in the new format or through the rules; raises `InvalidConfigError`."""
    schema = MDMConfig.schema()
    source: Source = FileSource(document)
    if format_of(document, schema) == LEGACY:
        source = LegacySource(translate(schema, reading_of(schema, [document], environ).leaves, environ))
    return MDMConfig.load([source], environ, document)


def settings_of_files(config: MDMConfig) -> int:
    """Return how many settings come from files, whether or not they count."""
    keys = (key for key in config.schema() if key != "version")
    layers = (candidate.origin.layer for key in keys for candidate in config.candidates(key)[-1:])
    return sum(layer is Layer.FILE for layer in layers)
