"""From sources to one validated model: gather, resolve references, validate, and name the place of every problem."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mdm.config.documents import to_tree, walk
from mdm.config.layers import Layer, Notice, Reading, Unclaimed, Value, gather
from mdm.config.references import Resolver, UnresolvedError, has_reference, names_in
from mdm.config.schema import Kind, Schema, Setting, to_text
from mdm.config.sources import Source, read_text, unknown_key
from mdm.config.types import NewerVersionError
from mdm.core.masking import mask_text
from mdm.errors import InvalidConfigError, Problem

if TYPE_CHECKING:
    from mdm.config.rules.rule import LegacyKey

M = TypeVar("M", bound=BaseModel)

_PLACE = r"(?s)(?P<file>.*?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?(?: \(.*\))?"


def read_sources(schema: Schema, sources: Iterable[Source], environ: Mapping[str, str]) -> Reading:
    """Return what all sources give, with the references of the file replaced; problems are in the reading."""
    reading = gather(finding for source in sources for finding in source.read(schema))
    resolver = _Resolver(schema, reading, environ)
    values = dict(reading.values)
    for key, found in reading.values.items():
        if (resolved := resolver.resolved(found[0])) is not found[0]:
            values[key] = (resolved, *found[1:])
    notices = list(reading.notices)
    if reading.unclaimed:
        used = {name for found in reading.values.values() for name in names_in(found[0].raw)}
        unused = [variable for variable in reading.unclaimed if variable.name not in used]
        if kept := _with_variables(values.get("legacy", ()), unused, notices):
            values["legacy"] = kept
    return Reading(values, tuple(notices), (*reading.problems, *resolver.problems))


def _with_variables(
    values: tuple[Value, ...], variables: Iterable[Unclaimed], notices: list[Notice]
) -> tuple[Value, ...]:
    """Return the *values* of ``legacy`` after *variables* that set what stands under it, as they always did."""
    from mdm.config.rules import guess, rules_by_key, variable_of

    kept = values[0].raw if values and isinstance(values[0].raw, dict) else {}
    free = {
        variable_of(tuple(map(str, path))): path for path, _ in walk((), kept) if path and path not in rules_by_key()
    }
    for variable in variables:
        path = free.get(variable.name.upper())
        if path is None:
            notices.append(Notice("unknown", f"{variable.name} is not a setting of MDM", variable.place, variable.hint))
        else:
            told = f"{variable.name} is deprecated; it sets legacy.{'.'.join(map(str, path))}"
            notices.append(Notice("deprecated", told, variable.place))
            raw = to_tree([*walk((), values[0].raw), (path, guess(variable.text))])
            values = (Value("legacy", raw, variable.origin), *values)
    return values


def validate(model: type[M], schema: Schema, reading: Reading, section: str = "") -> M:
    """Return the model that the winning values make; raises `InvalidConfigError` with every problem found."""
    config, problems = _build(model, schema, reading, section)
    problems = (*reading.problems, *problems)
    if problems or config is None:
        raise InvalidConfigError(*in_order(problems))
    return config


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems of each file in the order of its lines, and the files as they came."""
    ranks: dict[str, int] = {}

    def place(problem: Problem) -> tuple[int, int, int]:
        found = re.fullmatch(_PLACE, problem.where)
        rank = ranks.setdefault(found["file"] if found else problem.where, len(ranks))
        return (rank, int(found["line"]), int(found["column"] or 0)) if found else (rank, 0, 0)

    return sorted(problems, key=place)


def without_refused(model: type[BaseModel], schema: Schema, reading: Reading) -> Reading:
    """Return *reading* without the values that the schema refuses; each is a notice, and the next one counts."""
    refused = list(reading.problems)
    values = dict(reading.values)
    while True:
        config, problems = _build(model, schema, Reading(values), "")
        keys = {key for key in values if any(problem.message.startswith(f"{key}:") for problem in problems)}
        if config is not None or not keys:
            break
        refused += problems
        values = {key: rest for key, found in values.items() if (rest := found[1:] if key in keys else found)}
    notices = (Notice("refused", f"{p.message}; it does not count", p.where, p.hint) for p in dict.fromkeys(refused))
    return Reading(values, (*reading.notices, *notices), ())


def problems_of(
    error: ValidationError, schema: Schema, section: str = "", values: Mapping[str, Value] = {}
) -> tuple[Problem, ...]:
    """Return Pydantic's complaints in our words: key, offending value, what is allowed; never a secret."""
    found: dict[Problem, None] = {}
    for details in error.errors(include_url=False, include_context=True):
        key = ".".join(str(part) for part in ((section, *details["loc"]) if section else details["loc"]))
        setting = _setting_of(key, schema)
        if details["type"] in ("extra_forbidden", "no_such_attribute"):
            found[unknown_key(schema, key, "")] = None
            continue
        value = values.get(setting.key) if setting else None
        where = str(value.origin) if value else ""
        told = f"{setting.key if setting else key}: {_told(details, setting, value)}"
        found[Problem(told, where, _hint(details, setting))] = None
    return tuple(found)


def _build(model: type[M], schema: Schema, reading: Reading, section: str) -> tuple[M | None, tuple[Problem, ...]]:
    winners = {key: found[0] for key, found in reading.values.items()}
    # All sections are validated within the whole; the validator of one alone is built when it is used alone.
    tree: dict[str, Any] = {name: {} for name in schema.sections}
    for key, value in winners.items():
        name, _, field = key.partition(".")
        if not field:
            tree[name] = value.raw
        elif name == section:
            tree[field] = value.raw
        else:
            tree.setdefault(name, {})[field] = value.raw
    try:
        config = model.model_validate(tree)
    except ValidationError as error:
        return None, problems_of(error, schema, section, winners)
    config.model_fields_set.difference_update(name for name in schema.sections if not tree[name])
    return config, ()


class _Resolver:
    """Replaces the references of file values; a setting that is referred to is resolved first."""

    def __init__(self, schema: Schema, reading: Reading, environ: Mapping[str, str]) -> None:
        self.schema = schema
        self.reading = reading
        self.environ = environ
        self.problems: list[Problem] = []
        self._open: list[str] = []
        self._references = Resolver(self._lookup)

    def resolved(self, value: Value) -> Value:
        if value.origin.layer is not Layer.FILE or not has_reference(value.raw):
            return value
        if value.key == "legacy":
            return value._replace(raw=self._references.resolve_where_possible(value.raw), reference=value.raw)
        try:
            raw = self._resolve(value)
        except (UnresolvedError, ValueError) as error:
            hint = "set the variable, or give a default: ${NAME:-default}" if isinstance(error, UnresolvedError) else ""
            problem = Problem(f"{value.key}: {error}", str(value.origin), hint)
            if problem not in self.problems:
                self.problems.append(problem)
            return value
        return value._replace(raw=raw, reference=value.raw)

    def _resolve(self, value: Value) -> Any:
        if value.key in self._open:
            raise ValueError("refers to itself: " + " -> ".join([*self._open, value.key]))
        self._open.append(value.key)
        try:
            raw = self._references.resolve(value.raw)
        finally:
            self._open.pop()
        setting = self.schema[value.key]
        return read_text(setting, raw) if isinstance(raw, str) and setting.kind is not Kind.TEXT else raw

    def _lookup(self, name: str) -> str | None:
        if name in self.environ:
            return self.environ[name]
        key = self._new_key(name)
        if key is not None:
            return self._text(key)
        return _leaf_text(self.reading, tuple(name.removeprefix("legacy.").split(".")))

    def _text(self, key: str) -> str:
        value = self.reading.winner(key)
        if value is not None:
            raw = self._resolve(value) if has_reference(value.raw) else value.raw
            return to_text(raw)
        default = to_text(self.schema[key].default)
        if self.schema[key].is_path and default.startswith("{"):
            followed, _, rest = default[1:].partition("}")
            return self._text(f"paths.{followed}") + rest
        return default

    def _new_key(self, name: str) -> str | None:
        from mdm.config.rules import rules_by_key

        if name in self.schema:
            return name
        rule = rules_by_key().get(tuple(name.split(".")))
        return rule.to[0] if rule and len(rule.to) == 1 and rule.to[0] in self.schema else None


def _leaf_text(reading: Reading, path: LegacyKey) -> str | None:
    value = reading.winner("legacy")
    node: Any = value.raw if value else None
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return None if node is None or isinstance(node, dict | list) else to_text(node)


def _setting_of(key: str, schema: Schema) -> Setting | None:
    while key and key not in schema:
        key = key.rpartition(".")[0]
    return schema.get(key)


def _told(details: ErrorDetails, setting: Setting | None, value: Value | None) -> str:  # noqa: PLR0911  # a row a type
    reference = value.reference if value else None  # what it stands for may be a secret, whatever the setting is
    shown = _shown(details.get("input") if reference is None else reference, setting)
    context = details.get("ctx") or {}
    match details["type"]:
        case "greater_than_equal":
            return f"{shown} is below the minimum {context['ge']}"
        case "less_than_equal":
            return f"{shown} is above the maximum {context['le']}"
        case "literal_error" if setting is not None and setting.key == "database.default_backend":
            return f"Invalid backend: {shown}; choose {', '.join(setting.choices)}"
        case "literal_error" if setting is not None:
            return f"{shown} is not one of {', '.join(setting.choices)}"
        case "value_error" | "assertion_error":
            return f"{shown}: {context.get('error', details['msg'])}"
    if setting is None:
        return f"{shown} does not fit"
    if details.get("input") is None and not setting.optional:
        return f"null is not allowed; {setting.type_name} is expected"
    return f"{shown} does not fit; {setting.type_name} is expected"


def _shown(value: Any, setting: Setting | None) -> str:
    """The offending value, short and without control characters; a secret is not shown."""
    if setting is None or setting.secret or setting.kind is Kind.MAPPING or _holds_mapping(value):
        return "the value (not shown)"
    text = (
        mask_text(value)
        if isinstance(value, str)
        else "null"
        if value is None
        else str(value).lower()
        if isinstance(value, bool)
        else mask_text(str(value))
    )
    text = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text[:80])
    return f"'{text}'" if not text or text != text.strip() else text


def _holds_mapping(value: Any) -> bool:
    """Say whether *value* is, or holds, a mapping: what its names say is secret must not be shown."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_mapping, value)))


def _hint(details: ErrorDetails, setting: Setting | None) -> str:
    if setting is None:
        return ""
    if details["type"] == "literal_error" and isinstance(details.get("input"), str):
        import difflib

        words = {word.lower(): word for word in setting.choices}
        close = difflib.get_close_matches(str(details["input"]).lower(), words, n=1, cutoff=0.6)
        if close:
            return f"did you mean {words[close[0]]}?"
    if details["type"] == "value_error":
        is_newer = isinstance(details.get("ctx", {}).get("error"), NewerVersionError)
        return "pip install --upgrade ml-data-manager" if is_newer else ""
    description = setting.description.rstrip(".")
    if description and not description[1:2].isupper():  # an acronym stays as it is
        description = f"{description[0].lower()}{description[1:]}"
    return f"{description}: {setting.type_name}" if description else setting.type_name
