"""What reading the configuration costs, beside plain objects and dictionaries with the same values.

python benchmarks/access.py
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

from measure import Comparison, Way, compared, report
from pydantic import BaseModel

CALLS = 20_000
LEGACY = "database:\n  backend: duckdb\nbatch_size: 500\nlog_level: DEBUG\n"
OLD, NEW = "get_config(), the legacy system", "get_config(), the new system"


class Database(BaseModel):
    default_backend: str = "duckdb"


class Model(BaseModel):
    database: Database = Database()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in [name for name in os.environ if name.startswith("MDM_")]:
            del os.environ[name]
        os.environ["HOME"] = folder
        os.chdir(folder)
        Path(folder, ".mdm").mkdir()
        Path(folder, ".mdm", "config.yaml").write_text(LEGACY)
        report("access", comparisons())
        os.chdir("/")


def comparisons() -> list[Comparison]:
    from mdm.config.legacy import get_config as legacy_get_config

    values, model = legacy_get_config(), Model()
    managers = {OLD: manager(use_new=False), NEW: manager(use_new=True)}
    ways = {name: cache(one.get_config) for name, one in managers.items()}
    flat = managers[NEW].get_config().settings()

    def beside(what: str, code: str, plain: Any, limit: float, kind: str) -> Comparison:
        contenders = {kind: loop(code, plain), **{name: loop(code, way) for name, way in ways.items()}}
        return compared(what, contenders, kind, dict.fromkeys(ways, limit), rounds=40)

    def nothing() -> None:
        pass

    key = "database.default_backend"
    gets = {"a look-up in a dictionary": loop(f"get_config[{key!r}]", flat)}
    gets |= {name.replace("get_config()", "manager"): loop(f"get_config({key!r})", managers[name].get) for name in ways}
    limits = dict.fromkeys([name for name in gets if name.startswith("manager")], 3.0)
    dictionary = "a plain dictionary"
    read = f"get_config.{key}"
    attributes = {"a plain model of Pydantic": loop(read, model), "MDM": loop(read, managers[NEW].get_config())}
    return [
        compared(f"config.{key}", attributes, "a plain model of Pydantic", {"MDM": 1.05}, rounds=40),
        beside("get_config()", "get_config()", nothing, 2, "an empty call"),
        beside(f"get_config().{key}", f"get_config().{key}", lambda: model, 1.05, "a plain model of Pydantic"),
        beside('get("database", {}).get("backend")', CHAIN, lambda: values, 3, dictionary),
        beside('["database"]["backend"]', 'get_config()["database"]["backend"]', lambda: values, 5, dictionary),
        beside('"database" in', '"database" in get_config()', lambda: values, 5, dictionary),
        compared(f'manager.get("{key}")', gets, "a look-up in a dictionary", limits, rounds=40),
    ]


CHAIN = 'get_config().get("database", {}).get("backend")'


def manager(*, use_new: bool) -> Any:
    from mdm.config.manager import ConfigurationManager
    from mdm.config.migrator import ConfigurationMigrator

    if use_new:
        ConfigurationMigrator().apply()
    one = ConfigurationManager()
    assert one.get_config().get("database", {}).get("backend") == "duckdb"
    assert one.system() == ("new" if use_new else "legacy")
    return one


def loop(code: str, get_config: Callable[..., Any]) -> Way:
    """Return what runs *code* many times, without a call around it, and gives the time of one."""
    source = f"def run():\n    start = now()\n    for _ in range({CALLS}):\n        %s\n    return now() - start"
    runs = []
    for inner in (code, "pass"):
        names: dict[str, Any] = {"get_config": get_config, "now": process_time}
        exec(source % inner, names)
        runs.append(names["run"])
    run, empty = runs
    return lambda: (run() - empty()) / CALLS


if __name__ == "__main__":
    main()
