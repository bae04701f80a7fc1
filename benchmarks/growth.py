"""How the cost of each thing grows with what it works on, at four sizes, each ten times the one before.

What a size costs is the least of several rounds, in which the sizes take turns: noise only ever adds. What is counted
instead of timed, and so guards each change, is in ``tests/performance``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, TypeAlias

from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.selection import Surroundings

from .measure import Effort, Way, calls, job
from .memory import IMPORTS
from .ours import NAME, USUAL, client, register
from .results import Curve, Measure
from .rows import write_csv

if TYPE_CHECKING:
    from mdm.client import Client

ENTRIES, ROWS = (10, 100, 1000, 10_000), (1000, 10_000, 100_000, 1_000_000)
STEEPEST = 1.15  # n log n included
NEW = 'version: "2.0.0"\nperformance:\n  batch_size: 500\nlegacy:\n'
OLD = "batch_size: 500\nplugin:\n"

Prepare: TypeAlias = Callable[[Path, int], Way]
"""Makes what has this size in an empty folder, and returns what is measured."""


def measured(effort: Effort) -> Iterator[Curve]:
    rounds = effort.rounds(10)
    for name, prepare in LASTING.items():
        yield curve(name, "entries", ENTRIES, lasting(prepare), rounds)
    for name, prepare in ONCE.items():
        kind = "files" if prepare is dataset_files else "entries"
        yield curve(name, kind, ENTRIES, prepare, (rounds + 1) // 2)
    rows = [size // 10 for size in ROWS] if effort.quick else ROWS
    csv = {size: write_csv(Path.cwd() / f"{size}.csv", size) for size in rows}
    for name, data in DATA.items():
        yield curve(name, "rows", rows, lasting(partial(data, csv)), (rounds + 3) // 4)
    yield curve("store a CSV file", "rows", rows, partial(stored, csv), 2, "memory")


def curve(what: str, kind: str, sizes: Sequence[int], prepare: Prepare, rounds: int, measure: Measure = "cpu") -> Curve:
    least = dict.fromkeys(sizes, float("inf"))
    for number in range(rounds + 1):
        for size in sizes if number else sizes[:1]:  # the first one builds what is built once in a process
            with TemporaryDirectory() as folder:
                cost = prepare(Path(folder), size)()[measure]
            least[size] = min(least[size], cost) if number else least[size]
    return Curve(what, kind, list(least.items()), STEEPEST, measure)


def lasting(prepare: Prepare) -> Prepare:
    """Prepare each size once, and give the same way again; done once before it counts."""
    ways: dict[int, Way] = {}

    def prepared(_folder: Path, size: int) -> Way:
        if size not in ways:
            ways[size] = prepare(Path(mkdtemp(dir=Path.cwd())), size)
            ways[size]()
        return ways[size]

    return prepared


class Home:
    """A home of its own."""

    def __init__(self, top: Path, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = top / ".mdm" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
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


def entries(size: int) -> str:
    return "".join(f"  mine{number}: {number}  # kept\n" for number in range(size))


def new_home(action: Callable[[Home], None], number: int, folder: Path, size: int) -> Way:
    return calls(partial(action, Home(folder, {"mdm.yaml": NEW + entries(size)})), number)


def legacy_home(action: Callable[[Home], None], folder: Path, size: int) -> Way:
    return calls(partial(action, Home(folder, {"config.yaml": OLD + entries(size)})))


def dataset_files(folder: Path, size: int) -> Way:
    files = {f"config/datasets/d{number}.yaml": "name: d\n" for number in range(size)}
    return calls(Home(folder, {"config.yaml": "batch_size: 500\n", **files}).migrate)


def of_dataset(work: Callable[[Client, Path], object], csv: dict[int, Path], folder: Path, size: int) -> Way:
    one = client(str(folder), USUAL)
    one.register(NAME, csv[size])
    return calls(lambda: work(one, csv[size]))


def stored(csv: dict[int, Path], folder: Path, size: int) -> Way:
    return job(register, csv[size], folder, "sqlite", imports=IMPORTS)


LASTING: dict[str, Prepare] = {
    "load a file": partial(new_home, Home.load, 1),
    "access an attribute": partial(new_home, Home.access, 10_000),
    "access by key": partial(new_home, Home.get, 10_000),
    "set and save": partial(new_home, Home.set, 1),
    "plan a migration": partial(legacy_home, Home.plan),
}
ONCE: dict[str, Prepare] = {
    "migrate settings": partial(legacy_home, Home.migrate),
    "migrate dataset files": dataset_files,
}
DATA: dict[str, Callable[[dict[int, Path], Path, int], Way]] = {
    "store a CSV file": partial(of_dataset, lambda one, csv: one.register(NAME, csv, force=True)),
    "statistics": partial(of_dataset, lambda one, _: one.stats(NAME)),
    "features": partial(of_dataset, lambda one, _: one.make_features(NAME, refit=True)),
    "export": partial(of_dataset, lambda one, csv: one.export(NAME, csv.with_suffix(".out.csv"))),
}
