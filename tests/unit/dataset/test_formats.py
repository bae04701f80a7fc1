"""Parquet, JSON, Excel, several files, competitions."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mdm.errors import FileError
from tests.unit.dataset.conftest import detected, opened, rows, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Write


class TestParquet:
    @pytest.mark.parametrize(
        ("column", "kind", "expected"),
        [
            pytest.param(pa.array([1, None], pa.int8()), "int64", [1, None], id="int8"),
            pytest.param(pa.array([2**64 - 1], pa.uint64()), "string", ["18446744073709551615"], id="uint64"),
            pytest.param(pa.array([1.5], pa.float32()), "double", [1.5], id="float32"),
            pytest.param(pa.array([Decimal("1.25")]), "double", [1.25], id="decimal"),
            pytest.param(pa.array(["x", None]).dictionary_encode(), "string", ["x", None], id="dictionary"),
            pytest.param(pa.array(["x"], pa.large_string()), "string", ["x"], id="large string"),
            pytest.param(pa.array([b"x"]), "string", ["x"], id="text as bytes"),
            pytest.param(pa.array([[1, 2], None]), "string", ["[1, 2]", None], id="list"),
            pytest.param(pa.array([{"a": 1}]), "string", ['{"a": 1}'], id="structure"),
            pytest.param(pa.nulls(2), "string", [None, None], id="nothing"),
            pytest.param(
                pa.array([1_600_000_000_123_456_789], pa.timestamp("ns")),
                "timestamp[us]",
                [dt.datetime(2020, 9, 13, 12, 26, 40, 123456)],  # noqa: DTZ001
                id="nanoseconds",
            ),
        ],
    )
    def test_types(self, tmp_path: Path, column: pa.Array, kind: str, expected: list[Any]) -> None:
        pq.write_table(pa.table({"c": column}), tmp_path / "t.parquet")
        source = opened(tmp_path / "t.parquet")
        assert str(source.schema.field("c").type) == kind
        assert [row["c"] for row in rows(source)] == expected

    def test_its_types_are_believed(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"code": ["1", "NA"], "day": ["2024-01-31", "2024-02-01"]}), tmp_path / "t.parquet")
        source = opened(tmp_path / "t.parquet")
        assert values(source, detected(source)) == {
            "code": ["1", "NA"],
            "day": [dt.date(2024, 1, 31), dt.date(2024, 2, 1)],
        }

    @pytest.mark.parametrize("content", [b"", b"PAR1 or not"])
    def test_damage_is_told(self, write: Write, content: bytes) -> None:
        with pytest.raises(FileError, match="is damaged"):
            opened(write("t.parquet", content))

    def test_bytes_that_are_no_text_are_refused(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"image": [b"\xff\xd8"]}), tmp_path / "t.parquet")
        with pytest.raises(FileError, match="column image: binary cannot be kept as string"):
            rows(opened(tmp_path / "t.parquet"))


LINES: list[dict[str, Any]] = [
    {"a": 1, "b": "x", "c": 1},
    {"b": "007", "c": 1.5, "d": True},
    {"a": None, "e": [1, {"f": 2}], "big": 2**70},
]


class TestJson:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            pytest.param("t.jsonl", "\n".join(map(json.dumps, LINES)).encode(), id="lines"),
            pytest.param("t.json", json.dumps(LINES, indent=2).encode(), id="array"),
            pytest.param("t.json", json.dumps(LINES).encode("utf-16"), id="utf-16"),
            pytest.param("t.jsonl.gz", gzip.compress("\r\n\n".join(map(json.dumps, LINES)).encode()), id="gzip"),
        ],
    )
    def test_reads(self, write: Write, name: str, content: bytes) -> None:
        source = opened(write(name, content))
        assert {each.name: str(each.type) for each in source.schema} == {
            "a": "int64",
            "b": "string",
            "c": "double",
            "d": "bool",
            "e": "string",
            "big": "string",
        }
        nothing = dict.fromkeys(source.schema.names)
        assert rows(source) == [
            nothing | {"a": 1, "b": "x", "c": 1.0},
            nothing | {"b": "007", "c": 1.5, "d": True},
            nothing | {"e": '[1, {"f": 2}]', "big": str(2**70)},
        ]

    def test_a_large_array_is_read_in_parts(self, write: Write) -> None:
        array = [{"a": number, "text": "[{" * 50} for number in range(30_000)]  # 3 MB
        assert rows(opened(write("t.json", json.dumps(array)))) == array

    def test_bad_lines(self, write: Write, tmp_path: Path) -> None:
        path = write("t.jsonl", '{"a": 1}\n{"a": \n[1]\n{"a": 2}\n')
        with pytest.raises(FileError, match=r't\.jsonl:2: row 2: not a JSON object: \'{"a":\''):
            opened(path)
        source = opened(path, on_bad_row="skip", rejects=tmp_path / "rejected")
        assert rows(source) == [{"a": 1}, {"a": 2}]
        assert source.rejected == len((tmp_path / "rejected").read_text().splitlines()) == 2

    @pytest.mark.parametrize("content", ["", "[]", '[{"a": 1}, {"a": ', '[{"a": 1} oops]'])
    def test_what_is_no_table(self, write: Write, content: str) -> None:
        with pytest.raises(FileError, match=r"holds no data|breaks off or goes wrong|not a JSON object"):
            opened(write("t.json", content))


class TestExcel:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        for row in (
            ["id", "price", "name", "day", "at", "ok", "mixed"],
            [1, 1.5, "x", dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, 5), True, 1],  # noqa: DTZ001
            [2, 2, "NA", dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, 0), False, "one"],  # noqa: DTZ001
            [None] * 7,
            [3, None, "007", None, None, None, None],
        ):
            sheet.append(row)
        book.create_sheet("other").append(["a"])
        book.save(tmp_path / "t.xlsx")
        return tmp_path / "t.xlsx"

    def test_reads(self, path: Path) -> None:
        source = opened(path)
        assert rows(source)[::2] == [
            {
                "id": 1,
                "price": 1.5,
                "name": "x",
                "day": dt.date(2020, 1, 1),
                "ok": True,
                "mixed": "1",
                "at": dt.datetime(2020, 1, 1, 5),  # noqa: DTZ001
            },
            {"id": 3, "price": None, "name": "007", "day": None, "at": None, "ok": None, "mixed": None},
        ]

    def test_sheets_go_by_name(self, path: Path) -> None:
        assert opened(path, sheet="other").schema.names == ["a"]
        with pytest.raises(FileError, match="2 names are given for 1 columns"):
            opened(path, sheet="other", names=("a", "b"))
        with pytest.raises(FileError, match="has no sheet third") as caught:
            opened(path, sheet="third")
        assert "Sheet, other" in str(caught.value)

    def test_damage_is_told(self, write: Write) -> None:
        with pytest.raises(FileError, match="is damaged"):
            opened(write("t.xlsx", b"no workbook"))

    def test_what_is_too_large_is_refused_before_it_is_read(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
            parts.writestr("xl/worksheets/sheet1.xml", bytes(360 * 2**20))
        with pytest.raises(
            FileError, match=r"takes about 1080 MB to read, and performance.memory_limit_mb is 1024\n.*CSV"
        ):
            opened(tmp_path / "t.xlsx")


class TestCompetition:
    TRAIN = "Id,size,Sold\n1,10,0\n2,20,1\n3,30,0\n"
    TEST = "Id,size\n4,40\n5,50\n"
    SAMPLE = "Id,Sold\n4,0\n5,0\n"

    @pytest.mark.parametrize("sample", [True, False], ids=["with sample", "without sample"])
    def test_folder(self, write: Write, sample: bool) -> None:
        folder = write("titanic/train.csv", self.TRAIN).parent
        write("titanic/test.csv", self.TEST)
        write("titanic/data_description.txt", "Id: the number\n\nsize, in metres")
        if sample:
            write("titanic/sample_submission.csv", self.SAMPLE)
        source = opened(folder)
        found = detected(source)
        assert (found.target, found.problem_type, found.id_columns, found.rows) == ("Sold", "binary", ("Id",), 5)
        assert values(source, found) == {
            "Id": [1, 2, 3, 4, 5],
            "size": [10, 20, 30, 40, 50],
            "Sold": [0, 1, 0, None, None],
            "mdm_split": ["train", "train", "train", "test", "test"],
        }

    def test_files_one_by_one(self, write: Write) -> None:
        paths = [write("train.csv", self.TRAIN), write("test.csv.gz", gzip.compress(self.TEST.encode()))]
        assert [row["mdm_split"] for row in rows(opened(paths))] == ["train"] * 3 + ["test"] * 2

    def test_bad_rows_of_both_go_to_one_place(self, write: Write, tmp_path: Path) -> None:
        folder = write("c/train.csv", self.TRAIN + "oops\n").parent
        write("c/test.csv", self.TEST + "oops\n")
        source = opened(folder, on_bad_row="skip", rejects=tmp_path / "rejected")
        assert len(rows(source)) == 5
        assert [json.loads(each)["file"][-9:] for each in (tmp_path / "rejected").read_text().splitlines()] == [
            "train.csv",
            "/test.csv",
        ]

    def test_folder_without_data(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="holds no file of a known format"):
            opened(tmp_path)


def test_parts_of_one_shape_are_one_table(write: Write) -> None:
    paths = [write("p1.csv", "a,b\n1,x\n"), write("p2.csv", "b;a\ny;2\n")]
    assert rows(opened(paths)) == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]
    with pytest.raises(FileError, match=r"p3\.csv: has other columns than .*p1\.csv: b, c"):
        opened([*paths, write("p3.csv", "a,c\n1,x\n")])
