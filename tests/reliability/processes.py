"""What the processes of the tests of concurrency do; each function is the whole of one process."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mdm.config.manager import ConfigurationManager
from mdm.config.models import MDMConfig
from mdm.config.schema import Kind, Setting
from mdm.core.feature_flags import FeatureFlags
from mdm.core.locks import locked_folder
from tests.reliability.commands import UNCOUNTED

WRITERS = 8
CHANGES = 50


def keys_of(writer: int) -> list[str]:
    """Return the settings that this one of the writers changes, and nobody else."""
    return [setting.key for setting in MDMConfig.schema().values() if _is_changed(setting)][writer::WRITERS]


def change_of(writer: int, change: int) -> tuple[str, int | bool]:
    """Return the setting that a writer's change number *change* is about, and what it becomes."""
    keys = keys_of(writer)
    setting = MDMConfig.schema()[keys[change % len(keys)]]
    if setting.kind is Kind.BOOL:
        return setting.key, change // len(keys) % 2 == 0
    return setting.key, _lowest(setting) + change


def _is_changed(setting: Setting) -> bool:
    if setting.env_name in UNCOUNTED:  # the variable would hide what is written
        return False
    return setting.kind is Kind.BOOL or (setting.type_name.startswith("int ") and _is_wide(setting))


def _is_wide(setting: Setting) -> bool:
    return setting.bounds[1] is None or setting.bounds[1] - _lowest(setting) > CHANGES


def _lowest(setting: Setting) -> int:
    return max(int(setting.bounds[0] or 1), 1)


def value_in(tree: Mapping[str, Any], key: str) -> Any:
    """Return what the file has under a dotted key, none where it has nothing."""
    found: Any = tree
    for name in key.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def write(file: str, writer: str) -> None:
    """Change settings one by one; after each, all that was changed before still has to be there."""
    manager = ConfigurationManager(file)
    mine: dict[str, int | bool] = {}
    for number in range(CHANGES):
        key, value = change_of(int(writer), number)
        manager.set(key, value)
        mine[key] = value
        tree = yaml.load(Path(file).read_bytes(), yaml.CSafeLoader)
        if lost := {key: value_in(tree, key) for key, value in mine.items() if value_in(tree, key) != value}:
            sys.exit(f"lost after change {number}: {lost}")


def read(file: str, stop: str) -> None:
    """Parse and validate the file until *stop* exists; settings may come and change, but never go."""
    known: set[str] = set()
    count = 0
    while not Path(stop).exists():
        config = MDMConfig.load_from_file(file)
        found = {key for key in config.schema() if config.candidates(key)}
        if not found >= known or not found:
            sys.exit(f"gone: {known - found}")
        known, count = found, count + 1
    sys.stdout.write(f"{count}\n")


def flip(file: str, writer: str) -> None:
    """Change a percentage again and again."""
    flags = FeatureFlags(Path(file))
    names = ["backend_rollout_percentage", "registrar_rollout_percentage", "features_rollout_percentage"]
    for change in range(CHANGES):
        flags.set(names[int(writer) % len(names)], change % 100, who=f"writer {writer}, change {change}")


def hold(folder: str) -> None:
    """Hold the lock of a folder for ever."""
    with locked_folder(Path(folder)):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
