"""The text of a new configuration file: written from the schema, for an empty start or for a migration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mdm.config.documents.comments import NO_COMMENTS, Comments
from mdm.config.editing import yaml_text
from mdm.config.schema import Schema, Setting, plain

SCHEMA_FILE = "mdm.schema.json"
HEADER = (
    "# Configuration of MDM. 'mdm config reference' explains every setting.\n"
    f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
)


def empty_file(schema: Schema) -> str:
    """Return the text of a file that sets nothing but its version."""
    return f'{HEADER}\nversion: "{schema["version"].default}"\n'


def commented_file(schema: Schema) -> str:
    """Return the text of a file that lists every setting with its default, as comments."""
    lines = [empty_file(schema).rstrip("\n")]
    for section, settings in _by_section(schema).items():
        lines.append(f"\n# {section}:" if section else "")
        for setting in settings:
            if setting.key in ("version", "legacy"):
                continue
            indent = "  " if section else ""
            lines.append(f"# {indent}# {setting.description} {setting.type_name}")
            lines.append(f"# {indent}{setting.path[-1]}: {default_text(setting)}")
    return "\n".join(lines).rstrip("\n") + "\n"


def env_file(schema: Schema) -> str:
    """Return the text of a dotenv file that lists every variable with its default, as comments."""
    from mdm.config.export import variable_text

    lines = ["# Environment variables of MDM; remove the # of what is to be set."]
    for section, settings in _by_section(schema).items():
        lines.append(f"\n# {section}" if section else "\n# top level")
        for setting in settings:
            lines.append(f"# {setting.description} {setting.type_name}")
            lines.append(f"# {setting.env_name}={variable_text(setting.default)}")
    return "\n".join(lines) + "\n"


def written_file(
    schema: Schema, values: Mapping[str, Any], legacy: Mapping[Any, Any], comments: Mapping[tuple[Any, ...], Comments]
) -> str:
    """Return the text of a file that sets *values*, in the order of the schema, and *legacy* after them.

    *comments* go by the path at which a setting stands in this file.
    """
    lines = [empty_file(schema).rstrip("\n")]
    for section, settings in _by_section(schema).items():
        chosen = [s for s in settings if s.key in values and s.key not in ("version", "legacy")]
        if chosen:
            lines.append(f"\n{section}:" if section else "")
        for setting in chosen:
            lines += _entry(setting.path, values[setting.key], comments)
    if legacy:
        lines.append("\n# Settings of the legacy files that have no counterpart, or whose old spelling is kept.")
        lines += _entry(("legacy",), legacy, comments)
    return "\n".join(lines) + "\n"


def _entry(path: tuple[Any, ...], value: Any, comments: Mapping[tuple[Any, ...], Comments]) -> list[str]:
    own = comments.get(path, NO_COMMENTS)
    indent = "  " * (len(path) - 1)
    lines = [f"{indent}# {line}".rstrip() for line in own.above]
    beside = f"  # {own.beside}" if own.beside else ""
    key = yaml_text(path[-1])
    if not isinstance(value, Mapping) or not value:
        return [*lines, f"{indent}{key}: {yaml_text(value)}{beside}"]
    inner = [line for name, item in value.items() for line in _entry((*path, name), item, comments)]
    return [*lines, f"{indent}{key}:{beside}", *inner]


def _by_section(schema: Schema) -> dict[str, list[Setting]]:
    sections: dict[str, list[Setting]] = {}
    for setting in schema.values():
        sections.setdefault(setting.key.rpartition(".")[0], []).append(setting)
    return sections


def default_text(setting: Setting) -> str:
    """Return the default of *setting* as it would stand in a file."""
    return yaml_text(default_value(setting))


def default_value(setting: Setting) -> Any:
    """Return the default of *setting* as a file would give it; a path that follows another one as a reference."""
    default = plain(setting.default)
    follows = setting.is_path and str(default).startswith("{")
    return "${paths." + default[1:] if follows else default
