"""Datasets from Python, in files of either kind."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import mdm
from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.dataset.reading import ReadingOptions
from mdm.dataset.registration import detection_of
from mdm.errors import DatasetError, FileError, StorageError, UsageError
from mdm.integrations.extras import MissingExtraError

from .conftest import Write

ROWS = [(number, f"name {number}", number % 3, number / 2 if number % 5 else None) for number in range(1, 2501)]
TEXT = "id,name,label,fare\n" + "".join(f"{i},{n},{g},{'' if f is None else f}\n" for i, n, g, f in ROWS)


@pytest.fixture
def config(tmp_path: Path) -> MDMConfig:
    return MDMConfig(paths={"home": tmp_path / "home"}, performance={"chunk_size": 1000})


@pytest.fixture(params=["sqlite", "duckdb"])
def client(request: pytest.FixtureRequest, config: MDMConfig) -> Client:
    config.database.default_backend = request.param
    return Client(config)


@pytest.fixture
def file(write: Write) -> Path:
    return write("rows.csv", TEXT)


def test_what_is_registered_is_detected_described_and_read_back(client: Client, file: Path) -> None:
    info = client.register("rows", file, tags=["small", "made up"], description="numbers")
    assert client.info("rows") == info
    assert (info.backend, info.target, info.problem_type) == (
        client.config.database.default_backend,
        "label",
        "multiclass",
    )
    assert dict(info.kinds) == {"id": "identifier", "name": "text", "label": "category", "fare": "float"}
    assert (info.tags, info.description) == (("small", "made up"), "numbers")
    assert info.tables[0].rows == 2500
    [source] = info.sources
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (source.path, source.checksum, source.size) == (str(file), f"sha256:{digest}", file.stat().st_size)
    frame = client.load("rows")
    assert frame.rows() == ROWS
    assert client.arrow("rows", ["fare", "id"]).column_names == ["fare", "id"]
    detection = detection_of(info)
    assert detection is not None
    assert detection.column("fare").missing == 500


@pytest.mark.parametrize(("rows", "sizes"), [(None, [1000, 1000, 500]), (2000, [2000, 500])])
def test_batches_have_the_rows_that_are_wanted(client: Client, file: Path, rows: int | None, sizes: list[int]) -> None:
    client.register("rows", file)
    batches = list(client.iter_batches("rows", rows=rows))
    assert [len(batch) for batch in batches] == sizes
    assert pa.Table.from_batches(batches) == client.arrow("rows")


def test_what_is_said_is_not_detected(client: Client, write: Write) -> None:
    path = write("t.csv", "a,b,when\n1,x,1/2/2024\n2,y,3/4/2024\n")
    info = client.register(
        "t", path, target="a", problem_type="regression", types={"when": "date:mdy", "b": "text"}, id_columns=["b"]
    )
    assert (info.target, info.problem_type, info.kinds["b"]) == ("a", "regression", "text")
    assert [str(day) for day in client.load("t")["when"]] == ["2024-01-02", "2024-03-04"]
    assert client.register("t", path, target="", force=True).target is None


def test_wrong_names_are_told_together_and_nothing_is_stored(client: Client, file: Path) -> None:
    wrong: Any = "regresion"
    with pytest.raises(UsageError) as caught:
        client.register("rows", file, target="lable", problem_type=wrong, types={"id": "txt"})
    assert [problem.hint for problem in caught.value.problems] == [
        "did you mean label?",
        "did you mean text?",
        "did you mean regression?",
    ]
    assert client.list() == ()


def test_a_name_is_taken_in_every_backend(client: Client, file: Path) -> None:
    client.register("rows", file)
    other = "duckdb" if client.config.database.default_backend == "sqlite" else "sqlite"
    for backend in (None, "sqlite", "duckdb"):
        with pytest.raises(DatasetError, match="exists already"):
            client.register("rows", file, backend=backend)
    with pytest.raises(DatasetError, match="lies in"):
        client.register("rows", file, backend=other, force=True)


def test_force_replaces_where_the_dataset_lies(config: MDMConfig, file: Path, write: Write) -> None:
    client = Client(config)
    client.register("rows", file, backend="duckdb")
    info = client.register("rows", write("new.csv", "a,b\n1,2\n"), force=True)
    assert (info.backend, client.load("rows").rows()) == ("duckdb", [(1, 2)])


def test_the_list_holds_all_backends_and_warns_of_what_is_damaged(config: MDMConfig, file: Path) -> None:
    client = Client(config)
    client.register("b", file, backend="duckdb")
    client.register("a", file)
    assert [(info.name, info.backend) for info in client.list()] == [("a", "sqlite"), ("b", "duckdb")]
    assert [info.name for info in client.list("duckdb")] == ["b"]
    (config.paths.datasets_path / "c.sqlite").write_bytes(b"not a database" * 100)
    with pytest.warns(UserWarning, match=r"c\.sqlite: is not a database"):
        assert len(client.list()) == 2


def test_a_query_reads_and_changes_nothing(client: Client, file: Path) -> None:
    client.register("rows", file)
    assert client.sql("rows", "SELECT label, count(*) FROM data GROUP BY 1 ORDER BY 1;\n").rows()[0] == (0, 833)
    with pytest.raises(StorageError):
        client.sql("rows", "DELETE FROM data")
    assert client.load("rows").height == 2500


def test_columns_of_a_result_have_names_of_their_own(config: MDMConfig, file: Path) -> None:
    client = Client(config)
    client.register("rows", file, backend="duckdb")
    with pytest.raises(DatasetError, match="columns of one name in the result: id"):
        client.sql("rows", "SELECT id, id FROM data")


def test_what_is_removed_is_gone_and_a_near_name_is_told(client: Client, file: Path) -> None:
    client.register("rows", file)
    with pytest.raises(DatasetError, match="did you mean rows"):
        client.remove("row")
    client.remove("rows")
    assert client.list() == ()
    with pytest.raises(DatasetError, match="mdm dataset list"):
        client.info("rows")
    assert file.exists()


def test_bad_rows_are_an_error_or_left_out(client: Client, write: Write, tmp_path: Path) -> None:
    path = write("bad.csv", "a,b\n1,2\n3\n4,5\n")
    with pytest.raises(FileError, match="row 2"):
        client.register("bad", path)
    assert client.list() == ()
    info = client.register("bad", path, options=ReadingOptions(on_bad_row="skip", rejects=tmp_path / "rejects.jsonl"))
    assert (client.load("bad").rows(), info.notes["rejected"]) == ([(1, 2), (4, 5)], 1)
    assert (tmp_path / "rejects.jsonl").read_text().count("\n") == 1


def test_pandas_is_asked_for_where_it_is_missing(client: Client, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client.register("rows", file)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        client.pandas("rows")


def test_the_package_alone_imports_nothing_of_the_data() -> None:
    code = "import sys, mdm, mdm.config; print('polars' in sys.modules, 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
    assert mdm.Client is Client
