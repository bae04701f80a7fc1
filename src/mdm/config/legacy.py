"""The legacy system, still runnable: its files, its variables, its guessing of types, and its plain dictionary."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from mdm.config.documents import Document, read_document, to_tree, walk
from mdm.config.formats import is_new_format
from mdm.config.layers import Layer, Notice, Origin, shown_path
from mdm.config.leaves import Leaf, Leaves, Path_
from mdm.config.merging import merged, origin_of
from mdm.config.references import Resolver
from mdm.config.rules import guess, legacy_variables, rules_by_key, variable_of
from mdm.config.schema import Schema, to_text
from mdm.core.home import expand, home_folder
from mdm.core.owners import is_strangers
from mdm.errors import InvalidConfigError, Problem

Read: TypeAlias = Callable[[Path], Document]

FLAGS_FILE = "feature_flags.json"
_HOME_FILES = ("config.yaml", "mdm.yaml", "settings.json")
_FOLDER_FILES = ("mdm.yaml", ".mdm.yaml")


@dataclass(frozen=True, slots=True)
class LegacyReading:
    """What the legacy system read: documents, settings after merging, flags, and what was wrong."""

    documents: tuple[Document, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    overridden: tuple[Leaf, ...] = ()
    flags: tuple[Leaf, ...] = ()
    notices: tuple[Notice, ...] = ()
    problems: tuple[Problem, ...] = ()
    present: bool = False

    @property
    def tree(self) -> dict[str, Any]:
        """The plain dictionary that the old program had."""
        return to_tree((leaf.path, leaf.value) for leaf in self.leaves)


def get_config(home: Path | None = None) -> dict[str, Any]:
    """Return the legacy configuration, files and variables, as the plain dictionary that it was.

    Raises `InvalidConfigError` where a file cannot be read.
    """
    from mdm.config.models import MDMConfig

    reading = read_legacy(MDMConfig.schema(), home or home_folder(os.environ), Path.cwd(), os.environ, variables=True)
    if reading.problems:
        raise InvalidConfigError(*reading.problems)
    return reading.tree


def read_legacy(  # noqa: PLR0913  # all that it depends on
    schema: Schema,
    home: Path,
    folder: Path | None,
    environ: Mapping[str, str],
    read: Read = read_document,
    *,
    variables: bool = False,
) -> LegacyReading:
    """Read the legacy files of *home* and of the current *folder*, and with *variables* the environment over them."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for path in legacy_files(home, folder, environ):
        try:
            documents.append(read(path))
        except FileNotFoundError:
            continue
        except InvalidConfigError as error:
            problems.extend(error.problems)
    flags, flag_problems = read_flags(home / FLAGS_FILE)
    reading = reading_of(schema, documents, environ, variables=variables)
    return replace(
        reading,
        flags=flags,
        notices=(*map(strangers_notice, _files_of_strangers(home, folder, environ)), *reading.notices),
        problems=(*problems, *flag_problems),
        present=reading.present or bool(problems),
    )


def is_present(schema: Schema, files: Iterable[Path], read: Read = read_document) -> bool:
    """Say whether there are legacy ones among *files*, as `LegacyReading.present` does, without making settings."""
    for path in files:
        try:
            if not is_new_format(read(path), schema):
                return True
        except FileNotFoundError:
            continue
        except InvalidConfigError:
            return True
    return False


def reading_of(
    schema: Schema, documents: Iterable[Document], environ: Mapping[str, str], *, variables: bool = False
) -> LegacyReading:
    """Return what the legacy system makes of *documents*, lowest precedence first."""
    documents = tuple(documents)
    standing, overridden = merged(documents, schema, environ)
    leaves = _resolve(standing, environ)
    return LegacyReading(
        documents=documents,
        leaves=tuple(with_variables(leaves, environ) if variables else leaves),
        overridden=tuple(overridden),
        notices=tuple(notice for document in documents for notice in document.notices),
        present=any(not is_new_format(document, schema) for document in documents),
    )


def legacy_files(home: Path, folder: Path | None, environ: Mapping[str, str]) -> list[Path]:
    """Return the files that the legacy system reads, lowest precedence first; none of a stranger's."""
    if name := environ.get("MDM_CONFIG_PATH"):
        return [expand(name)]
    own = [path for path in _folder_files(home, folder) if not is_strangers(path)]
    return [*_files_of_home(home), *own]


@lru_cache(maxsize=8)
def _files_of_home(home: Path) -> tuple[Path, ...]:
    return tuple(home / name for name in _HOME_FILES)


def strangers_notice(path: Path) -> Notice:
    """Return the notice that a file of the current folder does not count."""
    reason = "it belongs to another user; name it in MDM_CONFIG_FILE if it is to be used"
    return Notice("skipped", f"{shown_path(path)} is not read: {reason}")


def _files_of_strangers(home: Path, folder: Path | None, environ: Mapping[str, str]) -> list[Path]:
    named = environ.get("MDM_CONFIG_PATH")
    return [] if named else [path for path in _folder_files(home, folder) if is_strangers(path)]


def _folder_files(home: Path, folder: Path | None) -> list[Path]:
    if folder is None or folder.absolute() == home.absolute():
        return []
    return [folder / name for name in _FOLDER_FILES]


def leaves_of(tree: Mapping[Any, Any], name: str = "legacy dictionary") -> list[Leaf]:
    """Return the settings of a plain legacy dictionary."""
    return [Leaf(path, value, Origin(Layer.FILE, name)) for path, value in walk((), dict(tree)) if path and value != {}]


def with_variables(leaves: Iterable[Leaf], environ: Mapping[str, str]) -> list[Leaf]:
    """Lay the legacy variables over *leaves*, their types guessed as the old program did."""
    names = legacy_variables() | {
        variable_of(tuple(map(str, leaf.path))): leaf.path for leaf in leaves if _is_free(leaf)
    }
    merged = Leaves(leaves)
    for name, path in reversed(names.items()):
        if name not in environ or name == "MDM_CONFIG_PATH":
            continue
        origin = Origin(Layer.LEGACY_ENVIRONMENT, name)
        merged.put(Leaf(path, guess(environ[name]), origin, environ[name]))
    return list(merged)


def _resolve(leaves: list[Leaf], environ: Mapping[str, str]) -> list[Leaf]:
    """Replace references; one that stands for nothing is left as it is written."""
    by_path = {leaf.path: leaf for leaf in leaves}
    opened: list[Path_] = []

    def lookup(name: str) -> str | None:
        if name in environ:
            return environ[name]
        leaf = by_path.get(tuple(name.split(".")))
        if leaf is None or leaf.path in opened or isinstance(leaf.value, list | dict | None):
            return None
        return to_text(value_of(leaf))

    def value_of(leaf: Leaf) -> Any:
        opened.append(leaf.path)
        try:
            return resolver.resolve_where_possible(leaf.value)
        finally:
            opened.pop()

    def resolved(leaf: Leaf) -> Leaf:
        reasons.clear()
        return replace(leaf, value=value_of(leaf), unresolved=tuple(reasons))

    reasons: list[str] = []
    resolver = Resolver(lookup, reasons)
    return [leaf if leaf.reference is None else resolved(leaf) for leaf in leaves]


def _is_free(leaf: Leaf) -> bool:
    return leaf.path not in rules_by_key() and all(isinstance(part, str) for part in leaf.path)


def read_flags(path: Path) -> tuple[tuple[Leaf, ...], tuple[Problem, ...]]:
    """Return the flags of the file *path*, under ``flags`` or at the top level, and what is wrong with it."""
    try:
        document = read_document(path)
    except FileNotFoundError:
        return (), ()
    except InvalidConfigError as error:
        return (), error.problems
    nested = any(entry.path[0] == "flags" and len(entry.path) > 1 for entry in document.entries)
    leaves = []
    for entry in document.entries:
        path_ = entry.path[1:] if nested else entry.path
        if entry.path[0] == "history" or (nested and entry.path[0] != "flags") or entry.value in ({}, []):
            continue
        leaves.append(Leaf(path_, entry.value, origin_of(document, entry), None if entry.quoted else entry.text))
    return tuple(leaves), ()
