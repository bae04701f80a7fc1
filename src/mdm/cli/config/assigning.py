"""One setting of the file before and after a change, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mdm.app import Application
from mdm.cli.config.files import value_in_file
from mdm.cli.output import text_of
from mdm.cli.parameters import setting_named
from mdm.config.kept import is_kept
from mdm.config.layers import Layer, Value
from mdm.config.sources import masked


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed: the setting, its text before and after, the file."""

    key: str
    old: str
    new: str
    file: str
    changed: bool = True

    def __str__(self) -> str:
        if not self.file:
            return f"{self.key}: not set in a file; nothing was changed"
        what = f"{self.old} -> {self.new}" if self.changed else f"{self.new}, as before"
        return f"{self.key}: {what} ({self.file})"

    @property
    def as_json(self) -> dict[str, Any]:
        """The change for programs."""
        return {"key": self.key, "old": self.old, "new": self.new, "file": self.file, "changed": self.changed}


class Assignment:
    """A change of the setting *key*, new or legacy."""

    def __init__(self, app: Application, key: str) -> None:
        self.app = app
        self.given = key
        setting = None if is_kept(key) else setting_named(key)
        self.key = setting.key if setting else key
        self.default = setting.default if setting else None

    def set(self, value: str) -> Changed:
        """Set it and return what changed; errors as for `ConfigurationManager.set`."""
        before = self._in_file()
        self.app.manager.set(self.given, value)
        return self._changed(before, self._in_file())

    def unset(self) -> Changed:
        """Take it out of the file and return what changed; errors as for `ConfigurationManager.unset`."""
        before = self._in_file()
        self.app.manager.unset(self.given)
        return self._changed(before, self._in_file())

    def _in_file(self) -> Value | None:
        return value_in_file(self.app, self.key)

    def _changed(self, before: Value | None, after: Value | None) -> Changed:
        file = next((v.origin.name for v in (after, before) if v and v.origin.layer is Layer.FILE), "")
        different = _written(before) != _written(after)
        return Changed(self.key, self._text(before), self._text(after), file, different)

    def _text(self, value: Value | None) -> str:
        raw = _written(value)
        if value is None and is_kept(self.key):
            return "(not set)"
        if raw is ...:
            raw = value.raw if value else self.default
        text = text_of(masked(self.app.schema, self.key, raw)) or "(empty)"
        if value is None:
            return f"{text} (default)"
        return f"{text} (old default)" if value.origin.layer is Layer.OLD_DEFAULT else text


def _written(value: Value | None) -> Any:
    """Return what stands in the file, a reference as it is."""
    if value is None or value.origin.layer is Layer.OLD_DEFAULT:
        return ...
    return value.raw if value.reference is None else value.reference
