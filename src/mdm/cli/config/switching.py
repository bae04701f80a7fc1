"""Which system answers: the flag ``use_new_config``, and what stands above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mdm.app import Application
from mdm.cli.config.comparing import Difference, systems
from mdm.cli.config.files import active_system, in_use
from mdm.config.layers import shown_path
from mdm.config.selection import legacy_of
from mdm.config.systems import LEGACY, NEW
from mdm.core.feature_flags import feature_flags
from mdm.errors import InvalidConfigError

_FLAG = "use_new_config"


@dataclass(frozen=True, slots=True)
class Switched:
    """What answers now, from which files, why that is not what was asked for, and what differs from the other."""

    system: str
    files: str
    warnings: tuple[tuple[str, str], ...]
    differences: tuple[Difference, ...]

    @property
    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        found = [{"key": key, "old": old, "new": new} for key, old, new in self.differences]
        warnings = [message for message, _ in self.warnings]
        return {"system": self.system, "files": self.files, "warnings": warnings, "differences": found}


def switch(app: Application, *, new: bool, force: bool) -> Switched:
    """Set the flag; raises `InvalidConfigError` where the new configuration is invalid, unless *force*."""
    if new and not force:
        app.load(NEW)
    feature_flags.set(_FLAG, new, who="mdm config switch")
    app.manager.reload()
    system = active_system(app)
    files = ", ".join(shown_path(place.path) for place in in_use(app)) or _no_files(app)
    return Switched(system, files, tuple(obstacles(app, NEW if new else LEGACY, system)), _differences(app, new=new))


def obstacles(app: Application, wanted: str, system: str) -> Iterator[tuple[str, str]]:
    """Yield what keeps the *wanted* system from answering, or its settings from counting, each with a hint."""
    found = feature_flags.explain(_FLAG)
    if found.value != (wanted == NEW) and found.source.startswith("MDM_"):
        yield f"{found.source} hides the flag", "unset it, so that what is stored counts"
    elif app.chosen or app.around.environ.get("MDM_CONFIG_FILE"):
        yield "the file was named, so its format decides and not the flag", ""
    elif system != wanted:
        yield f"there are no legacy files, so the {system} system answers all the same", ""
    elif wanted == NEW and not in_use(app) and _has_legacy_files(app):
        stands_in = feature_flags.get("auto_fallback")
        told = "programs fall back to the legacy one" if stands_in else "programs fail, because auto_fallback is off"
        yield f"there is no new configuration: {told}", "'mdm config migrate' writes it"


def _no_files(app: Application) -> str:
    return "no file" if _has_legacy_files(app) else "the defaults, there is no file"


def _has_legacy_files(app: Application) -> bool:
    return legacy_of(app.schema, app.around).present


def _differences(app: Application, *, new: bool) -> tuple[Difference, ...]:
    try:
        found = systems(app).differences
    except InvalidConfigError:
        return ()
    return found if new else tuple((key, right, left) for key, left, right in found)
