"""What the whole configuration does beyond its sections: files, provenance, and reading it as the legacy dictionary."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import field_serializer

from mdm.config.documents import Document, read_document
from mdm.config.layers import Layer, Value
from mdm.config.loading import without_refused
from mdm.config.schema import plain
from mdm.config.section import Section, Settings, ambient_sources, warn_of
from mdm.config.sources import FileSource, Source, masked
from mdm.core.home import expand
from mdm.errors import InvalidConfigError, Problem


class Root(Settings):
    """What `MDMConfig` does beside holding the settings: files, origins, and the dictionary of 1.x."""

    @classmethod
    def load(
        cls,
        sources: list[Source],
        environ: Mapping[str, str],
        document: Document | None = None,
        *,
        lenient: bool = False,
    ) -> Self:
        """Return the configuration that *sources* make; raises `InvalidConfigError` with every problem.

        With *lenient* the default stands in for each refused value, and a notice says so.
        """
        config = cls.__new__(cls)
        reading = config._read(sources, environ)  # noqa: SLF001  # an instance of this class
        reading = without_refused(cls, cls.schema(), reading) if lenient else reading
        config._take(reading, sources)  # noqa: SLF001
        config.state.document = document
        return config

    @classmethod
    def load_from_file(cls, path: str | os.PathLike[str]) -> Self:
        """Return the configuration of the file *path* and the environment.

        Raises `InvalidConfigError` with every problem, a missing file included.
        """
        document = read_existing(expand(str(path)))
        config = cls.load([*ambient_sources(os.environ), FileSource(document)], os.environ, document)
        warn_of(config.state.reading.notices)
        return config

    def merge_with_file(self, path: str | os.PathLike[str]) -> Self:
        """Lay the values of the file *path* over the defaults and under what the environment or code has set.

        Returns this configuration; on any problem it is as before, and `InvalidConfigError` is raised.
        """
        document = read_existing(expand(str(path)))
        state = self.state
        # the file comes first within its layer, so it also counts above a file that was read earlier
        sources = [FileSource(document), *state.sources]
        assigned = dict(state.assigned)
        self._take(self._read(sources, os.environ), sources)
        self.state.document = document if state.document is None else state.document
        for key, value in assigned.items():
            self.assign(key, value)
        return self

    def save_to_file(self, path: str | os.PathLike[str]) -> None:
        """Write to *path* what the file had and what was assigned; what the environment gave is not written.

        Comments, order and quotes of an existing file survive. The write is atomic; raises `FileError`.
        """
        from mdm.config.saving import save

        save(self, expand(str(path)))

    def assign(self, key: str, value: Any) -> None:
        """Assign to the setting of a dotted *key*; raises `InvalidConfigError` where the value is refused."""
        section, _, name = key.rpartition(".")
        setattr(getattr(self, section) if section else self, name, value)

    def value(self, key: str) -> Any:
        """Return the value of the setting with the dotted *key*; raises `KeyError`."""
        section, _, name = key.rpartition(".")
        if key not in self.schema():
            raise KeyError(key)
        return getattr(getattr(self, section) if section else self, name)

    def candidates(self, key: str) -> tuple[Value, ...]:
        """Return every value given for *key* with its origin, the one that counts first; empty: the default counts."""
        return self.state.candidates(key)

    def raw(self, key: str) -> Any:
        """Return the value of *key* in plain types, as it was written where it was, with references replaced."""
        for value in self.candidates(key)[:1]:
            if value.origin.layer in (Layer.FILE, Layer.OLD_DEFAULT):
                return plain(value.raw)
        return plain(self.value(key))

    def settings(self) -> dict[str, Any]:
        """Return all values by dotted key, legacy keys included where no new one is called the same.

        The dictionary is a cache that is emptied when a value changes: use it at once.
        """
        flat = self.state.flat
        if not flat:
            legacy = {".".join(map(str, path)): value for path, value in _leaves(self._view())}
            flat.update(legacy | {key: self.value(key) for key in self.schema()})  # at once: threads may be reading it
        return flat

    def model_post_init(self, context: Any, /) -> None:  # noqa: ARG002  # Pydantic's signature
        """Share one state with the sections."""
        self._share()

    def settle_paths(self, home: Path | None) -> None:  # it has its own
        """Lay the relative paths of every section under ``paths.home``; those of ``paths`` itself are already."""
        home = self.home_folder()
        for name, section in self.__dict__.items():
            if isinstance(section, Section) and name != "paths":
                section.settle_paths(home)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Return the settings as Pydantic does; secrets among those of the legacy files as a mask, too."""
        for name, value in super().__repr_args__():
            yield name, masked(self.schema(), name, value) if name == "legacy" else value

    @field_serializer("legacy", when_used="json", check_fields=False)
    def _masked_legacy(self, value: Any) -> Any:
        return masked(self.schema(), "legacy", value)

    def home_folder(self) -> Path:
        """Return the folder that relative paths lie under: ``paths.home``."""
        home: Path = self.__dict__["paths"].home
        return home

    def _share(self) -> None:
        state = self.state
        state.home = self.home_folder()
        for section in self.__dict__.values():
            if isinstance(section, Section):
                section.__dict__["state"] = state

    def _note(self, name: str) -> None:
        section = getattr(self, name, None)
        if not isinstance(section, Section):
            super()._note(name)
            return
        self._share()
        self.state.forget()

    if not TYPE_CHECKING:  # as in Settings

        def __setattr__(self, name: str, value: Any) -> None:
            """Assign a setting or a section; of a section, what was given counts as assigned and nothing else.

            A mapping changes the fields that it names, as assignments one by one would. A section takes the place of
            the present one: what it leaves at the default is the default from now on, whatever the file says.
            """
            before = self.__dict__.get(name)
            match value:
                case Mapping() if isinstance(before, Section):
                    named = {field: before.__dict__[field] for field in before.model_fields_set} | dict(value)
                    super().__setattr__(name, named)
                    self._note_fields(name, value)
                case Section() if isinstance(before, Section) and value is not before:
                    given = value.given()
                    super().__setattr__(name, value)
                    self._replaced(name, before, given)
                case _:
                    super().__setattr__(name, value)

    def _replaced(self, name: str, before: Section, given: Iterable[str]) -> None:
        """Forget what was assigned to the section *before*, and note what is *given* and what is a default again."""
        section = getattr(self, name)
        self.state.assigned = {k: v for k, v in self.state.assigned.items() if not k.startswith(f"{name}.")}
        changed = {field for field in type(section).model_fields if getattr(section, field) != getattr(before, field)}
        again_default = changed - section.model_fields_set
        overridden = {field for field in again_default if self.candidates(f"{name}.{field}")}
        self._note_fields(name, [*given, *overridden])

    def _note_fields(self, name: str, fields: Iterable[str]) -> None:
        for field in fields:
            self.state.note(f"{name}.{field}", getattr(getattr(self, name), field))

    def _take(self, reading: Any, sources: list[Source]) -> None:
        super()._take(reading, sources)
        self._share()

    # The legacy dictionary ------------------------------------------------------------------------------------------

    def _view(self) -> dict[str, Any]:
        view = self.state.view
        if not view:
            from mdm.config.view import legacy_view

            view.update(legacy_view(self.schema(), {key: self.raw(key) for key in self.schema()}))
            if self.state.legacy_tree:
                _overlay(view, self.state.legacy_tree)
            # Found before the method below: from now on `config.get(...)` is as fast as a dictionary's.
            self.state.holder = self.__dict__
            self.__dict__["get"] = view.get
        return view

    def show_as_legacy(self, tree: dict[Any, Any]) -> None:
        """Let the legacy dictionary have *tree* over what follows from the settings."""
        self.state.legacy_tree = tree
        self.state.forget()

    def get(self, key: str, default: Any = None) -> Any:
        """Return what the legacy dictionary has under *key*: a section as a dictionary, or a value."""
        return (self.__dict__["state"].view or self._view()).get(key, default)

    def __getitem__(self, key: str) -> Any:
        """Return what the legacy dictionary has under *key*; raises `KeyError`."""
        return (self.__dict__["state"].view or self._view())[key]

    def __contains__(self, key: object) -> bool:
        """Say whether the legacy dictionary has *key*."""
        return key in (self.__dict__["state"].view or self._view())

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        """Iterate over the keys of the legacy dictionary."""
        return iter(self._view())

    def __len__(self) -> int:
        """Return the number of keys of the legacy dictionary."""
        return len(self._view())

    def keys(self) -> KeysView[str]:
        """Return the keys of the legacy dictionary."""
        return self._view().keys()

    def values(self) -> ValuesView[Any]:
        """Return the values of the legacy dictionary."""
        return self._view().values()

    def items(self) -> ItemsView[str, Any]:
        """Return the items of the legacy dictionary."""
        return self._view().items()

    def copy(self) -> dict[str, Any]:  # type: ignore[override]
        """Return the legacy dictionary as a plain one of its own; `model_copy` copies the configuration."""
        return deepcopy(self._view())

    def __eq__(self, other: object) -> bool:
        """Compare values with another configuration, or the legacy dictionary with a mapping."""
        if isinstance(other, Mapping) and not isinstance(other, Settings):
            return self._view() == dict(other)
        return super().__eq__(other)

    __hash__ = None

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return a copy that shares nothing, caches included."""
        copied = super().__deepcopy__(memo)
        copied.state.forget()
        return copied


# Old code asks whether what it got is a mapping.
Mapping.register(Root)


def read_existing(path: Path) -> Document:
    """Read *path*; a missing file is an `InvalidConfigError` too."""
    try:
        return read_document(path)
    except FileNotFoundError:
        raise InvalidConfigError(Problem("no such file", str(path), "'mdm config init' writes a new one")) from None


def _leaves(tree: dict[Any, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for key, value in tree.items():
        yield (*path, key), value
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))


def _overlay(below: dict[Any, Any], above: Mapping[Any, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(key), dict):
            _overlay(below[key], value)
        else:
            below[key] = value
