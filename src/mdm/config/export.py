"""A configuration as environment variables, and as lines for the places where variables are set."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mdm.config.schema import json_text, to_text
from mdm.core.masking import is_secret_name

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
        if not config.candidates(key) or (setting.secret and not include_secrets):
            continue
        value = config.value(key)
        if key == "legacy" and not include_secrets:
            value = without_secrets(value)
        variables[setting.env_name] = variable_text(value)
    return variables


def without_secrets(tree: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return nested settings without those whose name says that they are secret."""
    return {
        name: without_secrets(value) if isinstance(value, Mapping) else value
        for name, value in tree.items()
        if not is_secret_name(str(name)) or isinstance(value, Mapping)
    }


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
