"""What reading the configuration costs in a warm process, beside plain objects and what others give for the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

from pydantic import BaseModel

from .measure import Effort, Way, compared
from .results import Comparison, Cost, Limit

CALLS = 20_000
SLOW = CALLS // 20  # for those that take microseconds
KEY = "database.default_backend"
LEGACY = "database:\n  backend: duckdb\nbatch_size: 500\nlog_level: DEBUG\n"
VALUES: dict[str, Any] = {"database": {"default_backend": "duckdb"}}
CHAIN = 'get_config().get("database", {}).get("backend")'
VERSION_1 = 255e-9  # what its get_config() took alone, seconds: at least so much, on a machine like this one
SYSTEMS = ("MDM, the legacy system", "MDM, the new system")


class Database(BaseModel):
    default_backend: str = "duckdb"


class Model(BaseModel):
    database: Database = Database()


def measured(effort: Effort) -> Iterator[Comparison]:
    Path(".mdm").mkdir()
    Path(".mdm", "config.yaml").write_text(LEGACY)
    managers = {name: manager(use_new=name == SYSTEMS[1]) for name in SYSTEMS}
    rounds = effort.rounds(40)
    yield attributes(managers[SYSTEMS[1]].get_config(), rounds)
    yield from calls(managers, rounds)
    yield keys(managers, rounds)


def manager(*, use_new: bool) -> Any:
    from mdm.config.manager import ConfigurationManager
    from mdm.config.migrator import ConfigurationMigrator

    if use_new:
        ConfigurationMigrator().apply()
    one = ConfigurationManager()
    assert one.get_config().get("database", {}).get("backend") == "duckdb"
    assert one.system() == ("new" if use_new else "legacy")
    return one


def attributes(config: Any, rounds: int) -> Comparison:
    plain, read = "a plain model of Pydantic", f"get_config.{KEY}"
    ways = {
        plain: loop(read, Model()),
        "MDM": loop(read, config),
        "pydantic-settings": made(read, settings),
        "a dictionary of dictionaries": loop('get_config["database"]["default_backend"]', VALUES),
        "dynaconf": made(read, dynaconf, SLOW),
        "OmegaConf": made(read, omegaconf, SLOW),
    }
    return compared(f"`config.{KEY}`", ways, rounds, plain, limits=[Limit("MDM", 1.05, plain)])


def calls(managers: dict[str, Any], rounds: int) -> Iterator[Comparison]:
    from mdm.config.legacy import get_config as legacy_get_config

    values, model = legacy_get_config(), Model()
    ours = {name: cache(one.get_config) for name, one in managers.items()}

    def beside(code: str, kind: str, plain: Callable[[], Any], most: float | None) -> Comparison:
        ways = {kind: loop(code, plain), **{name: loop(code, way) for name, way in ours.items()}}
        limits = [Limit(name, most, kind) if most else Limit(name, VERSION_1) for name in ours]
        return compared(f"`{code}`", ways, rounds, kind, limits=limits)

    dictionary = "a function and a dictionary"
    yield beside("get_config()", "an empty function", lambda: None, 2)
    yield beside(f"get_config().{KEY}", "a function and a plain model", lambda: model, None)
    yield beside(CHAIN, dictionary, lambda: values, 3)
    yield beside('get_config()["database"]["backend"]', dictionary, lambda: values, 5)
    yield beside('"database" in get_config()', dictionary, lambda: values, 5)


def keys(managers: dict[str, Any], rounds: int) -> Comparison:
    plain, get = "a look-up in a dictionary", f"get_config({KEY!r})"
    ways = {
        plain: loop(f"get_config[{KEY!r}]", {KEY: "duckdb"}),
        **{name: loop(get, one.get) for name, one in managers.items()},
        "dynaconf": made(get, lambda: dynaconf().get, SLOW),
    }
    limits = [Limit(name, 3, plain) for name in managers]
    return compared(f'`manager.get("{KEY}")`', ways, rounds, plain, limits=limits)


def settings() -> Any:
    from pydantic_settings import BaseSettings

    class Settings(BaseSettings):
        database: Database = Database()

    return Settings()


def dynaconf() -> Any:
    from dynaconf import Dynaconf

    return Dynaconf(**VALUES)


def omegaconf() -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.create(VALUES)


def made(code: str, make: Callable[[], Any], number: int = CALLS) -> Way:
    """Return a loop over what is made when it is first needed, as its package may be missing."""
    run: list[Way] = []

    def way() -> Cost:
        if not run:
            run.append(loop(code, make(), number))
        return run[0]()

    return way


def loop(code: str, get_config: Any, number: int = CALLS) -> Way:
    """Return what runs *code* many times, without a call around it, and gives the time of one."""
    source = f"def run():\n    start = now()\n    for _ in range({number}):\n        %s\n    return now() - start"
    runs = []
    for inner in (code, "pass"):
        names: dict[str, Any] = {"get_config": get_config, "now": process_time}
        exec(source % inner, names)
        runs.append(names["run"])
    run, empty = runs
    return lambda: {"cpu": (run() - empty()) / number}
