"""Two configurations side by side, setting by setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.app import Application
from mdm.cli.config.checking import existing, file_alone
from mdm.cli.output import text_of
from mdm.config.documents import walk
from mdm.config.layers import Notice, shown_path
from mdm.config.models import MDMConfig
from mdm.config.plan import USE_NEW
from mdm.config.rules import rules_by_key
from mdm.config.saving import refuse_legacy
from mdm.config.schema import plain
from mdm.config.selection import find_file, legacy_of
from mdm.config.sources import masked
from mdm.config.systems import LEGACY, NEW

Difference = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between *left* and *right*: key and both values as people may see them."""

    left: str
    right: str
    differences: tuple[Difference, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def as_json(self) -> dict[str, Any]:
        """The comparison for programs."""
        found = [{"key": key, "a": one, "b": other} for key, one, other in self.differences]
        return {"a": self.left, "b": self.right, "differences": found}


def compare(app: Application, a: Path | None, b: Path | None) -> Comparison:
    """Compare the legacy system with the new one, the active configuration with *a*, or *a* with *b*."""
    if a is None:
        return systems(app)
    right = b or a
    notices: tuple[Notice, ...] = ()
    if b is None:
        active = app.load()
        left, one, notices = f"the active configuration ({active.system})", active.config, active.notices
    else:
        left, one = _name(a), file_alone(existing(a), app.around.environ)
    return Comparison(left, _name(right), between(one, file_alone(existing(right), app.around.environ)), notices)


def systems(app: Application) -> Comparison:
    """Compare what the legacy system answers with what the new one does, where there are legacy files."""
    if not legacy_of(app.schema, app.around, app.chosen).present:
        return Comparison("the legacy system, which has no files here,", "the new one", ())
    refuse_unmigrated(app)
    legacy, new = app.load(LEGACY), app.load(NEW)
    differences = tuple(found for found in between(legacy.config, new.config) if not _is_about_spelling(found[0]))
    return Comparison("the legacy system", "the new system", differences, (*legacy.notices, *new.notices))


def _is_about_spelling(key: str) -> bool:
    """Say whether *key* holds no value of its own: the flag of the cutover, or an old spelling that is kept."""
    return key == USE_NEW or (key.startswith("legacy.") and tuple(key.split(".")[1:]) in rules_by_key())


def refuse_unmigrated(app: Application) -> None:
    """Raise `InvalidConfigError` where the file that the new system would read is a legacy one."""
    document = find_file(app.schema, app.around, app.chosen).document
    if document is not None:
        refuse_legacy(document, app.schema)


def between(one: MDMConfig, other: MDMConfig) -> tuple[Difference, ...]:
    """Return the settings that differ."""
    left, right = _flat(one), _flat(other)
    keys = [*left, *(key for key in right if key not in left)]
    return tuple(
        (key, _shown(left, key, one), _shown(right, key, other))
        for key in keys
        if left.get(key, ...) != right.get(key, ...)
    )


def _flat(config: MDMConfig) -> dict[str, Any]:
    values = {key: plain(config.value(key)) for key in config.schema() if key not in ("legacy", "version")}
    kept = {".".join(map(str, ("legacy", *path))): value for path, value in walk((), plain(config.legacy)) if path}
    return {**values, **kept}


def _shown(values: Mapping[str, Any], key: str, config: MDMConfig) -> str:
    if key not in values:
        return "(not set)"
    return text_of(masked(config.schema(), key, values[key])) or "(empty)"


def _name(path: Path) -> str:
    return shown_path(path.expanduser().absolute())
