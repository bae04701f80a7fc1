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
from mdm.config.schema import Kind
from mdm.core.feature_flags import FeatureFlags
from mdm.core.locks import locked_folder

WRITERS = 8
CHANGES = 50


def keys_of(writer: int) -> list[str]:
    """Return the settings that this one of the writers changes, and nobody else."""
    whole = [s.key for s in MDMConfig.schema().values() if s.kind is Kind.NUMBER and s.type_name.startswith("int ")]
    return [key for key in whole if key != "version"][writer::WRITERS]


def value_of(key: str, change: int) -> int:
    """Return what *key* becomes with change number *change* of its writer."""
    return int(MDMConfig.schema()[key].bounds[0] or 0) + change


def last_values(writer: int) -> dict[str, int]:
    """Return what the keys of a writer are in the end."""
    keys = keys_of(writer)
    return {keys[change % len(keys)]: value_of(keys[change % len(keys)], change) for change in range(CHANGES)}


def value_in(tree: Mapping[str, Any], key: str) -> Any:
    """Return what the file has under a dotted key, none where it has nothing."""
    found: Any = tree
    for name in key.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def write(file: str, writer: str) -> None:
    """Change settings one by one; after each, all that was changed before still has to be there."""
    manager, keys = ConfigurationManager(file), keys_of(int(writer))
    mine: dict[str, int] = {}
    for change in range(CHANGES):
        key = keys[change % len(keys)]
        mine[key] = value_of(key, change)
        manager.set(key, mine[key])
        tree = yaml.load(Path(file).read_bytes(), yaml.CSafeLoader)
        lost = {key: value_in(tree, key) for key, value in mine.items() if value_in(tree, key) != value}
        if lost:
            sys.exit(f"lost after change {change}: {lost}")


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
    {"write": write, "read": read, "flip": flip, "hold": hold}[sys.argv[1]](*sys.argv[2:])
