"""What every section does: read its own variables, validate assignments, and remember what was assigned."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic_core import core_schema

from mdm.config.layers import Layer, Notice, Reading
from mdm.config.loading import problems_of, read_sources, validate
from mdm.config.schema import Kind, Schema, schema_of
from mdm.config.sources import EnvSource, Source
from mdm.config.state import State
from mdm.core.home import expand
from mdm.errors import InvalidConfigError


class ConfigWarning(UserWarning):
    """Something about the configuration that is not wrong but worth saying."""


class DeprecatedVariableWarning(ConfigWarning, DeprecationWarning):
    """An environment variable with a legacy name is in use."""


def ambient_sources(environ: Mapping[str, str]) -> list[Source]:
    """Return the sources that surround every configuration: environment, dotenv file, secret files."""
    ours = {name: environ[name] for name in environ if name[:4].upper() == "MDM_"}
    sources: list[Source] = [EnvSource(ours)]
    if name := environ.get("MDM_ENV_FILE"):
        from mdm.config.sources.dotenv import DotenvSource

        sources.append(DotenvSource(expand(name)))
    if name := environ.get("MDM_SECRETS_DIR"):
        from mdm.config.sources.secrets import SecretsSource

        sources.append(SecretsSource(expand(name)))
    return sources


def warn_of(notices: tuple[Notice, ...]) -> None:
    """Pass *notices* on as Python warnings, at the line outside of MDM that led to them."""
    for notice in notices:
        kind = DeprecatedVariableWarning if notice.kind == "deprecated" else ConfigWarning
        warnings.warn(str(notice), kind, stacklevel=_frames_of_ours())


def _frames_of_ours() -> int:
    frame, count = sys._getframe(1), 1  # noqa: SLF001  # what inspect.stack does, without reading source files
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "mdm":
        frame, count = frame.f_back, count + 1
    return count


class Settings(BaseModel):
    """Base of a section and of the whole configuration."""

    model_config = ConfigDict(
        extra="forbid",
        validate_assignment=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        defer_build=True,
    )
    section: ClassVar[str] = ""

    def __init__(self, /, **explicit: Any) -> None:
        """Read the environment, under what is given here; raises `InvalidConfigError` with every problem."""
        from mdm.config.sources.explicit import ExplicitSource

        sources = [ExplicitSource(_flat(explicit, self.schema(), self.section)), *ambient_sources(os.environ)]
        self._take(self._read(sources, os.environ), sources)
        warn_of(self.state.reading.notices)

    # Pydantic calls the constructor of nested models only where it is not marked as plain; validation alone, of a
    # nested section or by model_validate, is not to read the environment.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def of_defaults(cls) -> Self:
        """Return an instance with nothing but the defaults."""
        return cls.model_validate({})

    @classmethod
    def schema(cls) -> Schema:  # type: ignore[override]
        """Return the settings of this class as a table."""
        return schema_of(cls, cls.section)

    @property
    def state(self) -> State:
        """Where the values came from, and what was assigned since."""
        state = self.__dict__.get("state")
        if state is None:
            state = self.__dict__["state"] = State()
        return state

    def _read(self, sources: list[Source], environ: Mapping[str, str]) -> Reading:
        return read_sources(self.schema(), sources, environ)

    def _take(self, reading: Reading, sources: list[Source]) -> None:
        """Become what *reading* says; on any problem nothing has changed."""
        other = validate(type(self), self.schema(), reading, self.section)
        object.__setattr__(self, "__dict__", other.__dict__)
        object.__setattr__(self, "__pydantic_fields_set__", other.model_fields_set)
        object.__setattr__(self, "__pydantic_extra__", None)
        object.__setattr__(self, "__pydantic_private__", None)
        self.state.reading = reading
        self.state.sources = tuple(sources)

    if not TYPE_CHECKING:  # one that type checkers see would accept any name

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                super().__setattr__(name, value)
            except ValidationError as error:
                raise InvalidConfigError(*problems_of(error, self.schema(), self.section)) from None
            self._note(name)

        def __delattr__(self, name: str) -> None:
            raise AttributeError(f"{name} cannot be deleted; assign another value to it")

    def _note(self, name: str) -> None:
        key = f"{self.section}.{name}" if self.section else name
        if key not in self.schema():
            return
        self.settle_paths(self.state.home)
        self.state.note(key, getattr(self, name))

    @field_validator("*", mode="before")
    @classmethod
    def _no_bool_as_number(cls, value: Any, info: core_schema.ValidationInfo) -> Any:
        """Refuse true and false for numbers: ``yes`` and ``on`` are read so, and Pydantic would take them for 1."""
        if value is True or value is False:
            key = f"{cls.section}.{info.field_name}" if cls.section else str(info.field_name)
            setting = cls.schema().get(key)
            if setting is not None and setting.kind is Kind.NUMBER:
                raise ValueError(f"{setting.type_name} is expected")
        return value

    @model_validator(mode="after")
    def _settle(self) -> Self:
        self.settle_paths(None)
        return self

    def settle_paths(self, home: Path | None) -> None:
        """Lay relative paths under *home*, where it is known."""
        if home is None:
            return
        for name in _paths_of(type(self)):
            value = self.__dict__[name]
            if isinstance(value, Path) and not value.is_absolute():
                self.__dict__[name] = home / value

    def __eq__(self, other: object) -> bool:
        """Compare values; where they came from does not count."""
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in type(self).model_fields)

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        """Return a copy that shares nothing: an assignment to one is never seen in the other."""
        return deepcopy(self)


class Section(Settings):
    """One group of settings; used alone it reads the same variables as within the whole."""

    def given(self) -> dict[str, Any]:
        """Return the fields that code or a file has set; those that the environment gave are not among them."""
        return {name: getattr(self, name) for name in self.model_fields_set if not self._is_ambient(name)}

    def _is_ambient(self, name: str) -> bool:
        winner = next(iter(self.state.candidates(f"{self.section}.{name}")), None)
        return winner is not None and Layer.FILE < winner.origin.layer < Layer.EXPLICIT


@cache
def _paths_of(section: type[Settings]) -> tuple[str, ...]:
    return tuple(setting.path[-1] for setting in section.schema().values() if setting.is_path)


def _flat(explicit: Mapping[str, Any], schema: Schema, section: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in explicit.items():
        key = f"{section}.{name}" if section else name
        if key not in schema.sections:
            flat[key] = value
        elif isinstance(value, Section):
            flat |= {f"{key}.{field}": item for field, item in value.given().items()}
        elif isinstance(value, Mapping):
            flat |= {f"{key}.{field}": item for field, item in value.items()}
        else:
            flat[key] = value
    return flat
