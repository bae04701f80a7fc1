"""What reading the configuration costs, beside the plain dictionary of the old program and a plain object.

    python benchmarks/access.py            the table
    python benchmarks/access.py --json     the same for programs

Every way of reading is timed in turn, many times, so that whatever else the machine does strikes all of them alike; the
median counts. Nanoseconds of CPU time of this process.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any

ROUNDS, CALLS = 60, 20_000
LEGACY = "database:\n  backend: duckdb\nbatch_size: 500\nlog_level: DEBUG\n"

DICTIONARY = [
    'get_config()["database"]["backend"]',
    'get_config().get("database", {}).get("backend")',
    '"database" in get_config()',
]
PLAIN, OBJECT = "a dictionary of the same values", "a plain object"
UNCOUNTED = "a look without counting"
NEW, OLD = "get_config(), the new system", "get_config(), the legacy system"


class Plain:
    """An object without anything: the limit."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def main() -> None:
    with scratch_home():
        ways = {**dictionary_ways(), **plain_ways(), **uncounted_ways()}
        for name, use_new in ((OLD, False), (NEW, True)):
            ways |= ways_of(name, use_new=use_new)
        taken = measure(ways)
    if "--json" in sys.argv:
        print(json.dumps({f"{name} | {label}": nanoseconds for (name, label), nanoseconds in taken.items()}))
    else:
        report(taken)


def dictionary_ways() -> dict[tuple[str, str], Callable[[int], int]]:
    from mdm.config.legacy import get_config as legacy_get_config

    values = legacy_get_config()

    def get_config() -> dict[str, Any]:
        return values

    return timed(PLAIN, get_config, attributes=False)


def plain_ways() -> dict[tuple[str, str], Callable[[int], int]]:
    config = Plain(database=Plain(default_backend="duckdb"))

    def get_config() -> Any:
        return config

    return timed(OBJECT, get_config, dictionary=False)


def ways_of(name: str, *, use_new: bool) -> dict[tuple[str, str], Callable[[int], int]]:
    """Return the ways of reading the configuration in one mode, through the cache that `get_config` is."""
    from mdm.config.manager import ConfigurationManager
    from mdm.config.migrator import ConfigurationMigrator

    if use_new:
        ConfigurationMigrator().apply()
    manager = ConfigurationManager()
    config = manager.get_config()
    assert manager.system() == ("new" if use_new else "legacy")
    assert config.get("database", {}).get("backend") == "duckdb"
    return timed(name, cache(lambda: config))


def uncounted_ways() -> dict[tuple[str, str], Callable[[int], int]]:
    """What `get_config` would cost as a function that looks and counts nothing."""
    shared = Plain(config=object())

    def get_config() -> Any:
        config = shared.config
        return config if config is not None else main()

    return timed(UNCOUNTED, get_config, attributes=False, dictionary=False)


def timed(
    name: str, get_config: Callable[[], Any], *, attributes: bool = True, dictionary: bool = True
) -> dict[tuple[str, str], Callable[[int], int]]:
    """Return loops that read; each takes the number of calls and returns nanoseconds."""
    codes = ["get_config()"]
    codes += ["get_config().database.default_backend"] if attributes else []
    codes += DICTIONARY if dictionary else []
    return {(name, code): loop(code, get_config) for code in codes}


def loop(code: str, get_config: Callable[[], Any]) -> Callable[[int], int]:
    source = f"def run(calls):\n    start = now()\n    for _ in range(calls):\n        {code}\n    return now() - start"
    names: dict[str, Any] = {"get_config": get_config, "now": process_time_ns}
    exec(source, names)  # a loop of its own for each way, without a call around what is measured
    run: Callable[[int], int] = names["run"]
    return run


def measure(ways: dict[tuple[str, str], Callable[[int], int]]) -> dict[tuple[str, str], float]:
    empty = loop("pass", lambda: None)
    taken: dict[tuple[str, str], list[float]] = {key: [] for key in ways}
    for _ in range(ROUNDS):
        for key, run in ways.items():
            taken[key].append((run(CALLS) - empty(CALLS)) / CALLS)
    return {key: median(times) for key, times in taken.items()}


def report(taken: dict[tuple[str, str], float]) -> None:
    for label in dict.fromkeys(label for _, label in taken):
        print(label)
        against = taken.get((PLAIN, label), taken.get((OBJECT, label)))
        assert against is not None
        for (name, other), nanoseconds in taken.items():
            if other == label:
                print(f"  {name:36} {nanoseconds:7.1f} ns  {nanoseconds / against:5.2f}x")


@contextmanager
def scratch_home() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        for name in [name for name in os.environ if name.startswith("MDM_")]:
            del os.environ[name]
        os.environ["HOME"] = folder
        os.chdir(folder)
        (Path(folder) / ".mdm").mkdir()
        (Path(folder) / ".mdm" / "config.yaml").write_text(LEGACY)
        yield
        os.chdir("/")


if __name__ == "__main__":
    main()
