"""Two configurations side by side, setting by setting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.app import Application
from mdm.cli.config.checking import existing, file_alone
from mdm.cli.output import text_of
from mdm.config.differing import NOT_SET, differing, mismatches
from mdm.config.layers import Notice, shown_path
from mdm.config.models import MDMConfig
from mdm.config.selection import legacy_of
from mdm.config.systems import LEGACY, NEW
from mdm.core.url import Url

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
    if isinstance(app.chosen, Url) or not legacy_of(app.schema, app.around, app.chosen).present:
        return Comparison("the legacy system, which has no files here,", "the new one", ())
    legacy, new = app.load(LEGACY), app.load(NEW)
    found = tuple((d.key, _shown(d.one), _shown(d.other)) for d in mismatches(legacy.config, new.config))
    return Comparison("the legacy system", "the new system", found, (*legacy.notices, *new.notices))


def between(one: MDMConfig, other: MDMConfig) -> tuple[Difference, ...]:
    """Return the settings that differ."""
    return tuple((d.key, _shown(d.one), _shown(d.other)) for d in differing(one, other))


def _shown(value: Any) -> str:
    return "(not set)" if value is NOT_SET else text_of(value) or "(empty)"


def _name(path: Path) -> str:
    return shown_path(path.expanduser().absolute())
