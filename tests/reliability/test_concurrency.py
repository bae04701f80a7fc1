"""Several processes, or threads, at once: no update is lost, nobody sees half a file, and whoever waits goes on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from mdm.config import answering
from mdm.config.manager import ConfigurationManager
from mdm.config.selection import Surroundings
from mdm.core.locks import locked_folder
from mdm.errors import FileError
from tests.reliability.commands import COMMANDS, OLD_BACKUP, UNCOUNTED, Place
from tests.reliability.processes import CHANGES, WRITERS, change_of, value_in
from tests.reliability.report import ROOT
from tests.reliability.states import backups, damage, leftovers, state_of

Process: TypeAlias = subprocess.Popen[str]
Start: TypeAlias = Callable[..., Process]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path.resolve())
    place.home.mkdir()
    (place.root / "work").mkdir()
    return place


@pytest.fixture
def start(place: Place) -> Iterator[Start]:
    """Return what starts ``python -m MODULE ARGUMENTS``; all of them have ended, or are killed, when the test ends."""
    environ = {"HOME": str(place.home), "PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    environ |= UNCOUNTED
    processes: list[Process] = []

    def start(module: str, *arguments: str) -> Process:
        line = [sys.executable, "-m", module, *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(line, cwd=place.root / "work", env=environ, stdout=pipe, stderr=pipe, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def outcome(process: Process) -> tuple[int, str, str]:
    out, err = process.communicate()
    return process.returncode, out, err


def history(flags: Path) -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = json.loads(flags.read_bytes())["history"]
    return entries


# Processes --------------------------------------------------------------------------------------------------------------


def test_no_update_is_lost_and_no_reader_sees_half_a_file(place: Place, start: Start) -> None:
    file, stop = place.mdm / "mdm.yaml", place.root / "stop"
    COMMANDS["config set"].prepare(place)
    readers = [start("tests.reliability.processes", "read", str(file), str(stop)) for _ in range(2)]
    writers = [start("tests.reliability.processes", "write", str(file), str(writer)) for writer in range(WRITERS)]

    assert [outcome(writer) for writer in writers] == [(0, "", "")] * WRITERS
    stop.touch()
    for code, out, err in map(outcome, readers):
        assert (code, err) == (0, "")
        assert int(out) > 10
    tree = yaml.safe_load(file.read_bytes())
    expected = dict(change_of(writer, number) for writer in range(WRITERS) for number in range(CHANGES))
    assert {key: value_in(tree, key) for key in expected} == expected
    assert value_in(tree, "database.postgresql_password") == "hunter2"
    assert "# chosen with care" in file.read_text()
    assert leftovers(place.home) == []


def test_no_flag_is_lost(place: Place, start: Start) -> None:
    file = place.mdm / "feature_flags.json"
    writers = [start("tests.reliability.processes", "flip", str(file), str(number)) for number in range(3)]

    assert [outcome(writer) for writer in writers] == [(0, "", "")] * 3
    told = sorted(entry["who"] for entry in history(file))
    assert told == sorted(f"writer {number}, change {change}" for number in range(3) for change in range(CHANGES))


def test_of_two_migrations_at_once_one_finds_nothing_to_do(place: Place, start: Start) -> None:
    COMMANDS["config migrate --execute"].prepare(place)
    with locked_folder(place.mdm):  # so that both are ready when it begins
        both = [start("mdm", "config", "migrate", "--execute", "--yes") for _ in range(2)]
        time.sleep(3)
        assert [process.poll() for process in both] == [None, None]
    results = [outcome(process) for process in both]

    assert [code for code, _, _ in results] == [0, 0], results
    assert sorted("nothing to do" in out for _, out, _ in results) == [False, True]
    assert len(backups(place.home)) == 1
    assert len(history(place.mdm / "feature_flags.json")) == 1
    assert (damage(place.home), leftovers(place.home)) == ([], [])


def test_two_rollbacks_at_once(place: Place, start: Start) -> None:
    COMMANDS["config rollback"].prepare(place)
    code, _, err = outcome(start("mdm", "config", "rollback", OLD_BACKUP, "--yes"))
    restored = state_of(place.home)
    assert code == 0, err
    assert outcome(start("mdm", "config", "set", "performance.batch_size", "8000"))[0] == 0
    assert state_of(place.home) != restored

    with locked_folder(place.mdm):
        both = [start("mdm", "config", "rollback", OLD_BACKUP, "--yes") for _ in range(2)]
        time.sleep(3)
        assert [process.poll() for process in both] == [None, None]
    results = [outcome(process) for process in both]

    assert [code for code, _, _ in results] == [0, 0], results
    assert state_of(place.home) == restored
    assert len(backups(place.home)) == 1 + 1 + 2
    assert (damage(place.home), leftovers(place.home)) == ([], [])


# Locks ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def holder(place: Place, start: Start) -> Process:
    """A process that holds the lock of the configuration."""
    COMMANDS["config set"].prepare(place)
    process = start("tests.reliability.processes", "hold", str(place.mdm))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_killed_holder_gives_up_its_lock(place: Place, holder: Process) -> None:
    with pytest.raises(FileError, match="another mdm process holds this folder"), locked_folder(place.mdm, 0.2):
        pass
    holder.kill()
    holder.wait()
    with locked_folder(place.mdm, 0.2):
        pass


def test_who_waits_too_long_says_so(place: Place, start: Start, holder: Process) -> None:
    before = state_of(place.home)
    code, out, err = outcome(start("mdm", "config", "set", "performance.batch_size", "5000"))

    assert (code, out) == (1, "")
    assert re.fullmatch(
        rf"error: {re.escape(str(place.mdm))}: another mdm process holds this folder for more than 10 s\n"
        r"  hint: wait until it has ended, then run the command again\n",
        err,
    )
    assert state_of(place.home) == before


def test_readers_do_not_wait(start: Start, holder: Process) -> None:
    assert outcome(start("mdm", "config", "get", "performance.batch_size")) == (0, "4321\n", "")


# Threads ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("prepare", [COMMANDS["config set"].prepare, COMMANDS["config migrate --execute"].prepare])
def test_many_threads_at_first_access_build_it_once(
    place: Place,
    eager_threads: None,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Place], object],
) -> None:
    prepare(place)
    built: list[str] = []
    for name in ("load_new", "load_legacy"):
        real = getattr(answering, name)
        monkeypatch.setattr(answering, name, _counting(built, name, real))
    surroundings = Surroundings({"HOME": str(place.home)}, place.root / "work")
    manager = ConfigurationManager(surroundings=surroundings)
    barrier = threading.Barrier(32)
    seen: list[tuple[object, object]] = []

    def first_access() -> None:
        barrier.wait()
        seen.append((manager.get("performance.max_workers"), manager.get_config()))

    threads = [threading.Thread(target=first_access) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(built) == 1
    assert len(seen) == 32
    assert {(value, id(config)) for value, config in seen} == {(3, id(manager.get_config()))}


def _counting(built: list[str], name: str, real: Callable[..., object]) -> Callable[..., object]:
    def build(*arguments: Any, **options: Any) -> object:
        built.append(name)
        return real(*arguments, **options)

    return build
