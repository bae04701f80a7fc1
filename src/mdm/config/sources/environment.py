"""Environment variables, under their new and their legacy names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mdm.config.layers import Finding, Layer, Notice, Origin, Unclaimed, Value
from mdm.config.schema import Kind, Schema
from mdm.config.sources.base import from_text, read_text
from mdm.config.suggestions import Suggestions
from mdm.core.home import VARIABLE as HOME_VARIABLE
from mdm.errors import Problem

if TYPE_CHECKING:
    from mdm.config.rules.rule import Given

LOCATORS = ("MDM_CONFIG_FILE", "MDM_ENV_FILE", "MDM_SECRETS_DIR", "MDM_CONFIG_PATH", "MDM_HOME_DIR", "MDM_HOST_ID")
"""Variables that say where something is, and are no settings."""


@dataclass(frozen=True, slots=True)
class EnvSource:
    """Environment variables, ``MDM_SECTION__FIELD`` and the legacy names; *environ* is passed in."""

    environ: Mapping[str, str] = field(repr=False)
    layer: Layer = Layer.ENVIRONMENT
    legacy_layer: Layer = Layer.LEGACY_ENVIRONMENT
    places: Mapping[str, str] = field(default_factory=dict)

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the new names, then the legacy ones with a notice each, then what no setting is called like."""
        others = {}
        for name, text in self.environ.items():
            if setting := schema.by_env_name(name):
                yield from from_text(setting, text, self._origin(self.layer, name))
            elif name[:4].upper() == "MDM_":
                others[name] = text
        if others:
            yield from self._read_legacy(others, schema)

    def _read_legacy(self, found: Mapping[str, str], schema: Schema) -> Iterator[Finding]:
        from mdm.config.rules import legacy_variables

        singles = single_underscore_names(schema)
        ranks = {name: rank for rank, name in enumerate((*legacy_variables(), *singles))}
        known = [name for name in found if name.upper() in ranks]
        for name in sorted(known, key=lambda name: ranks[name.upper()]):
            yield from self._translate(name, found[name], schema)
        others = {name: found[name] for name in found if name.upper() not in ranks and name.upper() not in LOCATORS}
        if others and schema.sections:
            yield from self._unclaimed(others, schema)

    def _translate(self, name: str, text: str, schema: Schema) -> Iterator[Finding]:
        from mdm.config.rules.rule import Special

        origin = self._origin(self.legacy_layer, name)
        new, problem = translate_variable(name, text, schema)
        targets = [key for key in new if key in schema]
        if targets or problem:
            names = ", ".join(schema[key].env_name for key in targets) or "the new variable"
            if name == HOME_VARIABLE:
                names += ", and MDM_CONFIG_FILE for the file of the configuration"
            yield Notice("deprecated", f"{name} is deprecated; use {names}", self.places.get(name, ""))
        if problem:
            yield Problem(problem, str(origin))
        for key in targets:
            if new[key] is not Special.NEW_DEFAULT:
                yield Value(key, new[key], origin)

    def _origin(self, layer: Layer, name: str) -> Origin:
        place = self.places.get(name)
        return Origin(layer, f"{place} ({name})" if place else name)

    def _unclaimed(self, found: Mapping[str, str], schema: Schema) -> Iterator[Unclaimed]:
        from mdm.config.rules import legacy_variables, rules_by_key

        new_names = {name: name for name in (*(setting.env_name for setting in schema.values()), *LOCATORS)}
        legacy = {old: schema[rules_by_key()[key].to[0]].env_name for old, key in legacy_variables().items()}
        known = legacy | new_names
        suggestions = Suggestions()
        for name, text in found.items():
            nearest = suggestions.name(name.upper(), known)
            hint = f"did you mean {known[nearest]}?" if nearest else ""
            yield Unclaimed(name, text, self._origin(self.legacy_layer, name), self.places.get(name, ""), hint)


def translate_variable(name: str, text: str, schema: Schema) -> tuple[dict[str, Any], str]:
    """Return what a legacy variable sets, by new key, and what is wrong with its value."""
    from mdm.config.rules import legacy_variables, rules_by_key
    from mdm.config.rules.rule import Context, Special

    key = legacy_variables().get(name.upper())
    if key is None:
        setting = schema[single_underscore_names(schema)[name.upper()]]
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


def single_underscore_names(schema: Schema) -> dict[str, str]:
    """Return the keys of settings that no legacy key is called like, by ``MDM_SECTION_FIELD``."""
    from mdm.config.rules import legacy_variables

    taken = {*legacy_variables(), *LOCATORS}
    names = {"MDM_" + key.replace(".", "_").upper(): key for key in schema}
    return {name: key for name, key in names.items() if name not in taken}


def _given(target: str, text: str, schema: Schema) -> Given:
    from mdm.config.rules.rule import Given

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
