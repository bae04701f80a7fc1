"""Datasets as files: every format and compression, read back; whole, or the old file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mdm.client import Client
from mdm.config.models import ExportConfig, MDMConfig
from mdm.dataset.exporting import Compression, Format, Target, export, target_of
from mdm.errors import FileError, UsageError

from .conftest import Write

TEXT = (
    "id,fare,when,day,flag,note\n"
    '1,1.5,2024-01-31 10:30:00,2024-01-31,true,"a, ""b"""\n'
    "2,,,2024-02-01,,\n"
    '3,-1e300,2024-01-31 10:30:00.000001,,false,"line\nend ü"\n'
) + "".join(f"{i},{i / 7},2024-03-01 00:00:01,2024-03-01,true,x{i}\n" for i in range(4, 2500))
FORMATS: tuple[Format, ...] = ("csv", "json", "parquet")
COMPRESSIONS: tuple[Compression, ...] = ("none", "gzip", "zip", "zstd")


@pytest.fixture
def client(tmp_path: Path, write: Write) -> Client:
    client = Client(MDMConfig(paths={"home": tmp_path / "home"}, performance={"chunk_size": 1000}))
    client.register("rows", write("rows.csv", TEXT), types={"note": "text"})
    return client


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_is_exported_registers_as_the_same(
    client: Client, tmp_path: Path, form: Format, compression: Compression
) -> None:
    done = client.export("rows", tmp_path, form, compression, metadata=False)
    assert done.size == done.target.path.stat().st_size
    client.register("again", done.target.path, types={"note": "text"})
    assert client.load("again").equals(client.load("rows"))


@pytest.mark.parametrize("compression", ["gzip", "zip", "zstd"])
def test_the_level_counts_and_the_bytes_are_the_same_each_time(
    client: Client, tmp_path: Path, compression: Compression
) -> None:
    def exported(level: int) -> bytes:
        client.config.performance.compression_level = level
        return client.export("rows", tmp_path / f"out{level}", "csv", compression).target.path.read_bytes()

    assert exported(9) == exported(9)
    assert exported(9) != exported(1)


@pytest.mark.parametrize(("compression", "codec"), [("zip", "GZIP"), ("zstd", "ZSTD"), ("none", "UNCOMPRESSED")])
def test_parquet_is_compressed_inside(client: Client, tmp_path: Path, compression: Compression, codec: str) -> None:
    path = client.export("rows", tmp_path / "rows.parquet", compression=compression).target.path
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == codec


def test_groups_of_parquet_are_larger_than_the_chunks_that_are_read(client: Client, tmp_path: Path) -> None:
    exported = pq.ParquetFile(client.export("rows", tmp_path / "rows.parquet").target.path).metadata
    assert exported.num_rows > 2 * client.config.performance.chunk_size
    assert exported.num_row_groups == 1


@pytest.mark.parametrize(
    ("output", "form", "compression", "expected"),
    [
        (None, None, None, ("rows.csv.zip", "csv", "zip")),
        (None, "json", "zstd", ("rows.jsonl.zst", "json", "zstd")),
        (None, "parquet", None, ("rows.parquet", "parquet", "zip")),
        ("a.csv", None, None, ("a.csv", "csv", "none")),
        ("A.JSON.GZ", None, None, ("A.JSON.GZ", "json", "gzip")),
        ("a.parquet", None, None, ("a.parquet", "parquet", "zip")),
        ("a.csv", "json", "gzip", ("a.csv", "json", "gzip")),
    ],
)
def test_what_is_said_counts_then_the_name_then_the_settings(
    output: str | None, form: Format | None, compression: Compression | None, expected: tuple[str, str, str]
) -> None:
    target = target_of("rows", Path(output) if output else None, form, compression, ExportConfig())
    assert (str(target.path), target.format, target.compression) == expected


def test_the_description_lies_beside(client: Client, tmp_path: Path) -> None:
    done = client.export("rows", tmp_path / "rows.csv")
    assert done.metadata == tmp_path / "rows.csv.metadata.json"
    found = json.loads(done.metadata.read_text())
    digest = hashlib.sha256((tmp_path / "rows.csv").read_bytes()).hexdigest()
    assert found["export"]["checksum"] == f"sha256:{digest}"
    assert found["dataset"]["kinds"]["id"] == "identifier"
    client.config.export.include_metadata = False
    assert client.export("rows", tmp_path / "other.csv").metadata is None


def test_what_fails_halfway_leaves_the_old_file(tmp_path: Path) -> None:
    def batches() -> object:
        yield pa.record_batch({"a": [1, 2]})
        raise ValueError("lost")

    rows = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="lost"):
        export(rows, Target(path, "csv", "gzip"), 6)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said(client: Client, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file or folder"):
        client.export("rows", tmp_path / "none" / "rows.csv")
    rows = pa.table({"a": [b"x"]}).to_reader()
    with pytest.raises(UsageError, match="column a: CSV has no binary"):
        export(rows, Target(tmp_path / "a.csv", "csv", "none"), 6)


def test_a_table_without_rows_has_its_header(tmp_path: Path) -> None:
    rows = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}).to_reader()
    export(rows, Target(tmp_path / "a.csv", "csv", "none"), 6)
    assert (tmp_path / "a.csv").read_text() == "a,b\n"


def test_a_missing_value_of_the_only_column_is_a_row(client: Client, tmp_path: Path, write: Write) -> None:
    client.register("one", write("one.jsonl", '{"a": 1}\n{"a": null}\n{"a": 3}\n'))
    path = client.export("one", tmp_path / "one.csv").target.path
    client.register("again", path)
    assert client.load("again").rows() == [(1,), (None,), (3,)]
