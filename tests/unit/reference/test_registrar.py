"""The plain registrar and the fast one make the same of the same files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.config.models import DatasetsConfig
from mdm.dataset import registration
from mdm.dataset.detection import Detection, Overrides, detect
from mdm.dataset.reading import ReadingOptions, open_source
from mdm.dataset.registration import rows_of
from mdm.errors import FileError
from mdm.reference import registrar as plain
from tests.unit.dataset.conftest import Write, performance, write

__all__ = ["write"]

NUMBERS = [
    "1",
    "-2",
    "2.5",
    "007",
    "9" * 20,
    " 3",
    "-0",
    "+1",
    "1e5",
    "inf",
    "-Infinity",
    "1.",
    ".5",
    "1e400",
    "0x1F",
    "1_0",
]
DAYS = [
    "2024-01-31",
    "2024-02-30",
    "2024-01-31 10:00",
    "2024-01-31T10",
    "2024-01-31 00:00:00",
    "2024-01-31 10:30:00.1234567",
]
ZONED = ["2024-01-31T10:00Z", "2024-01-31 10:00:00.5+02:00", "2024-01-31T10-0330", "2024-01-31T10:00+24:00"]
ORDERS = [
    "2024/1/5",
    "1/2/2024",
    "13/2/24",
    "2/13/2024",
    "1.2.2024",
    "Jan 5, 2024",
    "5 Sept 69",
    "1/2/2024 10:30 pm",
    "1/2/2024 0:10 am",
]
TEXTS = ["true", "NO", "yes", "x", "a b", "é\u00a0", '"', "a,b", "l\nm", "NA", "", "12:30", "x" * 60, "٣"]
KINDS = [
    NUMBERS,
    NUMBERS[:3],
    ["1", "2", "NA"],
    DAYS,
    DAYS[2:5],
    ZONED[:3],
    ORDERS[1:3],
    ORDERS[4:5],
    ORDERS,
    TEXTS,
    TEXTS[:3],
]
NAMES = ["id", "target", "when", "price", "ticket_id", "note"]


@st.composite
def files(draw: Any) -> list[list[str]]:
    """A header and rows, most columns of one kind of value."""
    columns = [st.sampled_from(draw(st.sampled_from(KINDS))) for _ in range(draw(st.integers(2, 5)))]
    names = draw(st.permutations(NAMES))[: len(columns)]
    return [names, *map(list, draw(st.lists(st.tuples(*columns), min_size=1, max_size=9)))]


def both(path: Path, said: Overrides | None = None, options: ReadingOptions | None = None) -> tuple[Any, Any]:
    """What either says of a file, and the rows that it would store; or its error."""
    return tuple(_one(each, path, said or Overrides(), options) for each in (FAST, PLAIN))  # type: ignore[return-value]


FAST = (open_source, detect, rows_of)
PLAIN = (plain.open_plain, plain.detect, plain.rows_of)


def _one(way: Any, path: Path, said: Overrides, options: ReadingOptions | None) -> tuple[Detection, pa.Table] | str:
    opener, detector, reader = way
    source = opener([path], performance(), options)
    try:
        detection = detector(source, DatasetsConfig.of_defaults(), said)
        table = reader(source, detection).read_all()
    except FileError as error:
        return str(error)
    return detection, (str(table.schema), [[repr(value) for value in column.to_pylist()] for column in table.columns])


@given(rows=files())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_generated_tables(write: Write, rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    fast, slow = both(write("t.csv", text.getvalue()), options=ReadingOptions(delimiter=",", header=True))
    assert slow == fast


@given(
    values=st.lists(
        st.sampled_from([*NUMBERS, *DAYS, *TEXTS[:4], "++5", "-007", "31/1/2024 10:30"]), min_size=1, max_size=5
    )
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize(
    "said", ["integer", "float", "boolean", "text", "date:dmy", "datetime:ymd", "date", "category"]
)
def test_what_is_said_of_a_column(write: Write, values: list[str], said: str) -> None:
    path = write("t.csv", "a,b\n" + "".join(f"{value},1\n" for value in values))
    options = ReadingOptions(delimiter=",", header=True)
    for each in (options, replace(options, on_bad_row="skip")):
        fast, slow = both(path, Overrides({"a": said}), each)
        assert slow == fast


def test_formats_with_types(tmp_path: Path) -> None:
    rows = [
        {"id": n, "x": n / 3, "y": n % 2 == 0, "when": "2024-01-31", "t": None if n % 3 else "a"} for n in range(50)
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    for name in ("t.jsonl", "t.parquet"):
        fast, slow = both(tmp_path / name, Overrides({"id": "float"}))
        assert slow == fast


def test_many_rows_and_values(write: Write) -> None:
    lines = [f"{n},{n * 7919 % 10007 / 8},c{n % 5},{n % 2}" for n in range(6000)]
    fast, slow = both(write("t.csv", "id,x,c,target\n" + "\n".join(lines)))
    assert slow == fast
    assert not fast[0].column("id").exact  # more different values than are counted one by one


def test_bad_rows_are_kept_the_same_way(write: Write, tmp_path: Path) -> None:
    path = write("t.csv", "a,b\n1,2\n1\nx,3\n4,5\n")
    kept = []
    for number, way in enumerate((FAST, PLAIN)):
        options = ReadingOptions(on_bad_row="skip", rejects=tmp_path / str(number))
        assert not isinstance(_one(way, path, Overrides({"a": "integer"}), options), str)
        kept.append((tmp_path / str(number)).read_text())
    assert kept[0] == kept[1]
    assert len(kept[0].splitlines()) == 2


def test_both_have_one_signature() -> None:
    assert plain.register.__annotations__ == registration.register.__annotations__
