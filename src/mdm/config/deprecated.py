"""The legacy environment variables in use, and what to put in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from mdm.config.layers import Value
from mdm.config.leaves import Leaf
from mdm.config.legacy import LegacyReading
from mdm.config.loading import problems_of
from mdm.config.references import names_in
from mdm.config.rules import guess, legacy_variables, variable_of
from mdm.config.schema import Kind, Schema, to_text
from mdm.config.selection import CONFIG_FILE, Surroundings
from mdm.config.sources import LOCATORS, EnvSource
from mdm.core.home import VARIABLE as HOME_VARIABLE
from mdm.errors import Problem


@dataclass(frozen=True, slots=True)
class VariableFound:
    """One legacy environment variable in use, with the new variables and the values to set in its place.

    *problems* say what the new schema refuses of its value: the new system would not start.
    """

    name: str
    new: tuple[tuple[str, str], ...]
    note: str = ""
    problems: tuple[Problem, ...] = ()


def legacy_variables_in_use(schema: Schema, around: Surroundings, reading: LegacyReading) -> Iterator[VariableFound]:
    """Yield the legacy variables, the ones that count for nothing and the ones that no setting is called like too."""
    names = [name for name in around.environ if name.upper().startswith("MDM_") and schema.by_env_name(name) is None]
    if names:  # else there is no need to look at every setting
        yield from _in_use(schema, around, reading, names)


def _in_use(
    schema: Schema, around: Surroundings, reading: LegacyReading, names: Iterable[str]
) -> Iterator[VariableFound]:
    referred_to = {name for document in reading.documents for e in document.entries for name in names_in(e.value)}
    kept = {variable_of(tuple(map(str, leaf.path))): leaf for leaf in reading.leaves}
    winners: dict[str, str] = {}
    for value in _values(schema, around.environ):
        winners.setdefault(value.key, value.origin.name)
    for name in names:
        if name in referred_to:
            continue
        text = around.environ[name]
        values = _values(schema, {name: text})
        counting = [value for value in values if winners.get(value.key) == name]
        if problems := tuple(_problems(schema, name, text, counting)):
            yield VariableFound(name, (), f"refused: {problems[0].message}", problems)
            continue
        new = [(schema[value.key].env_name, to_text(value.raw)) for value in counting]
        if name in (HOME_VARIABLE, "MDM_CONFIG_PATH"):
            new.append(("MDM_CONFIG_FILE", str(around.home / CONFIG_FILE)))
        if name == HOME_VARIABLE:
            note = "flags and backups are looked for in ~/.mdm without it: move them there, too"
        elif values:
            note = _told_otherwise(schema, counting, text) if counting else f"{winners[values[0].key]} wins"
        elif name in LOCATORS or name.upper() in legacy_variables():
            note = ""
        else:
            note = _told_of_unknown(kept.get(name))
        if new or note:
            yield VariableFound(name, tuple(new), note)


def _values(schema: Schema, environ: Mapping[str, str]) -> list[Value]:
    return [finding for finding in EnvSource(environ).read(schema) if isinstance(finding, Value)]


def _problems(schema: Schema, name: str, text: str, counting: list[Value]) -> Iterator[Problem]:
    """Yield what is wrong with the text of a variable, and with its values that are *counting*."""
    hint = "correct or unset the variable"
    found = [finding for finding in EnvSource({name: text}).read(schema) if isinstance(finding, Problem)]
    for value in counting:
        try:
            schema[value.key].parse(value.raw)
        except ValidationError as error:
            found += problems_of(error, schema, value.key, {value.key: value})
    yield from (replace(problem, hint=hint) for problem in found)


def _told_otherwise(schema: Schema, values: list[Value], text: str) -> str:
    """Return how the old program read the text, where the new one reads it differently."""
    old = guess(text)
    for value in values:
        kind = {list: "a list", bool: "true or false", int: "a number", float: "a number"}.get(type(old))
        if kind and schema[value.key].kind is Kind.TEXT and value.raw == text != str(old):
            return f"the old program read it as {kind}, the new one as text"
    return ""


def _told_of_unknown(leaf: Leaf | None) -> str:
    return f"goes on to set {leaf.key}, which is kept under legacy" if leaf else "no setting is called so"
