"""What a source is, and what all of them need: reading text, and naming what is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from mdm.config.layers import Finding, Origin, Value, shown_path
from mdm.config.references import is_reference
from mdm.config.schema import Kind, Schema, Setting, plain
from mdm.config.suggestions import Suggestions
from mdm.core.files import read_bytes
from mdm.core.masking import MASK, is_secret_name, mask_text
from mdm.errors import FileError, Problem


class Source(Protocol):
    """Anything that yields values for a schema."""

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values that the source holds, and what is wrong or worth saying about it."""


def unknown_key(
    schema: Schema,
    key: str,
    where: str,
    path: tuple[Any, ...] | None = None,
    suggestions: Suggestions | None = None,
) -> Problem:
    """Return the problem that no setting is called *key*, with the new name or the nearest one."""
    from mdm.config.rules import rules_by_key

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
    if path is not None and len(path) > 2:
        return Problem(f"{key}: unknown setting", where, f"settings of your own belong below legacy: legacy.{key}")
    known = schema if "." in key else [*schema, *sorted(schema.sections)]
    nearest = (suggestions or Suggestions()).key(key, known)
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


def from_text(setting: Setting, text: str, origin: Origin) -> Iterator[Finding]:
    """Yield the text of a variable as a value of *setting*, or the problem that it is not readable."""
    try:
        yield Value(setting.key, read_text(setting, text), origin)
    except ValueError as error:
        yield Problem(f"{setting.key}: {error}; {setting.type_name} is expected", str(origin))


def read_named_file(path: Path, variable: str) -> str | Problem:
    """Return the text of a file that *variable* names, or the problem that keeps it from being read."""
    try:
        return read_bytes(path, limit=1024 * 1024).decode("utf-8-sig")
    except FileNotFoundError:
        return Problem("no such file", shown_path(path), f"{variable} names it")
    except FileError as error:
        return replace(error.problems[0], hint=f"{variable} names it")
    except UnicodeDecodeError:
        return Problem("not UTF-8 text", shown_path(path), "save the file in the encoding UTF-8")


def is_secret(schema: Schema, key: str) -> bool:
    """Say whether the value of *key*, new or legacy, is never shown."""
    return schema[key].secret if key in schema else is_secret_name(key)


def masked(schema: Schema, key: str, value: Any) -> Any:
    """Return *value* in plain types with a mask in place of every secret, also of those inside it."""
    match plain(value):
        case dict() as inner:
            return {name: masked(schema, f"{key}.{name}", item) for name, item in inner.items()}
        case list() as items:
            return [masked(schema, key, item) for item in items]
        case None | "" as nothing:
            return nothing
        case given:
            return MASK if is_secret(schema, key) else mask_text(given) if isinstance(given, str) else given


def holds_secret_in(schema: Schema, key: str, value: Any) -> bool:
    """Say whether *value* is, or holds, what is never shown; references without text of their own are none."""
    match plain(value):
        case dict() as inner:
            return any(holds_secret_in(schema, f"{key}.{name}", item) for name, item in inner.items())
        case list() as items:
            return any(holds_secret_in(schema, key, item) for item in items)
        case given:
            return masked(schema, key, given) != given and not (isinstance(given, str) and is_reference(given))


def _read_list(text: str) -> list[Any]:
    if not text.strip().startswith(("[", '"')):
        return [word.strip() for word in text.split(",")] if text.strip() else []
    found = _read_json(text, "list")
    if not isinstance(found, list):
        raise ValueError("not a JSON list")
    return found


def _read_mapping(text: str) -> dict[str, Any]:
    found = _read_json(text, "object")
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _read_json(text: str, kind: str) -> Any:
    from json import JSONDecodeError

    from mdm.config.documents.json_value import parse_json

    try:
        return parse_json(text)
    except JSONDecodeError as error:
        raise ValueError(f"not a JSON {kind}: {error.msg.lower()}") from None
