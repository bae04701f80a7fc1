"""CSV files of every sort, with both readers."""

from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.dataset.reading.missing import MARKERS
from mdm.errors import FileError, MdmError
from tests.unit.dataset.conftest import opened, rows

if TYPE_CHECKING:
    from tests.unit.dataset.conftest import Write

both = pytest.mark.parametrize("use_arrow", [True, False], ids=["arrow", "plain"])
AB = [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


def zipped(content: bytes, *names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


@both
@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("t.csv", b"a,b\n1,x\n2,y\n", id="comma"),
        pytest.param("t.csv", b"a,b\n1,x\n2,y", id="no last line end"),
        pytest.param("t.csv", b"\n\na,b\r\n1,x\r\n\r\n2,y\r\n", id="blank lines"),
        pytest.param("t.csv", b"a,b\r1,x\n2,y\r\n", id="mixed line ends"),
        pytest.param("t.csv", b"a;b\n1;x\n2;y\n", id="semicolon"),
        pytest.param("t.tsv", b"a\tb\n1\tx\n2\ty\n", id="tab"),
        pytest.param("t.txt", b"a|b\n1|x\n2|y\n", id="bar"),
        pytest.param("t.csv", b"a, b\n1, x\n2, y\n", id="space after comma"),
        pytest.param("t.csv", b'"a","b"\n"1","x"\n"2","y"\n', id="all quoted"),
        pytest.param("t.csv", b"'a','b'\n'1','x'\n'2','y'\n", id="single quotes"),
        pytest.param("t.csv", b"\xef\xbb\xbfa,b\n1,x\n2,y\n", id="utf-8 mark"),
        pytest.param("t.csv", "a,b\n1,x\n2,y\n".encode("utf-16"), id="utf-16"),
        pytest.param("t.csv", "a,b\n1,x\n2,y\n".encode("utf-16-be"), id="utf-16 without mark"),
        pytest.param("t.csv", "a,b\n1,x\n2,y\n".encode("utf-32"), id="utf-32"),
        pytest.param("t.csv.gz", gzip.compress(b"a,b\n1,x\n2,y\n"), id="gzip"),
        pytest.param("t.csv.bz2", bz2.compress(b"a,b\n1,x\n2,y\n"), id="bzip2"),
        pytest.param("t.csv.zst", pa.compress(b"a,b\n1,x\n2,y\n", "zstd", asbytes=True), id="zstd"),
        pytest.param("t.zip", zipped(b"a,b\n1,x\n2,y\n", "t.csv"), id="zip"),
        pytest.param("t.csv", gzip.compress(b"a,b\n1,x\n2,y\n"), id="gzip under another name"),
    ],
)
def test_reads(write: Write, name: str, content: bytes, use_arrow: bool) -> None:
    assert rows(opened(write(name, content), use_arrow=use_arrow)) == AB


@both
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param('a,b\n1,"x\ny"\n', [{"a": "1", "b": "x\ny"}], id="line end in quotes"),
        pytest.param('a,b\n1,"x ""y"""\n', [{"a": "1", "b": 'x "y"'}], id="quotes in quotes"),
        pytest.param('a,b\n1,"x \\"y\\" z"\n', [{"a": "1", "b": 'x "y" z'}], id="escaped quotes"),
        pytest.param("a,b\n1,x 'y\n", [{"a": "1", "b": "x 'y"}], id="apostrophe"),
        pytest.param('a,b\n1,5" pipe\n', [{"a": "1", "b": '5" pipe'}], id="quote within a value"),
        pytest.param("#a,b\n#1,x\n", [{"#a": "#1", "b": "x"}], id="number sign is no comment"),
        pytest.param("a,b\n1,NA\nNaN,\n", [{"a": "1", "b": None}, {"a": None, "b": None}], id="missing"),
        pytest.param("a,b\n1, x \n", [{"a": "1", "b": " x "}], id="space that is part of the value"),
        pytest.param("a\n1\n2\n", [{"a": "1"}, {"a": "2"}], id="one column"),
        pytest.param(f"a,b\n1,{'x' * 3_000_000}\n", [{"a": "1", "b": "x" * 3_000_000}], id="very long field"),
        pytest.param('"a\nb",c\n1,2\n', [{"a\nb": "1", "c": "2"}], id="line end in a name"),
    ],
)
def test_values(write: Write, content: str, expected: list[dict[str, Any]], use_arrow: bool) -> None:
    assert rows(opened(write("t.csv", content), use_arrow=use_arrow)) == expected


@both
def test_header_only(write: Write, use_arrow: bool) -> None:
    source = opened(write("t.csv", "a,b\n"), use_arrow=use_arrow)
    assert source.schema.names == ["a", "b"]
    assert rows(source) == []


@both
def test_2000_columns(write: Write, use_arrow: bool) -> None:
    names = [f"c{number}" for number in range(2000)]
    lines = [",".join(names), *(",".join(str(row + column) for column in range(2000)) for row in range(20))]
    read = rows(opened(write("t.csv", "\n".join(lines)), use_arrow=use_arrow))
    assert len(read) == 20
    assert read[19]["c1999"] == "2018"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        pytest.param("5.1,3.5,setosa\n4.9,3,setosa\n", ["column_1", "column_2", "column_3"], id="fractions"),
        pytest.param("1,2,3\n4,5,6\n", ["column_1", "column_2", "column_3"], id="numbers alone"),
        pytest.param("country,2019,2020\nFrance,1,2\n", ["country", "2019", "2020"], id="years are names"),
    ],
)
def test_header_or_not(write: Write, content: str, names: list[str]) -> None:
    source = opened(write("t.csv", content))
    assert source.schema.names == names
    assert [notice.kind for notice in source.notices] == (["header"] if names[0] == "column_1" else [])


def test_said_names_and_header(write: Write) -> None:
    path = write("t.csv", "5,x\n6,y\n")
    assert rows(opened(path, header=False, names=("n", "t"))) == [{"n": "5", "t": "x"}, {"n": "6", "t": "y"}]
    assert rows(opened(path, header=True)) == [{"5": "6", "x": "y"}]
    with pytest.raises(FileError, match="1 names are given for 2 columns"):
        opened(path, names=("n",))


class TestEncoding:
    @both
    @pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
    def test_is_assumed_with_a_notice(self, write: Write, encoding: str, use_arrow: bool) -> None:
        text = "a,b\n" + "1,x\n" * 300_000 + ("é,\x81\n" if encoding == "latin-1" else "é,€\n")  # in the last line
        source = opened(write("t.csv", text.encode(encoding)), use_arrow=use_arrow)
        assert f"read as {encoding}" in str(source.notices[0])
        last = pa.Table.from_batches(source.batches()).slice(300_000).to_pylist()
        assert list(last[0].values()) == text.splitlines()[-1].split(",")

    def test_that_is_said_is_checked(self, write: Write) -> None:
        path = write("t.csv", "a,b\né,x\n".encode("cp1252"))
        assert rows(opened(path, encoding="cp1252")) == [{"a": "é", "b": "x"}]
        with pytest.raises(FileError, match="is not encoded in utf-8"):
            opened(path, encoding="utf-8")
        with pytest.raises(FileError, match="unknown encoding utf-9"):
            opened(path, encoding="utf-9")

    def test_zero_bytes_are_no_text(self, write: Write) -> None:
        with pytest.raises(FileError, match=r"t\.csv:3: holds a zero byte"):
            opened(write("t.csv", b"a,b\n1,x\n2,\0y\n"))


class TestBadRows:
    CONTENT = "a,b\n1,x\n2\n3,y,z\n4,w\n"

    @both
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            pytest.param("a,b\n1,x\n2\n", "t.csv:3: row 2: 1 values for 2 columns: nothing for b, the last value is '2'", id="short"),
            pytest.param("a,b\n1,x\n2,y,z\n", "t.csv:3: row 2: 3 values for 2 columns: 'z' comes after b", id="long"),
            pytest.param('a,b\n1,"x\n2,y\n', "t.csv:2: row 1: a quote is opened and never closed", id="open quote"),
            pytest.param('a\n"x\n2\n', "t.csv:2: row 1: a quote is opened and never closed", id="open quote, one column"),
            pytest.param('a,b\n"1\n1","x"\n2\n', "t.csv:4: row 2: 1 values", id="lines are not rows"),
        ],
    )  # fmt: skip
    def test_are_errors_that_name_the_place(self, write: Write, content: str, message: str, use_arrow: bool) -> None:
        with pytest.raises(FileError) as caught:
            rows(opened(write("t.csv", content), use_arrow=use_arrow))
        assert message in str(caught.value)

    @both
    def test_are_kept_aside(self, write: Write, tmp_path: Path, use_arrow: bool) -> None:
        aside = tmp_path / "rejected.jsonl"
        source = opened(write("t.csv", self.CONTENT), use_arrow=use_arrow, on_bad_row="skip", rejects=aside)
        for _ in range(2):  # a second reading starts anew
            assert rows(source) == [{"a": "1", "b": "x"}, {"a": "4", "b": "w"}]
            assert source.rejected == 2
            kept = [json.loads(line) for line in aside.read_text().splitlines()]
            assert [(each["row"], each["values"]) for each in kept] == [(2, ["2"]), (3, ["3", "y", "z"])]

    @both
    def test_far_down_the_good_ones_are_there_once(self, write: Write, use_arrow: bool) -> None:
        lines = [f"{number},x" for number in range(150_000)]
        lines[120_000] = "odd"
        source = opened(write("t.csv", "a,b\n" + "\n".join(lines)), use_arrow=use_arrow, on_bad_row="skip")
        read = pa.Table.from_batches(source.batches()).column("a").to_pylist()
        assert read == [str(number) for number in range(150_000) if number != 120_000]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "holds no data", id="empty"),
        pytest.param(b"\n\r\n\n", "holds no data", id="blank"),
        pytest.param(b"a,b,a\n1,2,3\n", "names of more than one column: a", id="double"),
        pytest.param(b"a,A\n1,2\n", "names of more than one column: a, A", id="double but for case"),
        pytest.param(b"a,,b,\n1,2,3,4\n", "columns without a name: 2, 4", id="empty names"),
        pytest.param(zipped(b"a\n", "x.csv", "y.csv"), "holds 2 files: x.csv, y.csv", id="two files in a zip"),
        pytest.param(gzip.compress(b"a,b\n" * 100_000)[:150], "is damaged", id="broken gzip"),
    ],
)
def test_what_cannot_be_opened(write: Write, content: bytes, message: str) -> None:
    name = "t.zip" if content.startswith(b"PK") else "t.csv"
    with pytest.raises(FileError, match=message):
        opened(write(name, content))


def test_missing_and_foreign_files(tmp_path: Path, write: Write) -> None:
    with pytest.raises(FileError, match="no such file"):
        opened(tmp_path / "nothing.csv")
    with pytest.raises(MdmError, match="unknown format"):
        opened(write("t.pdf", b"x"))


@pytest.mark.parametrize("use_arrow", [True, False])
@pytest.mark.parametrize("chunk_size", [1000, 4096, 100_000])
def test_chunks(write: Write, chunk_size: int, use_arrow: bool) -> None:
    source = opened(write("t.csv", "a,b\n" + "1,x\n" * 10_500), use_arrow=use_arrow)
    sizes = [batch.num_rows for batch in source.batches(chunk_size)]
    assert sum(sizes) == 10_500
    assert set(sizes[:-1]) <= {chunk_size}
    assert sizes[-1] <= chunk_size


def test_checksum(write: Write) -> None:
    one, two = write("a.csv", "a,b\n1,x\n"), write("b.csv", "a,b\n2,y\n")
    assert opened(one).checksum() == hashlib.sha256(b"a,b\n1,x\n").hexdigest()
    assert opened([one, two]).checksum() != opened([two, one]).checksum()


plain_text = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="'\ue000\ufeff\x85\u2028\u2029"), max_size=6
)
values = st.one_of(plain_text, st.sampled_from(['"', "a,b", "x\ny", "\r\n", ";", "\t", "it's", "#", "NA", "1.5", " x"]))


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 5))
    body = draw(st.lists(st.lists(values, min_size=width, max_size=width), min_size=1, max_size=8))
    return [[f"name{number}" for number in range(width)], *body]


@settings(deadline=None, max_examples=100)
@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_law_what_was_written_is_read(
    table: list[list[str]], delimiter: str, end: str, encoding: str, quoting: Any
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    expected = [
        dict(zip(table[0], (None if each in MARKERS else each for each in row), strict=True)) for row in table[1:]
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        for use_arrow in (True, False):
            source = opened(path, use_arrow=use_arrow, delimiter=delimiter, encoding=encoding)
            assert rows(source) == expected


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("ab,;\"'\\ \n\r1é"), max_size=40), st.sampled_from(["", "a,b\n"]))
def test_law_both_readers_agree_on_anything(text: str, start: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes((start + text).encode())
        assert outcome(path, use_arrow=True) == outcome(path, use_arrow=False)


def outcome(path: Path, *, use_arrow: bool) -> Any:
    try:
        source = opened(path, use_arrow=use_arrow)
        return source.schema, rows(source)
    except FileError as error:
        return str(error)
