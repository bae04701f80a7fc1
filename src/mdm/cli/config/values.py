"""Settings as rows to show: key, value as people may see it, origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from mdm.cli.output import text_of
from mdm.cli.parameters import setting_named
from mdm.config.documents import walk
from mdm.config.kept import find, is_kept
from mdm.config.layers import Layer
from mdm.config.models import MDMConfig
from mdm.config.sources import masked


@dataclass(frozen=True, slots=True)
class Row:
    """One setting; secrets are masked in *value*. *places* holds the origins of what is kept of the legacy files."""

    key: str
    value: Any = field(repr=False)
    origin: str
    places: dict[str, str] = field(default_factory=dict)

    @property
    def with_origin(self) -> dict[str, Any]:
        """The row for programs."""
        return {"value": self.value, "origin": self.origin}


def rows(config: MDMConfig, name: str | None = None, *, changed: bool = False) -> list[Row]:
    """Return the settings of the section or key *name*, or all; with *changed* those that differ from the default."""
    schema = config.schema()
    if name and is_kept(name):
        return [_row(config, name)]
    keys = [key for key in schema if _is_part(key, name)] if name else list(schema)
    keys = keys or [setting_named(name or "").key]
    if changed:
        defaults = MDMConfig.of_defaults()
        keys = [key for key in keys if config.candidates(key) and config.value(key) != defaults.value(key)]
    return [_row(config, key) for key in keys]


def _row(config: MDMConfig, key: str) -> Row:
    if key != "legacy" and not is_kept(key):
        return Row(key, masked(config.schema(), key, config.value(key)), origin_of(config, key))
    places = _places_of_legacy(config)
    value = find(config.legacy, key) if is_kept(key) else config.legacy
    return Row(key, masked(config.schema(), key, value), places.get(key, origin_of(config, "legacy")), places)


def _places_of_legacy(config: MDMConfig) -> dict[str, str]:
    """Return where each setting under ``legacy`` comes from: a line of the file, or what has changed it since."""
    document = config.state.document
    lines = {e.key: f"{document.shown}:{e.line}:{e.column}" for e in document.entries} if document else {}
    places: dict[str, str] = {}
    below: dict[str, Any] = {}
    for value in reversed(config.candidates("legacy")):
        settings = {".".join(map(str, path)): leaf for path, leaf in walk(("legacy",), value.raw)}
        of_file = lines if value.origin.layer is Layer.FILE else {}
        places |= {k: of_file.get(k, str(value.origin)) for k, leaf in settings.items() if below.get(k, ...) != leaf}
        below = settings
    return places


def origin_of(config: MDMConfig, key: str) -> str:
    """Return where the value of *key* comes from."""
    winner = next(iter(config.candidates(key)), None)
    return str(winner.origin) if winner else "default"


def grouped(rows: Sequence[Row], *, origin: bool) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Yield sections with their rows as text; what is kept of the legacy files is a row each."""
    lines = [line for row in rows for line in _lines(row)]
    for section, group in groupby(lines, lambda line: line[0].partition(".")[0] if "." in line[0] else ""):
        yield section or "top level", [(key, value, where if origin else "") for key, value, where in group]


def _lines(row: Row) -> Iterator[tuple[str, str, str]]:
    if row.places and row.value and isinstance(row.value, dict):
        for path, value in walk((), row.value):
            key = ".".join((row.key, *map(str, path)))
            yield key, text_of(value), row.places.get(key, row.origin)
    else:
        yield row.key, text_of(row.value), row.origin


def _is_part(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}.")
