"""Databases that are files: damaged, foreign, in use, on a full disk, of somebody faster."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mdm.config.models import MDMConfig
from mdm.errors import DatasetError, StorageError
from mdm.storage.files import DatasetFiles
from mdm.storage.registry import open_storage
from tests.unit.storage.conftest import Open, content, new, rows

FILES = pytest.mark.parametrize("backend", ["sqlite", "duckdb"], indirect=True)


def run(code: str, *arguments: object) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stdin=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@FILES
def test_a_name_is_taken_once_for_all_files(opened: Open, backend: str, tmp_path: Path) -> None:
    storage = opened()
    other = open_storage(MDMConfig(paths={"home": tmp_path}), "duckdb" if backend == "sqlite" else "sqlite")
    other.create(new("Titanic"), {"data": rows(a=[1])})
    with pytest.raises(DatasetError, match=r"the dataset 'Titanic' exists already, and 'titanic' differs in case only"):
        storage.create(new(), {"data": rows(a=[1])})


@FILES
@pytest.mark.parametrize("damage", [b"", b"not a database" * 1000])
def test_a_file_that_is_no_database_is_named_and_can_be_removed(opened: Open, tmp_path: Path, damage: bytes) -> None:
    storage = opened()
    storage.create(new("whole"), {"data": rows(a=[1])})
    path = Path(storage.backend.where("titanic"))
    path.write_bytes(damage)
    for use in (storage.info, storage.read, lambda name: storage.append(name, rows(a=[1]))):
        with pytest.raises(StorageError) as caught:
            use("titanic")
        assert caught.value.problems[0].where == str(path)
        assert caught.value.problems[0].hint
    assert storage.names() == ["titanic", "whole"]
    storage.drop("titanic")
    assert storage.names() == ["whole"]


@FILES
def test_a_damaged_file_is_an_error_and_not_other_data(opened: Open) -> None:
    storage = opened()
    storage.create(new(), {"data": rows(a=[f"some text {number}" for number in range(20_000)])})
    path = Path(storage.backend.where("titanic"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StorageError):
        storage.read("titanic").read_all()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_somebody_elses_database_is_not_touched(opened: Open, tmp_path: Path) -> None:
    path = Path(opened().backend.where("titanic"))
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE data(a)")
    connection.close()
    with pytest.raises(StorageError, match="is a database, but not a dataset of MDM"):
        opened().append("titanic", rows(a=[1]))


LOCK = """
import sys
if sys.argv[1].endswith("sqlite"):
    import sqlite3
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
else:
    import duckdb
    connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@FILES
def test_who_comes_second_waits_and_then_says_so(opened: Open) -> None:
    storage = opened({"connection_timeout": 1})
    storage.create(new(), {"data": rows(a=[1])})
    with run(LOCK, storage.backend.where("titanic")) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match=r"another process .*\n  hint: .*database.connection_timeout"):
            storage.append("titanic", rows(a=[2]))
        holder.communicate()
    storage.append("titanic", rows(a=[2]))
    assert content(storage.read("titanic")) == {"a": [1, 2]}


FULL = """
import resource, signal, sys
from pathlib import Path
from mdm.config.models import MDMConfig
from mdm.errors import MdmError
from tests.unit.storage.conftest import new, open_storage, rows
from mdm.storage import sqlite, duckdb
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
config = MDMConfig(paths={"home": sys.argv[1]})
storage = open_storage(config, sys.argv[2])
try:
    storage.create(new(), {"data": rows(a=[str(number) * 9 for number in range(100_000)])})
except MdmError as error:
    print(error, error.problems[0].hint)
print(storage.names())
"""


@FILES
def test_a_disk_that_is_full_leaves_nothing(backend: str, tmp_path: Path) -> None:
    with run(FULL, tmp_path, backend) as process:
        out, _ = process.communicate()
    assert "ulimit -f" in out
    assert out.endswith("[]\n")
    assert not list((tmp_path / "datasets").iterdir())


RACE = """
import sys
from mdm.config.models import MDMConfig
from mdm.errors import DatasetError
from tests.unit.storage.conftest import new, open_storage, rows
storage = open_storage(MDMConfig(paths={"home": sys.argv[1]}), sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
try:
    storage.create(new(), {"data": rows(a=[int(sys.argv[3])] * 50_000)})
except DatasetError as error:
    print(error)
"""


@FILES
def test_of_two_that_register_one_name_one_wins(backend: str, tmp_path: Path) -> None:
    processes = [run(RACE, tmp_path, backend, number) for number in (1, 2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0] for process in processes]
    assert sorted(map(bool, told)) == [False, True], told
    assert "the dataset 'titanic' exists already" in "".join(told)
    assert os.listdir(tmp_path / "datasets") == [f"titanic.{backend}"]  # noqa: PTH208


def test_what_a_removed_dataset_left_beside_is_not_taken_over(tmp_path: Path) -> None:
    files = DatasetFiles(tmp_path, ".sqlite", 1)
    for ending in ("-wal", "-shm", "-journal"):
        (tmp_path / f"titanic.sqlite{ending}").write_bytes(b"of another time")
    with files.building("titanic") as path:
        path.write_bytes(b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["titanic.sqlite"]
