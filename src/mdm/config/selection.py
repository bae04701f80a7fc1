"""Which system answers, and from which file: the search for the configuration, in one place."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mdm.config.documents import Document, read_document
from mdm.config.formats import EITHER, LEGACY, format_of
from mdm.config.layers import Notice, shown_path
from mdm.config.legacy_files import Read, is_present, legacy_files, strangers_notice
from mdm.config.schema import Schema
from mdm.core.home import expand, home_folder
from mdm.core.owners import is_strangers
from mdm.core.url import Location, Url, location_of
from mdm.errors import InvalidConfigError, Problem

if TYPE_CHECKING:
    from mdm.config.legacy import LegacyReading
    from mdm.config.remote import Fetched

SYSTEM_FILE = Path("/etc/mdm/mdm.yaml")
CONFIG_FILE = "mdm.yaml"


class Once:
    """Reads files as *read* does, and remembers what it read, and which files are missing."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._found: dict[Path, Document | None] = {}

    def __call__(self, path: Path) -> Document:
        """Return the document, or raise what *read* raises."""
        if path not in self._found:
            try:
                self._found[path] = self._read(path)
            except FileNotFoundError:
                self._found[path] = None
        document = self._found[path]
        if document is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return document

    def knows_missing(self, path: Path) -> bool:
        """Say whether it was found out that there is no such file."""
        return self._found.get(path, path) is None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around a run: the environment, the current folder, and how a file is read."""

    environ: Mapping[str, str] = field(repr=False)
    folder: Path | None
    read: Read = field(default=read_document, repr=False, compare=False)

    @classmethod
    def of_process(cls) -> Surroundings:
        """Return those of this process; the current folder may be gone."""
        try:
            return cls(os.environ, Path.cwd())
        except OSError:
            return cls(os.environ, None)

    @property
    def home(self) -> Path:
        """The folder of configuration, flags and backups."""
        return home_folder(self.environ)

    def exists(self, path: Path) -> bool:
        """Say whether there is such a file; none is read for it."""
        known = isinstance(self.read, Once) and self.read.knows_missing(path)
        return not known and os.path.exists(path)  # noqa: PTH110 (at every load)

    def reading_once(self) -> Surroundings:
        """Return the same at one moment: each file is read and parsed once, whoever asks for it."""
        return replace(self, read=Once(self.read))


@dataclass(frozen=True, slots=True)
class Found:
    """The file that the new system reads: none of them need exist.

    *path* is where it is, or would be written; *document* what it holds; *fetched* comes with an address.
    """

    path: Location
    document: Document | None = None
    notices: tuple[Notice, ...] = ()
    fetched: Fetched | None = None


def chosen_file(around: Surroundings, chosen: Location | None = None) -> Location | None:
    """Return the one file that was *chosen*, or that a variable names; none where it is to be searched for."""
    name = around.environ.get("MDM_CONFIG_FILE")
    return chosen or (location_of(name) if name else None)


def find_file(schema: Schema, around: Surroundings, chosen: Location | None = None) -> Found:
    """Return the file that counts: the *chosen* one, the one that a variable names, or the first that exists.

    Raises `InvalidConfigError` where it cannot be read, or where a variable names one that does not exist.
    """
    match chosen_file(around, chosen):
        case Url() as url:
            return _remote(url, around)
        case Path() as path:
            return Found(path, _read(path, around)) if chosen is not None else _named(path, around)
    home_file, named = around.home / CONFIG_FILE, _named_legacy_file(around)
    notices: list[Notice] = []
    for path in candidates(around):
        if path.parent == around.folder and is_strangers(path):
            notices.append(strangers_notice(path))
            continue
        document = _read(path, around)
        if document is None:
            notices += [_missing(path)] if path == named else []
            continue
        if reason := _passed_over(document, path, home_file, schema):
            notices.append(Notice("skipped", f"{shown_path(path)} is not read: {reason}"))
        else:
            return Found(path, document, tuple(notices))
    return Found(home_file, None, tuple(notices))


def has_legacy(schema: Schema, around: Surroundings) -> bool:
    """Say whether there are files that the legacy system reads here."""
    return is_present(schema, legacy_files(around.home, around.folder, around.environ), around.read)


def legacy_of(
    schema: Schema, around: Surroundings, file: Path | None = None, *, variables: bool = False
) -> LegacyReading:
    """Return what the legacy system reads here, or from one *file* alone."""
    from mdm.config.legacy import read_legacy

    environ = {**around.environ, "MDM_CONFIG_PATH": str(file)} if file else around.environ
    reading = read_legacy(schema, around.home, around.folder, environ, around.read, variables=variables)
    named = None if file else _named_legacy_file(around)
    if named is None or reading.documents or reading.problems:
        return reading
    return replace(reading, notices=(_missing(named), *reading.notices))


def candidates(around: Surroundings) -> list[Path]:
    """Return the places where the new system looks; the first file that exists and is not passed over counts."""
    home_file = around.home / CONFIG_FILE
    paths = [home_file, SYSTEM_FILE]
    if named := _named_legacy_file(around):
        paths.insert(0, named)
    if around.folder is not None and (local := around.folder / CONFIG_FILE) != home_file:
        paths.insert(0, local)
    return paths


def _named_legacy_file(around: Surroundings) -> Path | None:
    name = around.environ.get("MDM_CONFIG_PATH")
    return expand(name) if name else None


def _missing(named: Path) -> Notice:
    told = f"MDM_CONFIG_PATH names {shown_path(named)}, which does not exist; no other legacy file is read in its place"
    return Notice("missing", told, hint="correct or unset the variable")


def _passed_over(document: Document, path: Path, home_file: Path, schema: Schema) -> str:
    """Return why a file that exists does not count; empty where it does."""
    if path in (home_file, SYSTEM_FILE):
        return ""
    if format_of(document, schema) in (LEGACY, EITHER) and path.name != CONFIG_FILE:
        return "it is in the legacy format, and MDM_CONFIG_PATH is a legacy variable; see 'mdm config analyze'"
    if format_of(document, schema) == LEGACY:
        return "it is in the legacy format; 'mdm config analyze' shows what it holds"
    if format_of(document, schema) == EITHER and document.entries:
        return 'it names no version, so it counts as a legacy one; write version: "2.0.0" into it if it is new'
    return ""


def _named(path: Path, around: Surroundings) -> Found:
    named = "it is named by MDM_CONFIG_FILE"
    if os.path.isdir(path):  # noqa: PTH112 (the other one raises where the name is too long)
        raise InvalidConfigError(Problem("is a folder, not a regular file", shown_path(path), named))
    document = _read(path, around)
    if document is None:
        hint = f"{named}; 'mdm config init' writes a new one"
        raise InvalidConfigError(Problem("no such file", shown_path(path), hint))
    return Found(path, document)


def _remote(url: Url, around: Surroundings) -> Found:
    from mdm.config.remote import read_remote

    fetched = read_remote(url, around.home)
    return Found(url, fetched.document, (fetched.notice,) if fetched.notice else (), fetched)


def _read(path: Path, around: Surroundings) -> Document | None:
    try:
        return around.read(path)
    except FileNotFoundError:
        return None
