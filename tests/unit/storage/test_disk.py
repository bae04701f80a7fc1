"""A disk that fills in the middle of a load, Ctrl-C in a driver, and two that add to one dataset at once."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from adbc_driver_manager import NotSupportedError

from mdm.errors import StorageError
from mdm.storage.duckdb.errors import translated as translated_duckdb
from mdm.storage.sqlite.errors import translated as translated_sqlite
from tests.unit.storage.conftest import Open, content, new, rows

FULL = """
import os, sys
from pathlib import Path
from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.errors import MdmError

folder, file, backend = sys.argv[1:]
disk = os.statvfs(folder)
assert disk.f_blocks * disk.f_frsize < 2**23, "not the small disk"
client = Client(MDMConfig(paths={"home": folder}))
client.register("small", Path(file).with_name("small.csv"), backend=backend)
for force in (False, True):
    try:
        client.register("small" if force else "large", file, backend=backend, force=force)
    except MdmError as error:
        print(error)
print([(info.name, info.tables[0].rows, client.sql(info.name, "SELECT count(*) FROM data").item()) for info in client.list()])
client.remove("small", backend)
print([path.name for path in Path(folder, "datasets").iterdir()])
"""


def on_a_small_disk(*command: str) -> list[str]:
    """Return *command* in a name space of its own, where the folder ``$0`` is a file system of six megabytes."""
    mount = 'mount -t tmpfs -o size=6m tmpfs "$0" && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, *command]


@pytest.mark.parametrize("backend", ["sqlite", "duckdb"], indirect=True)
def test_a_disk_that_fills_leaves_what_was_there(backend: str, tmp_path: Path) -> None:
    folder, file = tmp_path / "disk", tmp_path / "large.csv"
    folder.mkdir()
    if shutil.which("unshare") is None or subprocess.run(on_a_small_disk(str(folder), "true"), check=False).returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    (tmp_path / "small.csv").write_text("a,b\n1,x\n")
    some = random.Random(1)
    file.write_text("a,b\n" + "".join(f"{number},{some.getrandbits(128):x}\n" for number in range(400_000)))
    line = on_a_small_disk(str(folder), sys.executable, "-c", FULL, str(folder), str(file), backend)
    told = subprocess.run(line, capture_output=True, text=True, check=False)
    *errors, datasets, left = told.stdout.splitlines()
    assert told.stderr == ""
    assert "\n".join(errors).count("no space left on the disk\n  hint: free some space") == 2, errors
    assert (datasets, left) == ("[('small', 1, 1)]", "[]")


def test_of_two_that_add_at_once_both_have_added(opened: Open) -> None:
    opened().create(new(), {"data": rows(a=[0])})
    start = threading.Barrier(2)

    def add(value: int) -> None:
        storage = opened()
        start.wait()
        storage.append("titanic", pa.table({"a": [value] * 5000}).to_reader(500))

    threads = [threading.Thread(target=add, args=(value,)) for value in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = content(opened().read("titanic"))["a"]
    assert found in ([0, *[1] * 5000, *[2] * 5000], [0, *[2] * 5000, *[1] * 5000])


def test_an_interrupt_comes_out_of_a_driver_as_an_interrupt() -> None:
    path = Path("titanic.sqlite")
    with pytest.raises(KeyboardInterrupt), translated_sqlite(path):
        raise NotSupportedError("NOT_IMPLEMENTED") from KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt), translated_duckdb(path):
        raise duckdb.InvalidInputException("Unknown error: . Detail: Python exception: Trace\nKeyboardInterrupt")
    with pytest.raises(StorageError), translated_duckdb(path):
        raise duckdb.InvalidInputException("Unknown error: . Detail: Python exception: Trace\nValueError")
