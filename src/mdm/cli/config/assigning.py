"""One setting of the file before and after a change, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mdm.app import Application
from mdm.cli.output import text_of
from mdm.cli.parameters import setting_named
from mdm.cli.reporting import warn_of
from mdm.config.analysis import masked
from mdm.config.layers import Layer, Value
from mdm.errors import InvalidConfigError


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed: the setting, its text before and after, the file."""

    key: str
    old: str
    new: str
    file: str

    def __str__(self) -> str:
        return f"{self.key}: {self.old} -> {self.new} ({self.file})"

    @property
    def as_json(self) -> dict[str, Any]:
        """The change for programs."""
        return {"key": self.key, "old": self.old, "new": self.new, "file": self.file}


class Assignment:
    """A change of the setting *key*, new or legacy."""

    def __init__(self, app: Application, key: str) -> None:
        self.app = app
        self.given = key
        self.setting = setting_named(key)

    def set(self, value: str) -> Changed:
        """Set it and return what changed; errors as for `ConfigurationManager.set`."""
        before, _ = self._in_file()
        self.app.manager.set(self.given, value)
        after, file = self._in_file()
        return Changed(self.setting.key, before, after, file)

    def unset(self) -> Changed:
        """Take it out of the file and return what changed."""
        before, file = self._in_file()
        self.app.manager.unset(self.given)
        after, _ = self._in_file()
        return Changed(self.setting.key, before, after, file or "it was not in the file")

    def _in_file(self) -> tuple[str, str]:
        """Return what the file says, or the default, and where the file is."""
        try:
            active = self.app.manager.load()
        except InvalidConfigError:
            return "(invalid)", ""
        warn_of(active.notices)
        key = self.setting.key
        found = [value for value in active.config.candidates(key) if value.origin.layer is Layer.FILE]
        if found:
            return self._text(_as_written(found[0])), found[0].origin.name
        return f"{self._text(self.setting.default)} (default)", ""

    def _text(self, value: Any) -> str:
        return text_of(masked(self.app.schema, self.setting.key, value))


def _as_written(value: Value) -> Any:
    return value.raw if value.reference is None else value.reference
