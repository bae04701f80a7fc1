"""How the cost of each thing grows with what it works on, at four sizes, each ten times the one before.

    python benchmarks/growth.py

The exponent is 1 where twice as much takes twice as long. What is counted instead of timed, and so guards each change,
is in tests/performance.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from math import log
from pathlib import Path
from time import process_time
from typing import Any, TypeAlias

from measure import curves, shown, write

from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.selection import Surroundings

Curve: TypeAlias = list[tuple[float, float]]
SIZES = (10, 100, 1000, 10_000)
STEEPEST = 1.15  # n log n included
NEW = 'version: "2.0.0"\nperformance:\n  batch_size: 500\nlegacy:\n'


class Home:
    """A home of its own."""

    def __init__(self, top: Path) -> None:
        self.folder = top / ".mdm"
        self.folder.mkdir(parents=True)
        self.around = Surroundings({"HOME": str(top), "MDM_REFACTORING__ENABLE_PERFORMANCE_TRACKING": "false"}, None)
        self.manager = ConfigurationManager(surroundings=self.around)

    def load(self) -> None:
        self.manager.reload()
        self.manager.get_config()

    def access(self) -> None:
        assert self.manager.get_config().database.default_backend

    def get(self) -> None:
        assert self.manager.get("performance.batch_size")

    def set(self) -> None:
        self.manager.set("performance.batch_size", 600)

    def plan(self) -> None:
        ConfigurationMigrator(surroundings=self.around).plan()

    def migrate(self) -> None:
        ConfigurationMigrator(surroundings=self.around).apply()


class Data:
    """A home with a registered CSV file of *size* times ten rows."""

    def __init__(self, top: Path, size: int) -> None:
        from mdm.client import Client
        from mdm.config.models import MDMConfig

        top.mkdir(parents=True)
        self.file, self.out = top / "rows.csv", top / "out.csv"
        rows = "".join(f"{n},{n % 7},city {n % 40},{n / 3:.3f}\n" for n in range(10 * size))
        self.file.write_text("id,few,city,number\n" + rows)
        self.client = Client(MDMConfig(paths={"home": top}, performance={"cache_enabled": False}))
        self.client.register("data", self.file)

    def register(self) -> None:
        self.client.register("data", self.file, force=True)

    def stats(self) -> None:
        self.client.stats("data")

    def features(self) -> None:
        self.client.make_features("data", refit=True)

    def export(self) -> None:
        self.client.export("data", self.out)


def main() -> None:
    series: dict[str, Curve] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make, action, again in subjects():
            series[name] = curve(Path(folder, name.replace(" ", "-")), make, action, again)
            steep = exponent(series[name])
            costs = ", ".join(f"{shown(seconds)} at {size:,.0f}" for size, seconds in series[name])
            print(f"{name:32} {costs}; exponent {steep:.2f}{', TOO STEEP' if steep > STEEPEST else ''}")
    write("growth", series, curves("CPU time by size", series))


def subjects() -> Iterator[tuple[str, Callable[[Path, int], Any], Callable[[Any], None], int]]:
    """Yield name, what makes something of a size, what is measured, and how often it can be done in one home."""
    yield "load a file", with_(new_file), Home.load, 3
    yield "access an attribute", with_(new_file), Home.access, 1000
    yield "access by key", with_(new_file), Home.get, 1000
    yield "set and save", with_(new_file), Home.set, 3
    yield "plan a migration", with_(legacy_file), Home.plan, 3
    yield "migrate settings", with_(legacy_file), Home.migrate, 1
    yield "migrate beside dataset files", with_(datasets), Home.migrate, 1
    for action in (Data.register, Data.stats, Data.features, Data.export):
        yield f"{action.__name__}, 10 rows each", Data, action, 3


def with_(prepare: Callable[[Home, int], None]) -> Callable[[Path, int], Home]:
    def make(folder: Path, size: int) -> Home:
        home = Home(folder)
        prepare(home, size)
        return home

    return make


def curve(folder: Path, make: Callable[[Path, int], Any], action: Callable[[Any], None], again: int) -> Curve:
    taken: Curve = []
    for size in (SIZES[0], *SIZES):  # the first one builds what is built once in a process
        home = make(folder / f"{len(taken)}-{size}", size)
        if again > 1:
            action(home)
        begun = process_time()
        for _ in range(again):
            action(home)
        taken.append((size, (process_time() - begun) / again))
    return taken[1:]


def exponent(points: Curve) -> float:
    """Return how steep the last part is, where what is done once in any case matters least."""
    (size, seconds), (last, end) = points[-2:]
    return log(end / seconds) / log(last / size)


def new_file(home: Home, size: int) -> None:
    (home.folder / "mdm.yaml").write_text(NEW + settings(size))


def legacy_file(home: Home, size: int) -> None:
    (home.folder / "config.yaml").write_text("batch_size: 500\nplugin:\n" + settings(size))


def datasets(home: Home, size: int) -> None:
    (home.folder / "config" / "datasets").mkdir(parents=True)
    (home.folder / "config.yaml").write_text("batch_size: 500\n")
    for number in range(size):
        (home.folder / "config" / "datasets" / f"d{number}.yaml").write_text("name: d\n")


def settings(size: int) -> str:
    return "".join(f"  mine{number}: {number}  # kept\n" for number in range(size))


if __name__ == "__main__":
    main()
