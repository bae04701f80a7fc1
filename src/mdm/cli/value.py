"""``mdm config get``: one value, bare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mdm.cli.output import out_bare, out_json, text_of
from mdm.cli.recording import recording
from mdm.cli.reporting import tell_recovered, warn_of
from mdm.config.kept import find, is_kept
from mdm.config.schema import plain
from mdm.config.sources import masked, unknown_key
from mdm.core.transaction import recover
from mdm.errors import InvalidConfigError

if TYPE_CHECKING:
    from mdm.app import Application
    from mdm.config.models import MDMConfig


def print_value(app: Application, key: str, *, as_json: bool = False, reveal: bool = False) -> None:
    """Print the value of *key*, new or legacy; a secret as a mask unless *reveal*."""
    tell_recovered(recover(app.home))
    active = app.load()
    recording.begin(active.config, "mdm config get")
    warn_of(notice for notice in active.notices if notice.kind != "conflict")  # scripts ask in loops
    value = plain(value_of(active.config, key))
    shown = value if reveal else masked(app.schema, key, value)
    out_json(shown) if as_json else out_bare(text_of(shown))


def value_of(config: MDMConfig, key: str) -> Any:
    """Return the value of a setting, the settings of a section, or what the legacy dictionary has under *key*."""
    schema = config.schema()
    if key in schema:
        return config.value(key)
    if key in schema.sections:
        inside = (known for known in schema if known.startswith(f"{key}."))
        return {known.removeprefix(f"{key}."): config.value(known) for known in inside}
    if is_kept(key):
        return find(config.legacy, key)
    legacy = config.settings()
    if key in legacy:
        return legacy[key]
    raise InvalidConfigError(unknown_key(schema, key, ""))
