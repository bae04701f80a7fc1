"""Values as YAML text: on one line, or a mapping as a block."""

from __future__ import annotations

import re
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

import yaml

from mdm.config.editing.lines import BREAK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_RESOLVER: Any = yaml.resolver.Resolver()
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Quote = Literal["", "'", '"']


def plain(value: Any) -> Any:  # noqa: PLR0911  # one row for each type
    """Return *value* as YAML gives it back: tuples as lists, paths as text, subclasses of text and numbers as these."""
    match value:
        case bool() | None:
            return value
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case PurePath():
            return str(value)
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            return {key if isinstance(key, tuple) else plain(key): plain(item) for key, item in value.items()}
        case _:
            return value


def yaml_text(value: Any, *, quote: Quote = "", in_flow: bool = False) -> str:
    """Return *value* as YAML text on one line, which reads back as an equal value of the same type.

    *quote* is the style wanted for strings, where it can hold them; *in_flow* says that the text will stand between
    brackets, where more strings need quotes. Lists and mappings are always written between brackets. Raises
    `yaml.YAMLError` for a value that YAML has no safe form for.
    """
    if not quote and _needs_no_emitter(value):
        return str(value)
    value = _quoted(plain(value), quote) if quote else plain(value)
    if not in_flow and not isinstance(value, list | dict):
        text = _dumped(value, flow=False)[len("k: ") : -len("\n")]
        if not BREAK.search(text):
            return text
    return _dumped(value, flow=True)[len("{k: ") : -len("}\n")]


def block_lines(mapping: Mapping[Any, Any], width: int, comment: str = "") -> Iterator[str]:
    """Yield the lines of *mapping*, one key each, mappings in it indented by *width* spaces.

    *comment* goes to the end of the line of the innermost key, as long as there is only one.
    """
    for key, value in mapping.items():
        if isinstance(value, dict) and value:
            inner = comment if len(mapping) == 1 else ""
            yield f"{yaml_text(key)}:" + ("" if inner else _remark(comment))
            yield from (" " * width + line for line in block_lines(value, width, inner))
        else:
            yield f"{yaml_text(key)}: {yaml_text(value)}{_remark(comment)}"


def _remark(comment: str) -> str:
    return f"  # {' '.join(comment.split())}" if comment.strip() else ""


def _needs_no_emitter(value: Any) -> bool:
    """Say whether *value* is a whole number or one word, as most keys and values are: PyYAML takes long for each."""
    if type(value) is str and _WORD.fullmatch(value):
        return bool(_RESOLVER.resolve(yaml.ScalarNode, value, (True, False)) == _RESOLVER.DEFAULT_SCALAR_TAG)
    return type(value) is int


def _dumped(value: Any, *, flow: bool) -> str:
    return yaml.dump(
        {"k": value},
        Dumper=_Dumper,
        default_flow_style=flow,
        allow_unicode=True,
        width=sys.maxsize,
        sort_keys=False,
    )


class _Single(str):
    __slots__ = ()


class _Double(str):
    __slots__ = ()


def _quoted(value: Any, quote: Quote) -> Any:
    match value:
        case str():
            return _Double(value) if quote == '"' else _Single(value)
        case list():
            return [_quoted(item, quote) for item in value]
        case dict():
            return {_quoted(key, quote): _quoted(item, quote) for key, item in value.items()}
        case _:
            return value


class _Dumper(yaml.SafeDumper):
    """PyYAML's own emitter, but never over several lines and never with anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True

    def check_simple_key(self) -> bool:
        # without this an empty or long key is written with a question mark
        return isinstance(self.event, yaml.ScalarEvent) or bool(super().check_simple_key())

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = {_Single: "'", _Double: '"'}.get(type(text))
        if BREAK.search(text):
            style = '"'  # the only style that writes a line break as an escape
        return self.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


for _text_type in (str, _Single, _Double):
    _Dumper.add_representer(_text_type, _Dumper.represent_text)
