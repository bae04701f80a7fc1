"""The models as a flat table: one row a setting, read from the classes and never written by hand."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from mdm.config.types import Size


class Kind(Enum):
    """How the text of a value is to be read."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    LIST = "list"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the schema.

    *optional*: none is a value; *secret*: the value is never shown; *choices*: the words that the setting, or each
    entry of its list, can be; *bounds*: the lowest and the highest value, where there are such.
    """

    key: str
    info: FieldInfo = field(repr=False)
    annotation: Any = field(repr=False)
    kind: Kind
    optional: bool
    secret: bool
    is_path: bool
    choices: tuple[str, ...]
    bounds: tuple[float | None, float | None]

    @property
    def path(self) -> tuple[str, ...]:
        """The key as the path of names that leads to it in a file."""
        return tuple(self.key.split("."))

    @property
    def env_name(self) -> str:
        """The environment variable: ``MDM_SECTION__FIELD``."""
        return "MDM_" + self.key.replace(".", "__").upper()

    @property
    def description(self) -> str:
        """What the setting does, in one sentence."""
        return self.info.description or ""

    @property
    def default(self) -> Any:
        """The default as it stands in the models; a path that follows another one is a template."""
        return self.info.get_default(call_default_factory=True, validated_data={})

    @property
    def type_name(self) -> str:
        """The type as the documentation writes it: ``int 1..32``, ``path or none``, ``A | B``."""
        name = _type_name(next(m for m in _members(self.annotation) if m is not type(None)), self.annotation)
        match self.bounds:
            case (None, None):
                pass
            case (low, None):
                name += f" >= {low}"
            case (None, high):
                name += f" <= {high}"
            case (low, high):
                name += f" {low}..{high}"
        return f"{name} or none" if self.optional else name

    def parse(self, raw: Any) -> Any:
        """Return *raw* as a value of this setting's type; raises Pydantic's ``ValidationError``."""
        if isinstance(raw, bool) and self.kind is Kind.NUMBER:
            raw = str(raw).lower()  # Pydantic would take true for 1
        return _adapter(self).validate_python(raw)


class Schema(Mapping[str, Setting]):
    """All settings of a model by their dotted key, in the order of the models."""

    def __init__(self, settings: Mapping[str, Setting], sections: frozenset[str]) -> None:
        self._settings = settings
        self.sections = sections
        self._by_env_name = {setting.env_name: setting for setting in settings.values()}

    def __getitem__(self, key: str) -> Setting:
        return self._settings[key]

    def __contains__(self, key: object) -> bool:
        return key in self._settings

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def by_env_name(self, name: str) -> Setting | None:
        """Return the setting that the variable *name* sets; case does not count."""
        return self._by_env_name.get(name.upper()) if name.isascii() else None


@cache
def schema_of(model: type[BaseModel], section: str = "") -> Schema:
    """Return the table of *model*'s settings; *section* stands before the keys where the model is a section."""
    settings: dict[str, Setting] = {}
    sections = set()
    for name, info in model.model_fields.items():
        key = f"{section}.{name}" if section else name
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            sections.add(key)
            settings |= schema_of(info.annotation, key)
        else:
            settings[key] = _setting(key, info)
    return Schema(settings, frozenset(sections))


def to_text(value: Any) -> str:
    """Return *value* as the bare text that ``mdm config get`` prints and a variable holds."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case str():
            return str(value)
        case date():
            return str(value)
        case _:
            return json_text(value)


def json_text(value: Any) -> str:
    """Return *value* as JSON; the dates that YAML knows beyond it, also as keys, are written as text."""
    return json.dumps(_with_text_for_dates(plain(value)), ensure_ascii=False)


def plain(value: Any) -> Any:
    """Return *value* in the types that YAML and JSON know; a secret comes out as its text."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case Size():
            return str(value)
        case list() | tuple():
            return [plain(item) for item in value]
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case _:
            return value


def _with_text_for_dates(value: Any) -> Any:
    match value:
        case dict():
            return {
                str(key) if isinstance(key, date) else key: _with_text_for_dates(item) for key, item in value.items()
            }
        case list():
            return [_with_text_for_dates(item) for item in value]
        case date():
            return str(value)
        case _:
            return value


def _setting(key: str, info: FieldInfo) -> Setting:
    annotation = _annotated(info)
    members = _members(annotation)
    return Setting(
        key,
        info,
        annotation,
        kind=_kind(members),
        optional=type(None) in members,
        secret=SecretStr in members,
        is_path=Path in members,
        choices=_choices(members),
        bounds=_bounds(annotation, info),
    )


def _kind(members: tuple[Any, ...]) -> Kind:
    plain_type = next(member for member in members if member is not type(None))
    by_type = {bool: Kind.BOOL, int: Kind.NUMBER, float: Kind.NUMBER, list: Kind.LIST, tuple: Kind.LIST}
    return {**by_type, dict: Kind.MAPPING}.get(get_origin(plain_type) or plain_type, Kind.TEXT)


def _choices(members: tuple[Any, ...]) -> tuple[str, ...]:
    for member in members:
        if get_origin(member) is Literal:
            return get_args(member)
        if get_origin(member) is list:
            return tuple(word for inner in get_args(member) for word in get_args(inner))
    return ()


def _bounds(annotation: Any, info: FieldInfo) -> tuple[float | None, float | None]:
    low: Any = None
    high: Any = None
    for rule in _metadata(annotation, info):
        match rule:
            case annotated_types.Ge(ge=bound):
                low = bound
            case annotated_types.Le(le=bound):
                high = bound
    return low, high


@cache
def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the alternatives of a union, each without its annotations."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(inner for member in get_args(annotation) for inner in _members(member))
    return (annotation,)


def _annotated(info: FieldInfo) -> Any:
    annotation: Any = info.annotation
    for rule in info.metadata:
        annotation = Annotated[annotation, rule]
    return annotation


def _metadata(annotation: Any, info: FieldInfo) -> list[Any]:
    found = list(info.metadata)
    for member in get_args(annotation):
        found += getattr(member, "__metadata__", ())
    return found


def _type_name(member: Any, annotation: Any) -> str:
    arguments = get_args(member)
    match get_origin(member) or member:
        case origin if origin is Literal:
            return " | ".join(map(str, arguments))
        case origin if origin is list:
            return f"list of {_type_name(arguments[0], annotation)}".replace(" | ", ", ")
        case origin if origin is tuple:
            return "pair of " + _type_name(arguments[0], annotation)
        case origin if origin is dict:
            return "mapping"
        case origin if origin is SecretStr:
            return "secret"
        case origin:
            return str({Path: "path", Size: "size"}.get(origin, origin.__name__))


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _adapter(setting: Setting) -> TypeAdapter[Any]:
    if setting.key not in _ADAPTERS:
        _ADAPTERS[setting.key] = TypeAdapter(setting.annotation)
    return _ADAPTERS[setting.key]
