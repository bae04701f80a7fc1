"""The schema for tools: JSON Schema for editors, Markdown for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic import ValidationError

from mdm.config.models import MDMConfig
from mdm.config.schema import Kind, Schema, Setting
from mdm.config.template import SCHEMA_FILE, default_text, default_value

__all__ = ["SCHEMA_FILE", "json_schema", "reference", "schema_text"]


_REFERENCE: Final = {"type": "string", "pattern": r"\$\{.+\}"}
_NULL: Final = {"type": "null"}
_ABOUT: Final = ("title", "description", "default", "examples")
_HEAD: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "MDM configuration",
    "description": "Settings of MDM; 'mdm config reference' explains them.",
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a configuration file.

    It accepts what a file may hold: references, empty sections, words in upper and lower case, numbers for text.
    """
    declared = MDMConfig.model_json_schema()
    top = declared["properties"]
    sections = {
        name: declared["$defs"][section["$ref"].rpartition("/")[2]]
        for name, section in top.items()
        if "$ref" in section
    }
    for setting in MDMConfig.schema().values():
        section, _, name = setting.key.rpartition(".")
        properties = sections[section]["properties"] if section else top
        properties[name] = _property(setting, properties[name])
    for name, section in sections.items():
        top[name] = {"description": section["description"], "anyOf": [top[name], _NULL]}
    return {**declared, **_HEAD}


def _property(setting: Setting, declared: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {name: declared[name] for name in _ABOUT if name in declared}
    allowed = {name: rule for name, rule in declared.items() if name not in about}
    alternatives = list(allowed.get("anyOf", [allowed]))
    if setting.kind is Kind.MAPPING:
        alternatives.append(_NULL)
    elif any(_is_free_text(rule) for rule in alternatives):
        alternatives.append({"type": "number"})  # 2.0 as a version, 123456 as a password
    else:
        alternatives.append(_REFERENCE)
    if setting.kind is Kind.TEXT and setting.choices and _takes_any_case(setting):
        alternatives.append({"type": "string", "pattern": _in_any_case(setting.choices)})
    return {**about, **({"default": default_value(setting)} if "default" in about else {}), "anyOf": alternatives}


def _is_free_text(rule: dict[str, Any]) -> bool:
    return rule.get("type") == "string" and rule.get("format") != "path" and not {"enum", "pattern"} & rule.keys()


def _takes_any_case(setting: Setting) -> bool:
    word = setting.choices[0]
    try:
        return bool(setting.parse(word.swapcase()) == word)
    except ValidationError:
        return False


def _in_any_case(words: Iterable[str]) -> str:
    """Return a pattern in the dialect of JSON Schema, which has no flag for this."""
    return "^(" + "|".join("".join(f"[{c.upper()}{c.lower()}]" for c in word) for word in words) + ")$"


def schema_text() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def reference(schema: Schema) -> str:
    """Return the reference of all settings as Markdown."""
    lines = ["# Settings", "", "Every setting with its type, default and environment variable."]
    section = None
    for setting in schema.values():
        if setting.key.rpartition(".")[0] != section:
            section = setting.key.rpartition(".")[0]
            lines += [
                "",
                f"## {section or 'top level'}",
                "",
                "| setting | type | default | variable | effect |",
                "|---|---|---|---|---|",
            ]
        type_name = setting.type_name.replace("|", "\\|")
        default = default_text(setting).replace("|", "\\|")
        lines.append(f"| `{setting.key}` | {type_name} | `{default}` | `{setting.env_name}` | {setting.description} |")
    return "\n".join(lines) + "\n"
