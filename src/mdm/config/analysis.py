"""What a user has: the files, every setting with its place and its new key, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.config.deprecated import VariableFound, legacy_variables_in_use
from mdm.config.formats import is_new_format
from mdm.config.layers import Notice, shown_path
from mdm.config.leaves import Leaf
from mdm.config.legacy import LegacyReading
from mdm.config.legacy_files import FLAGS_FILE, legacy_files
from mdm.config.outcomes import CONFLICT, KEPT, MOVED, Outcome, Translation, identical
from mdm.config.rules import rules_by_key
from mdm.config.schema import Schema, to_text
from mdm.config.selection import CONFIG_FILE, Surroundings
from mdm.config.sources import masked
from mdm.config.translation import translate
from mdm.core import flag_store
from mdm.errors import MdmError, Problem


@dataclass(frozen=True, slots=True)
class FileFound:
    """One configuration file: its *format* is ``legacy``, ``new``, ``flags``, ``dataset`` or ``broken``."""

    path: Path
    format: str
    settings: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that a migration starts from; made without writing anything."""

    home: Path
    files: tuple[FileFound, ...]
    outcomes: tuple[Outcome, ...]
    variables: tuple[VariableFound, ...]
    notices: tuple[Notice, ...]
    problems: tuple[Problem, ...]
    reading: LegacyReading
    translation: Translation
    leaves: tuple[Leaf, ...] = ()

    @property
    def is_legacy(self) -> bool:
        """Whether there is something to migrate: a legacy file, an empty one included, or settings given in code."""
        return self.reading.present or bool(self.leaves)

    @property
    def is_migrated(self) -> bool:
        """Whether the file that a migration would write is there, in the new format."""
        return any(file.format == "new" and file.path == self.home / CONFIG_FILE for file in self.files)

    @property
    def refused_variables(self) -> tuple[Problem, ...]:
        """What the new schema refuses of the variables; no file can help that."""
        return tuple(problem for variable in self.variables for problem in variable.problems)

    def of(self, status: str) -> list[Outcome]:
        """Return the settings of one status."""
        return [outcome for outcome in self.outcomes if outcome.status == status]


def analyse(schema: Schema, around: Surroundings, reading: LegacyReading, leaves: tuple[Leaf, ...]) -> Analysis:
    """Return what lies in *around*; *leaves* stand for the settings that the *reading* of the files gave."""
    translation = translate(schema, leaves, around.environ, flags=reading.flags)
    outcomes = _of_legacy_files((*translation.outcomes, *_overridden(reading, translation)), reading, schema)
    if outcomes and _holds_new(schema, reading):
        outcomes = _without_own_flags(outcomes, reading, around)
    return Analysis(
        around.home,
        tuple(_files(schema, around, reading)),
        outcomes,
        tuple(legacy_variables_in_use(schema, around, reading)),
        (*reading.notices, *_notices(around), *_unread(schema, reading, outcomes), *_changed_values(outcomes)),
        reading.problems,
        reading,
        translation,
        leaves,
    )


def shown(schema: Schema, key: str, value: Any) -> str:
    """Return *value* as the text that people may see: secrets as a mask."""
    return to_text(masked(schema, key, value))


def _of_legacy_files(outcomes: tuple[Outcome, ...], reading: LegacyReading, schema: Schema) -> tuple[Outcome, ...]:
    """Leave out what the legacy reader sees of a file that is new already."""
    new = tuple(f"{document.shown}:" for document in reading.documents if is_new_format(document, schema))
    return tuple(outcome for outcome in outcomes if not new or not f"{outcome.leaf.origin}:".startswith(new))


def _without_own_flags(
    outcomes: tuple[Outcome, ...], reading: LegacyReading, around: Surroundings
) -> tuple[Outcome, ...]:
    """Leave out the flags that MDM stored itself, at the migration or since: those that its history tells of."""
    try:
        stored = flag_store.decode_anyway(flag_store.content(around.home / FLAGS_FILE))
    except (MdmError, OSError):
        return outcomes
    own = {change.name for change in flag_store.changes(stored)}
    return tuple(o for o in outcomes if not (o.leaf.key in own and o.leaf in reading.flags))


def _holds_new(schema: Schema, reading: LegacyReading) -> bool:
    return any(is_new_format(document, schema) for document in reading.documents)


def _unread(schema: Schema, reading: LegacyReading, outcomes: tuple[Outcome, ...]) -> Iterator[Notice]:
    """Yield the legacy settings that a file in the new format beside them does not have, so that they do not count."""
    present = {e.key for document in reading.documents if is_new_format(document, schema) for e in document.entries}
    for outcome in outcomes if present else ():
        wanted = (f"legacy.{outcome.leaf.key}",) if outcome.status == KEPT else outcome.new
        absent = [key for key in wanted if key not in present]
        if outcome.status in (MOVED, KEPT) and absent and outcome.leaf not in reading.flags:
            told = f"{outcome.leaf.key} does not count in the new system, whose file lacks {absent[0]}"
            hint = "put it there" if outcome.status == KEPT else f"mdm config set {absent[0]} VALUE"
            yield Notice("unread", told, str(outcome.leaf.origin), hint)


def _changed_values(outcomes: tuple[Outcome, ...]) -> Iterator[Notice]:
    """Yield what a rule says of a value that it changed."""
    for outcome in outcomes:
        rule = rules_by_key().get(outcome.leaf.path)
        changed = [value for value in outcome.new.values() if str(value) != str(outcome.leaf.value)]
        if rule is not None and rule.convert.note and outcome.status == MOVED and changed:
            told = f"{outcome.leaf.key}: {outcome.leaf.value} becomes {changed[0]}, {rule.convert.note}"
            yield Notice("converted", told, str(outcome.leaf.origin))


def _overridden(reading: LegacyReading, translation: Translation) -> list[Outcome]:
    """Return what becomes of settings that a later file sets again."""
    last = {outcome.leaf.path: outcome for outcome in translation.outcomes}
    below = {path[:length]: o for path, o in reversed(last.items()) for length in range(1, len(path))}
    outcomes = []
    for leaf in reading.overridden:
        if leaf.value == {}:
            continue
        at_or_above = (last.get(leaf.path[:length]) for length in range(len(leaf.path), 0, -1))
        winner = next(filter(None, at_or_above), below.get(leaf.path))
        if winner is not None and identical(winner.leaf.value, leaf.value):
            outcomes.append(Outcome(leaf, winner.status, winner.new, winner.detail, winner.winner))
        else:
            by = winner.leaf if winner else None
            detail = f"{by.key} of {by.origin} wins" if by else "a later file takes it away"
            outcomes.append(Outcome(leaf, CONFLICT, {}, detail, by))
    return outcomes


def _files(schema: Schema, around: Surroundings, reading: LegacyReading) -> list[FileFound]:
    documents = {document.path: document for document in reading.documents}
    files = []
    for path in legacy_files(around.home, around.folder, around.environ):
        if path in documents:
            kind = "new" if is_new_format(documents[path], schema) else "legacy"
            files.append(FileFound(path, kind, len(documents[path].entries)))
        elif path.exists() or path.is_symlink():
            names = (shown_path(path), str(path))
            own = tuple(p for p in reading.problems if p.where.startswith(names))
            files.append(FileFound(path, "broken", 0, own))
    flags = around.home / FLAGS_FILE
    if flags.is_file():
        files.append(FileFound(flags, "flags", len(reading.flags)))
    datasets = around.home / "config" / "datasets"
    files += [FileFound(path, "dataset") for path in sorted(datasets.glob("*.y*ml"), key=lambda path: path.name)]
    return files


def _notices(around: Surroundings) -> list[Notice]:
    if around.folder is None or around.folder == around.home:
        return []
    here = [path for path in legacy_files(around.home, around.folder, around.environ)[3:] if path.is_file()]
    told = "{} of the current folder is part of the legacy configuration here"
    return [Notice("folder", told.format(path.name), shown_path(path)) for path in here]
