"""Homes of a size, and what is done in them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.selection import Surroundings

NEW = 'version: "2.0.0"\nperformance:\n  batch_size: 500\nlegacy:\n'


class Home:
    """A home of its own, to which nothing is written but what a test writes."""

    def __init__(self, top: Path) -> None:
        self.folder = top / ".mdm"
        self.folder.mkdir(parents=True)
        self._values = count(600)
        self.around = Surroundings({"HOME": str(top), "MDM_REFACTORING__ENABLE_PERFORMANCE_TRACKING": "false"}, None)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def manager(self) -> ConfigurationManager:
        return ConfigurationManager(surroundings=self.around)

    def load(self) -> None:
        self.manager().get_config()

    def set(self) -> None:
        """Set another value each time: what is there already is not written."""
        self.manager().set("performance.batch_size", next(self._values))

    def migrate(self) -> None:
        ConfigurationMigrator(surroundings=self.around).apply()


def code_of(action: Callable[[Home], None], home: Home) -> int:
    action(home)
    return 0


def lines(size: int) -> str:
    return "".join(f"  mine{number}: {number}  # kept\n" for number in range(size))


def new_file(home: Home, size: int) -> None:
    home.write("mdm.yaml", NEW + lines(size))


def odd_file(home: Home, size: int) -> None:
    """Write a file that has a line which is not plain: it takes the parser of YAML."""
    home.write("mdm.yaml", NEW + lines(size) + "  odd: [1]\n")


def legacy_files(home: Home, size: int) -> None:
    home.write("config.yaml", "batch_size: 500\nplugin:\n" + lines(size))


def datasets(home: Home, size: int) -> None:
    home.write("config.yaml", "batch_size: 500\n")
    for number in range(size):
        home.write(f"config/datasets/d{number}.yaml", "name: d\n")
