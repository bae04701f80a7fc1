"""The ceiling on memory, seen as the peak of a process above what its imports take."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT = 256

CHILD = """
import json, sys
from pathlib import Path
import pandas, polars, pyarrow.compute, pyarrow.csv, pyarrow.parquet  # Arrow loads pandas where there is one
from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.storage.registry import open_storage

folder, file, backend, limit = sys.argv[1:]
config = MDMConfig(paths={"home": folder}, performance={"memory_limit_mb": int(limit)})

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

with open_storage(config, backend), Client(config) as client:
    bare = peak()
    info = client.register("long", file, backend=backend)
    loaded = peak() - bare
    client.export("long", Path(folder) / "long.csv", metadata=False)
    print(json.dumps([info.tables[0].rows, loaded, peak() - bare, Path(folder, "long.csv").stat().st_size]))
"""


@pytest.mark.setting("performance.memory_limit_mb")
@pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read from /proc")
@pytest.mark.parametrize("backend", ["sqlite", "duckdb"])
def test_loading_and_export_stay_under_the_limit(tmp_path: Path, backend: str) -> None:
    path, rows = tmp_path / "long.csv", 80_000
    with path.open("w") as file:
        file.write("id,text\n")
        file.writelines(f"{number},{number % 977:09}{'a remark of some length ' * 160}\n" for number in range(rows))
    assert path.stat().st_size > 1.1 * LIMIT * 2**20
    line = [sys.executable, "-c", CHILD, str(tmp_path / "home"), str(path), backend, str(LIMIT)]
    (tmp_path / "home").mkdir()
    read, loaded, exported, size = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    assert (read, size) == (rows, path.stat().st_size)
    assert max(loaded, exported) < LIMIT, (loaded, exported)
