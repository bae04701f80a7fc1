"""What a user has: the files, every setting with its place and its new key, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.config.layers import Notice, Value, shown_path
from mdm.config.legacy import Leaf, LegacyReading, guess, is_new_format, legacy_files
from mdm.config.references import names_in
from mdm.config.rules import legacy_variables, rules_by_key
from mdm.config.schema import Schema, to_text
from mdm.config.selection import Surroundings, legacy_of
from mdm.config.sources import LOCATORS, EnvSource, masked
from mdm.config.translation import CONFLICT, MOVED, Outcome, Translation, identical, translate
from mdm.errors import Problem


@dataclass(frozen=True, slots=True)
class FileFound:
    """One configuration file: its *format* is ``legacy``, ``new``, ``flags``, ``dataset`` or ``broken``."""

    path: Path
    format: str
    settings: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class VariableFound:
    """One legacy environment variable in use, with the new variables and the values to set in its place."""

    name: str
    new: tuple[tuple[str, str], ...]
    note: str = ""


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

    def of(self, status: str) -> list[Outcome]:
        """Return the settings of one status."""
        return [outcome for outcome in self.outcomes if outcome.status == status]


def analyse(schema: Schema, around: Surroundings, *, leaves: tuple[Leaf, ...] | None = None) -> Analysis:
    """Return what lies in *around*; *leaves* stand in for the settings that the files hold."""
    reading = legacy_of(schema, around)
    found = reading.leaves if leaves is None else leaves
    translation = translate(schema, found, around.environ, flags=reading.flags)
    outcomes = _of_legacy_files((*translation.outcomes, *_overridden(reading, translation)), reading, schema)
    return Analysis(
        around.home,
        tuple(_files(schema, around, reading)),
        outcomes,
        tuple(_variables(schema, around, reading)),
        (*reading.notices, *_notices(around), *_unread(schema, reading, outcomes), *_changed_values(outcomes)),
        reading.problems,
        reading,
        translation,
        tuple(found),
    )


def shown(schema: Schema, key: str, value: Any) -> str:
    """Return *value* as the text that people may see: secrets as a mask."""
    return to_text(masked(schema, key, value))


def _of_legacy_files(outcomes: tuple[Outcome, ...], reading: LegacyReading, schema: Schema) -> tuple[Outcome, ...]:
    """Leave out what the legacy reader sees of a file that is new already."""
    new = tuple(f"{document.shown}:" for document in reading.documents if is_new_format(document, schema))
    return tuple(outcome for outcome in outcomes if not new or not f"{outcome.leaf.origin}:".startswith(new))


def _unread(schema: Schema, reading: LegacyReading, outcomes: tuple[Outcome, ...]) -> Iterator[Notice]:
    """Yield the legacy settings that a file in the new format beside them does not have, so that they do not count."""
    present = {e.key for document in reading.documents if is_new_format(document, schema) for e in document.entries}
    for outcome in outcomes if present else ():
        absent = [key for key in outcome.new if key not in present]
        if outcome.status == MOVED and absent:
            told = f"{outcome.leaf.key} does not count in the new system, whose file lacks {absent[0]}"
            yield Notice("unread", told, str(outcome.leaf.origin), f"mdm config set {absent[0]} VALUE")


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
            own = tuple(p for p in reading.problems if p.where.startswith(shown_path(path)))
            files.append(FileFound(path, "broken", 0, own))
    flags = around.home / "feature_flags.json"
    if flags.is_file():
        files.append(FileFound(flags, "flags", len(reading.flags)))
    datasets = around.home / "config" / "datasets"
    files += [FileFound(path, "dataset") for path in sorted(datasets.glob("*.y*ml"))]
    return files


def _variables(schema: Schema, around: Surroundings, reading: LegacyReading) -> list[VariableFound]:
    """Return the legacy variables in use, and where the two systems read one differently."""
    found = []
    referred_to = {name for document in reading.documents for e in document.entries for name in names_in(e.value)}
    for name, text in around.environ.items():
        if name in referred_to or not name.upper().startswith("MDM_") or schema.by_env_name(name) is not None:
            continue
        values = [v for v in EnvSource({name: text}).read(schema) if isinstance(v, Value)]
        known = bool(values) or name in LOCATORS or name.upper() in legacy_variables()
        new = [(schema[v.key].env_name, to_text(v.raw)) for v in values]
        if name == "MDM_HOME_DIR":
            new.append(("MDM_CONFIG_FILE", str(around.home / "mdm.yaml")))
        if name == "MDM_CONFIG_PATH":
            new.append(("MDM_CONFIG_FILE", str(around.home / "mdm.yaml")))
        if new or not known:
            found.append(
                VariableFound(
                    name, tuple(new), _reading_note(schema, values, text) if known else "no setting is called so"
                )
            )
    return found


def _reading_note(schema: Schema, values: list[Value], text: str) -> str:
    old = guess(text)
    for value in values:
        kind = {list: "a list", bool: "true or false", int: "a number", float: "a number"}.get(type(old))
        if kind and schema[value.key].kind.value == "text" and value.raw == text != str(old):
            return f"the old program read it as {kind}, the new one as text"
    return ""


def _notices(around: Surroundings) -> list[Notice]:
    if around.folder is None or around.folder == around.home:
        return []
    here = [path for path in legacy_files(around.home, around.folder, around.environ)[3:] if path.is_file()]
    told = "{} of the current folder is part of the legacy configuration here"
    return [Notice("folder", told.format(path.name), shown_path(path)) for path in here]
