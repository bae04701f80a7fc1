"""Processes killed at any instant of a registration, an addition, a replacement or a new column: old or new, nothing in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mdm.config.models import MDMConfig
from mdm.storage.registry import open_storage
from mdm.storage.store import Storage
from tests.unit.storage.conftest import content, new, rows

ROWS = 12_000
KILLS = 6


def slow(value: int) -> pa.RecordBatchReader:
    return pa.table(
        {"a": pa.array([value] * ROWS), "b": ["some text"] * ROWS, "c": pa.array([float("nan")] * ROWS)}
    ).to_reader(1000)


def widen(storage: Storage) -> None:
    with storage.change("titanic") as change:
        change.widen(slow(2))


WORK: dict[str, Callable[[Storage], object]] = {
    "create": lambda storage: storage.create(new(), {"data": slow(1)}),
    "append": lambda storage: storage.append("titanic", slow(1)),
    "replace": lambda storage: storage.create(new(), {"data": slow(2)}, replace=True),
    "widen": widen,
    "drop": lambda storage: storage.drop("titanic"),
}
EXPECTED: dict[str, list[dict[int, int] | None]] = {  # how many rows of which value may be found; none: no dataset
    "create": [None, {1: ROWS}],
    "append": [{1: ROWS}, {1: 2 * ROWS}],
    "replace": [{1: ROWS}, {2: ROWS}],
    "widen": [{1: ROWS}, {2: ROWS}],
    "drop": [{1: ROWS}, None],
}


def state(storage: Storage) -> dict[int, int] | None:
    """Return what is there, having read all of it."""
    if storage.names() == []:
        return None
    table = storage.read("titanic").read_all()
    assert storage.info("titanic").tables[0].rows == len(table)
    assert set(table["b"].to_pylist()) == {"some text"}
    counts = table["a"].value_counts()
    return {int(count["values"].as_py()): int(count["counts"].as_py()) for count in counts}


def child(folder: str, database: str, backend: str, name: str) -> None:
    """Do the work over and over in forks, each killed a little later, and print what was found after each."""
    config = MDMConfig(paths={"home": folder}, database=json.loads(database))
    open_storage(config, backend)  # imports what the forks need; nothing is opened yet
    whole = 0.0
    for number in range(KILLS + 1):
        process = fork(lambda: prepare(config, backend, name))
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
        begun = time.monotonic()
        process = fork(lambda: WORK[name](open_storage(config, backend)))
        if number:
            time.sleep(whole * number / KILLS)
            os.kill(process, signal.SIGKILL)
        ended = os.waitpid(process, 0)[1]
        whole = whole or time.monotonic() - begun
        assert number or ended == 0
        process = fork(lambda: look(config, backend))
        os.waitpid(process, 0)


def fork(work: Any) -> int:
    if process := os.fork():
        return process
    try:
        work()
    finally:
        os._exit(0 if sys.exc_info()[0] is None else report())


def report() -> int:
    sys.stderr.write(repr(sys.exc_info()[1]))
    sys.stderr.flush()
    return 1


def prepare(config: MDMConfig, backend: str, name: str) -> None:
    with open_storage(config, backend) as storage:
        if storage.names():
            storage.drop("titanic")
        if name != "create":
            storage.create(new(), {"data": slow(1)})


def look(config: MDMConfig, backend: str) -> None:
    with open_storage(config, backend) as storage:
        sys.stdout.write(f"{json.dumps(state(storage))}\n")
        sys.stdout.flush()


@pytest.mark.parametrize("name", WORK)
def test_killed_at_any_instant_it_has_happened_or_not(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    database = {"sqlite_journal_mode": "WAL"} | (request.getfixturevalue("database") if backend == "postgresql" else {})
    line = [sys.executable, "-m", "tests.unit.storage.test_killed", str(tmp_path), json.dumps(database), backend, name]
    told = subprocess.run(line, capture_output=True, text=True, check=False)

    found = [
        json.loads(text, object_hook=lambda counts: {int(k): n for k, n in counts.items()})
        for text in told.stdout.splitlines()
    ]
    assert (told.stderr, len(found)) == ("", KILLS + 1), told.stdout
    assert not [one for one in found if one not in EXPECTED[name]]
    assert found[0] == EXPECTED[name][1]
    with open_storage(MDMConfig(paths={"home": tmp_path}, database=database), backend) as storage:
        storage.create(new("next"), {"data": rows(a=[1])})
        assert content(storage.read("next")) == {"a": [1]}
    assert not [path.name for path in tmp_path.rglob("*") if path.name.startswith(".") or path.suffix == ".tmp"]


if __name__ == "__main__":
    child(*sys.argv[1:])
