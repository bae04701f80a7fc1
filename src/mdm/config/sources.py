"""Where values come from: each source yields what it holds, with its place, and never stops at the first problem."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mdm.config.document import Document, Entry
from mdm.config.layers import Finding, Layer, Notice, Origin, Value, shown_path
from mdm.config.references import has_reference
from mdm.config.rule import Context, Given, Special
from mdm.config.rules import legacy_variables, rules_by_key
from mdm.config.schema import Kind, Schema, Setting, plain
from mdm.core.files import read_bytes
from mdm.core.masking import is_secret_name
from mdm.errors import FileError, Problem

LOCATORS = ("MDM_CONFIG_FILE", "MDM_ENV_FILE", "MDM_SECRETS_DIR", "MDM_CONFIG_PATH", "MDM_HOME_DIR", "MDM_HOST_ID")
_TRAP = re.compile(r"[-+]?(0[0-7_]+|0b[01_]+|0x[0-9a-f_]+|\d[\d_]*(:[0-5]?\d)+)(\.\d*)?", re.IGNORECASE)


class Source(Protocol):
    """Anything that yields values for a schema."""

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values that the source holds, and what is wrong or worth saying about it."""


@dataclass(frozen=True, slots=True)
class ExplicitSource:
    """Values given in code, by dotted key."""

    values: Mapping[str, Any] = field(repr=False)
    name: str = "explicit"

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values; a key that the schema lacks is a problem."""
        for key, raw in self.values.items():
            if key in schema:
                yield Value(key, plain(raw), Origin(Layer.EXPLICIT, self.name))
            else:
                yield unknown_key(schema, key, self.name)


@dataclass(frozen=True, slots=True)
class AssignmentSource:
    """``KEY=VALUE`` texts, as ``--set`` takes them."""

    assignments: tuple[str, ...] = field(repr=False)

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values; the last one given for a key counts."""
        for assignment in reversed(self.assignments):
            key, equals, text = assignment.partition("=")
            if not equals:
                yield Problem(
                    "not of the form KEY=VALUE", "--set", "write for example --set performance.batch_size=500"
                )
            elif key not in schema:
                yield unknown_key(schema, key, "--set")
            else:
                yield from _from_text(schema[key], text, Origin(Layer.EXPLICIT, "--set"))


@dataclass(frozen=True, slots=True)
class EnvSource:
    """Environment variables, ``MDM_SECTION__FIELD`` and the legacy names; *environ* is passed in."""

    environ: Mapping[str, str] = field(repr=False)
    layer: Layer = Layer.ENVIRONMENT
    legacy_layer: Layer = Layer.LEGACY_ENVIRONMENT
    places: Mapping[str, str] = field(default_factory=dict)

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the new names, then the legacy ones with a notice each, then what no setting is called."""
        ours = {name: text for name, text in self.environ.items() if name[:4].upper() == "MDM_"}
        legacy = {name: text for name, text in ours.items() if schema.by_env_name(name) is None}
        for name, text in ours.items():
            if setting := schema.by_env_name(name):
                yield from _from_text(setting, text, self._origin(self.layer, name))
        yield from self._read_legacy(legacy, schema)

    def _read_legacy(self, found: Mapping[str, str], schema: Schema) -> Iterator[Finding]:
        order = _legacy_names(schema)
        for name in sorted(found, key=lambda name: order.get(name.upper(), len(order))):
            if name.upper() in order:
                yield from self._translate(name, found[name], schema)
            elif name.upper() not in LOCATORS and schema.sections:
                yield self._unknown(name, schema)

    def _translate(self, name: str, text: str, schema: Schema) -> Iterator[Finding]:
        origin = self._origin(self.legacy_layer, name)
        new, problem = translate_variable(name, text, schema)
        targets = [key for key in new if key in schema]
        if targets or problem:
            names = ", ".join(schema[key].env_name for key in targets) or "the new variable"
            yield Notice("deprecated", f"{name} is deprecated; use {names}", self.places.get(name, ""))
        if problem:
            yield Problem(problem, str(origin))
        for key in targets:
            if new[key] is not Special.NEW_DEFAULT:
                yield Value(key, new[key], origin)

    def _origin(self, layer: Layer, name: str) -> Origin:
        place = self.places.get(name)
        return Origin(layer, f"{place} ({name})" if place else name)

    def _unknown(self, name: str, schema: Schema) -> Notice:
        known = [*(setting.env_name for setting in schema.values()), *LOCATORS]
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.75)
        hint = f"did you mean {close[0]}?" if close else ""
        return Notice("unknown", f"{name} is not a setting of MDM", self.places.get(name, ""), hint)


@dataclass(frozen=True, slots=True)
class DotenvSource:
    """A dotenv file: new and legacy variable names, one layer below the environment."""

    path: Path

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values of the file with their lines; lines that cannot be read are problems."""
        from io import StringIO

        from dotenv.parser import parse_stream

        where = shown_path(self.path)
        text = _read_text(self.path, "MDM_ENV_FILE")
        if isinstance(text, Problem):
            yield text
            return
        values: dict[str, str] = {}
        places: dict[str, str] = {}
        for binding in parse_stream(StringIO(text)):
            line = binding.original.line + len(binding.original.string) - len(binding.original.string.lstrip("\n"))
            if binding.error:
                yield Problem("not of the form NAME=value", f"{where}:{line}")
            elif binding.key and binding.value is not None:
                values[binding.key] = binding.value
                places[binding.key] = f"{where}:{line}"
        yield from EnvSource(values, Layer.DOTENV, Layer.DOTENV, places).read(schema)


@dataclass(frozen=True, slots=True)
class SecretsSource:
    """A folder of secret files, as Docker and Kubernetes mount them: the file's name is the variable's."""

    folder: Path

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the content of each file without its last line end."""
        values: dict[str, str] = {}
        places: dict[str, str] = {}
        try:
            names = sorted(path for path in self.folder.iterdir() if path.name[:4].upper() == "MDM_")
        except OSError as error:
            yield Problem(
                f"cannot be listed: {(error.strerror or 'error').lower()}",
                shown_path(self.folder),
                "MDM_SECRETS_DIR names it",
            )
            return
        for path in names:
            text = _read_text(path, "MDM_SECRETS_DIR")
            if isinstance(text, Problem):
                yield text
            else:
                values[path.name] = text.removesuffix("\n").removesuffix("\r")
                places[path.name] = shown_path(path)
        yield from EnvSource(values, Layer.SECRETS, Layer.SECRETS, places).read(schema)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A configuration file in the new format."""

    document: Document

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values with line and column; unknown and legacy keys are problems."""
        yield from self.document.notices
        carried_over = {}
        for entry in self.document.entries:
            if entry.path[0] == "legacy" and "legacy" in schema:
                if entry.value or len(entry.path) > 1:
                    carried_over[entry.path] = entry
            else:
                yield from self._read_entry(entry, schema)
        if carried_over:
            first = next(iter(carried_over.values()))
            yield Value("legacy", self.document.tree["legacy"], self._origin(first))

    def _read_entry(self, entry: Entry, schema: Schema) -> Iterator[Finding]:
        key = ".".join(map(str, entry.path))
        origin = self._origin(entry)
        setting = schema.get(key)
        if setting is not None:
            yield Value(key, _raw(entry, setting), origin)
            if setting.kind is Kind.NUMBER and not entry.quoted and _TRAP.fullmatch(entry.text or ""):
                yield Notice(
                    "doubtful", f"{key}: {entry.text} is read as {entry.value}, by the rules of YAML 1.1", str(origin)
                )
        elif key in schema.sections:
            if entry.value not in (None, {}):
                yield Problem(f"{key}: settings are expected here, indented below it", str(origin))
        elif (outer := _outer(entry, schema)) is not None:
            yield Problem(f"{outer.key}: a mapping where {outer.type_name} is expected", str(origin))
        elif schema.sections:
            yield unknown_key(schema, key, str(origin), entry.path)

    def _origin(self, entry: Entry) -> Origin:
        return Origin(Layer.FILE, self.document.shown, entry.line, entry.column)


def unknown_key(schema: Schema, key: str, where: str, path: tuple[Any, ...] | None = None) -> Problem:
    """Return the problem that no setting is called *key*, with the new name or the nearest one."""
    rule = rules_by_key().get(path if path is not None else tuple(key.split(".")))
    if rule is not None:
        new = ", ".join(rule.to)
        return Problem(f"{key}: legacy key", where, f"it is {new} now; 'mdm config migrate' moves legacy settings")
    if key in schema.sections:
        return Problem(
            f"{key}: a section, not a setting",
            where,
            f"name one of its settings, such as {next(k for k in schema if k.startswith(key + '.'))}",
        )
    nearest = schema.nearest(key)
    hint = f"did you mean {nearest}?" if nearest else "'mdm config reference' lists all settings"
    return Problem(f"{key}: unknown setting", where, hint)


def read_text(setting: Setting, text: str) -> Any:
    """Return the text of a variable as a raw value of *setting*; raises `ValueError` where it is not even readable."""
    if setting.optional and text.strip().lower() in ("null", "none"):
        return None
    match setting.kind:
        case Kind.LIST:
            return _read_list(text)
        case Kind.MAPPING:
            return _read_mapping(text)
        case Kind.NUMBER | Kind.BOOL if not text.strip():
            raise ValueError("empty")
        case _:
            return text


def translate_variable(name: str, text: str, schema: Schema) -> tuple[dict[str, Any], str]:
    """Return what a legacy variable sets, by new key, and what is wrong with its value."""
    key = legacy_variables().get(name.upper())
    if key is None:
        setting = schema[_legacy_names(schema)[name.upper()][1]]
        try:
            return {setting.key: read_text(setting, text)}, ""
        except ValueError as error:
            return {}, f"{setting.key}: {error}"
    rule = rules_by_key()[key]
    try:
        new = rule.forward(_given(rule.to[0], text, schema), Context())
    except ValueError as error:
        return {}, f"{rule.to[0]}: {error}"
    return {
        target: None if raw is Special.NEW_DEFAULT and schema[target].optional else raw
        for target, raw in new.items()
        if target in schema
    }, ""


def _given(target: str, text: str, schema: Schema) -> Given:
    setting = schema.get(target)
    lowered = text.strip().lower()
    if (
        setting is not None
        and setting.kind is Kind.BOOL
        and lowered in ("true", "false", "yes", "no", "on", "off", "1", "0")
    ):
        return Given(lowered in ("true", "yes", "on", "1"), text)
    if setting is not None and setting.optional and lowered in ("null", "none"):
        return Given(None, text)
    return Given(text, text)


def _legacy_names(schema: Schema) -> dict[str, tuple[int, str]]:
    """Return the legacy names by rank; beside those of legacy keys, each new key with single underscores is one."""
    names = list(legacy_variables())
    taken = set(names) | set(LOCATORS) - {"MDM_HOME_DIR"}
    singles = {"MDM_" + key.replace(".", "_").upper(): key for key in schema}
    ranked = {name: (rank, "") for rank, name in enumerate(names)}
    return ranked | {name: (len(names), key) for name, key in singles.items() if name not in taken}


def _from_text(setting: Setting, text: str, origin: Origin) -> Iterator[Finding]:
    try:
        yield Value(setting.key, read_text(setting, text), origin)
    except ValueError as error:
        yield Problem(f"{setting.key}: {error}; {setting.type_name} is expected", str(origin))


def _read_list(text: str) -> list[Any]:
    if text.strip().startswith(("[", '"')):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise ValueError("not a JSON list") from None
        if isinstance(found, list):
            return found
        raise ValueError("not a JSON list")
    return [word.strip() for word in text.split(",")] if text.strip() else []


def _read_mapping(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not a JSON object") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _raw(entry: Entry, setting: Setting) -> Any:
    """The schema decides: where the setting is text, what was written counts, not what YAML 1.1 makes of it."""
    if setting.kind is Kind.TEXT and entry.text is not None and entry.value is not None:
        return entry.text
    if isinstance(entry.value, str) and has_reference(entry.value):
        return entry.value
    return entry.value


def _outer(entry: Entry, schema: Schema) -> Setting | None:
    prefixes = (".".join(map(str, entry.path[:length])) for length in range(1, len(entry.path)))
    return next((schema[prefix] for prefix in prefixes if prefix in schema), None)


def _read_text(path: Path, variable: str) -> str | Problem:
    try:
        return read_bytes(path, limit=1024 * 1024).decode("utf-8-sig")
    except FileNotFoundError:
        return Problem("no such file", shown_path(path), f"{variable} names it")
    except FileError as error:
        return error.problems[0]
    except UnicodeDecodeError:
        return Problem("not UTF-8 text", shown_path(path), "save the file in the encoding UTF-8")


def is_secret(schema: Schema, key: str) -> bool:
    """Say whether the value of *key*, new or legacy, is never shown."""
    return schema[key].secret if key in schema else is_secret_name(key)
