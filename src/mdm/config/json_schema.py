"""The schema for tools: JSON Schema for editors, Markdown for people."""

from __future__ import annotations

import json
from typing import Any

from mdm.config.models import MDMConfig
from mdm.config.schema import Schema
from mdm.config.template import SCHEMA_FILE, default_text

__all__ = ["SCHEMA_FILE", "json_schema", "reference", "schema_text"]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a configuration file."""
    schema = MDMConfig.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "MDM configuration", **schema}


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
