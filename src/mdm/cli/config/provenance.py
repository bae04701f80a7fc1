"""Where one value comes from, what it beat, and what the setting is: for programs, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mdm.cli.config.values import origin_of, rows
from mdm.cli.output import text_of
from mdm.cli.parameters import setting_named
from mdm.config.kept import is_kept, value_below
from mdm.config.layers import Layer, Value
from mdm.config.models import MDMConfig
from mdm.config.rules import variable_of
from mdm.config.schema import Setting
from mdm.config.sources import holds_secret_in, is_secret, masked
from mdm.config.systems import set_elsewhere
from mdm.core.feature_flags import feature_flags


def explain(config: MDMConfig, key: str) -> dict[str, Any]:
    """Return everything about the setting *key*, secrets masked."""
    if is_kept(key):
        return _explain_kept(config, key)
    setting = setting_named(key)
    low, high = setting.bounds
    candidates = config.candidates(setting.key)
    return {
        "key": setting.key,
        "value": masked(config.schema(), setting.key, config.value(setting.key)),
        "origin": origin_of(config, setting.key),
        "note": "; ".join(_notes(setting, key, candidates)),
        "overridden": [
            {"value": masked(config.schema(), setting.key, value.raw), "origin": str(value.origin)}
            for value in candidates[1:]
        ],
        "default": masked(config.schema(), setting.key, setting.default),
        "type": setting.type_name,
        "minimum": low,
        "maximum": high,
        "choices": list(setting.choices),
        "description": setting.description,
        "variable": setting.env_name,
        "secret": setting.secret,
    }


def _explain_kept(config: MDMConfig, key: str) -> dict[str, Any]:
    """Return as much of what is kept under ``legacy``, whose type nobody knows."""
    row = rows(config, key)[0]
    below = filter(None, (value_below(value, key) for value in config.candidates("legacy")[1:]))
    return {
        "key": key,
        "value": row.value,
        "origin": row.origin,
        "note": "",
        "overridden": [{"value": masked(config.schema(), key, v.raw), "origin": str(v.origin)} for v in below],
        "default": None,
        "type": "any",
        "minimum": None,
        "maximum": None,
        "choices": [],
        "description": "Kept of the legacy files: no setting of the new schema is its counterpart.",
        "variable": variable_of(tuple(key.split(".")[1:])),
        "secret": is_secret(config.schema(), key),
    }


def described(explanation: dict[str, Any]) -> list[tuple[str, str]]:
    """Return an explanation as pairs of a name and a text."""
    rows = [
        ("setting", explanation["key"]),
        ("value", text_of(explanation["value"])),
        ("from", explanation["origin"]),
    ]
    rows += [("note", explanation["note"])] if explanation["note"] else []
    rows += [("beats", f"{text_of(lost['value'])} from {lost['origin']}") for lost in explanation["overridden"]]
    return [
        *rows,
        ("default", text_of(explanation["default"])),
        ("type", explanation["type"]),
        ("effect", explanation["description"]),
        ("variable", explanation["variable"]),
    ]


def _notes(setting: Setting, asked: str, candidates: tuple[Value, ...]) -> Iterator[str]:
    if asked != setting.key:
        yield f"{asked} is the legacy key"
    for value in candidates[:1]:
        if value.reference is not None:
            hidden = holds_secret_in(MDMConfig.schema(), setting.key, value.reference)
            yield (
                "written with a reference, and text that is not shown"
                if hidden
                else f"written as {text_of(value.reference)}"
            )
    for value in candidates:
        if value.origin.layer is Layer.LEGACY_ENVIRONMENT:
            yield f"{value.origin} is deprecated" + (f"; use {setting.env_name}" if setting.key != "legacy" else "")
    section, _, flag = setting.key.partition(".")
    if section == "refactoring" and (decides := set_elsewhere(feature_flags, flag)):
        yield f"the flag is {text_of(feature_flags.get(flag))}: {decides} counts above the configuration"
