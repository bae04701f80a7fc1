"""A configuration as environment variables, and as lines for the places where variables are set."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mdm.config.schema import Schema, json_text, plain, to_text
from mdm.config.sources import masked

if TYPE_CHECKING:
    from mdm.config.root import Root


def variable_text(value: Any) -> str:
    """Return *value* as the text of a variable: words as they are, lists and mappings as JSON, none as ``null``."""
    return json_text(value) if isinstance(value, list | tuple | dict) else to_text(value)


def env_vars(config: Root, *, include_secrets: bool = False) -> dict[str, str]:
    """Return the variables that, set in an empty environment, reproduce *config*; secrets only when asked for.

    What equals its default and was never set is left out.
    """
    variables = {}
    for key, setting in config.schema().items():
        if not config.candidates(key):
            continue
        value = config.value(key)
        if not include_secrets:
            value = without_secrets(config.schema(), key, value)
        if value is not _LEFT_OUT:
            variables[setting.env_name] = variable_text(value)
    return variables


_LEFT_OUT: Any = object()


def without_secrets(schema: Schema, key: str, value: Any) -> Any:
    """Return *value* without the secrets in it: the entries of mappings, and lists that hold one."""
    if isinstance(value, Mapping):
        items = ((name, without_secrets(schema, f"{key}.{name}", item)) for name, item in value.items())
        return {name: item for name, item in items if item is not _LEFT_OUT}
    if isinstance(value, list):
        kept = [without_secrets(schema, key, item) for item in value]
        return _LEFT_OUT if any(item is _LEFT_OUT for item in kept) else kept
    given = plain(value)
    return value if masked(schema, key, given) == given else _LEFT_OUT


def _fish(name: str, text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}'"


def _double_quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _systemd(name: str, text: str) -> str:
    return "Environment=" + _double_quoted(f"{name}={text}".replace("%", "%%")).replace("\n", "\\n")


def _compose(name: str, text: str) -> str:
    return f"  {name}: {json.dumps(text, ensure_ascii=False)}".replace("$", "$$")


def _dotenv(name: str, text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{quoted}'" if text != shlex.quote(text) else f"{name}={text}"


FORMATS: Mapping[str, Callable[[str, str], str]] = {
    "sh": lambda name, text: f"export {name}={shlex.quote(text)}",
    "fish": _fish,
    "dotenv": _dotenv,
    "compose": _compose,
    "systemd": _systemd,
}


def lines_for(variables: Mapping[str, str], style: str) -> list[str]:
    """Return the lines that set *variables* in a place of the given *style*, a key of `FORMATS`."""
    head = ["environment:"] if style == "compose" and variables else []
    return head + [FORMATS[style](name, text) for name, text in variables.items()]
