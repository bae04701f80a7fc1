"""What is detected of the columns of a table."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.config.models import DatasetsConfig
from mdm.dataset.detection import Detection, Overrides, detect
from mdm.dataset.detection.candidates import Candidates
from mdm.dataset.reading import open_source
from mdm.errors import FileError, UsageError
from tests.unit.dataset.conftest import detected, opened, performance, rows, values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mdm.dataset.reading import Source
    from tests.unit.dataset.conftest import Write


def source_of(write: Write, **columns: Sequence[Any]) -> Source:
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return opened(write("t.csv", "\n".join(lines) + "\n"), header=True)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("texts", "kind", "expected"),
    [
        pytest.param(["1", "-2", ""], "int64", [1, -2, None], id="integers"),
        pytest.param(["9223372036854775807"], "int64", [2**63 - 1], id="the largest integer"),
        pytest.param(["9223372036854775808", "1"], "string", ["9223372036854775808", "1"], id="beyond int64"),
        pytest.param(["007", "8"], "string", ["007", "8"], id="leading zeros"),
        pytest.param(["+49", "8"], "string", ["+49", "8"], id="plus"),
        pytest.param(["0x1F"], "string", ["0x1F"], id="hexadecimal"),
        pytest.param(["1.000.000"], "string", ["1.000.000"], id="separators of thousands"),
        pytest.param([" 1", "2 "], "int64", [1, 2], id="padded"),
        pytest.param(["1", "2.5", "1e3", "inf"], "double", [1.0, 2.5, 1000.0, float("inf")], id="floats"),
        pytest.param(["1.5", "99999999999999999999"], "double", [1.5, 1e20], id="large among floats"),
        pytest.param(["1.5", "007"], "string", ["1.5", "007"], id="leading zeros among floats"),
        pytest.param(["true", "FALSE", "Yes", "no"], "bool", [True, False, True, False], id="booleans"),
        pytest.param(["true", "1"], "string", ["true", "1"], id="no booleans"),
        pytest.param(["1", "x"], "string", ["1", "x"], id="mixed"),
        pytest.param(["NA", "", "null"], "string", [None, None, None], id="all missing"),
        pytest.param(["2024-01-31"], "date32[day]", [day("2024-01-31")], id="date"),
        pytest.param(["2024-02-30"], "string", ["2024-02-30"], id="no such day"),
        pytest.param(["2024-01-31 00:00:00"], "date32[day]", [day("2024-01-31")], id="midnight"),
        pytest.param(
            ["2024-01-31T10:30", "2024-02-01"],
            "timestamp[us]",
            [time("2024-01-31T10:30"), time("2024-02-01")],
            id="date and time",
        ),
        pytest.param(
            ["2024-01-31T10:30:00+02:00"], "timestamp[us, tz=UTC]", [time("2024-01-31T08:30:00+00:00")], id="zone"
        ),
        pytest.param(["1/2/2024", "2024-01-31"], "string", ["1/2/2024", "2024-01-31"], id="orders mixed"),
        pytest.param(["2024/1/5", "2024.01.06"], "date32[day]", [day("2024-01-05"), day("2024-01-06")], id="ymd"),
        pytest.param(["1/2/2024", "31/1/2024"], "date32[day]", [day("2024-02-01"), day("2024-01-31")], id="dmy"),
        pytest.param(["1/2/2024", "1/31/24"], "date32[day]", [day("2024-01-02"), day("2024-01-31")], id="mdy"),
        pytest.param(["1.2.2024"], "date32[day]", [day("2024-02-01")], id="points put the day first"),
        pytest.param(
            ["5 Jan 2024", "06-February-24"], "date32[day]", [day("2024-01-05"), day("2024-02-06")], id="names"
        ),
        pytest.param(
            ["1/31/2024 12:05 AM", "1/31/2024 3:00:01 pm"],
            "timestamp[us]",
            [time("2024-01-31T00:05"), time("2024-01-31T15:00:01")],
            id="halves of the day",
        ),
        pytest.param(["1.2.3", "10.0.0.1"], "string", ["1.2.3", "10.0.0.1"], id="versions"),
        pytest.param(["12:30"], "string", ["12:30"], id="time of day"),
    ],
)
def test_types_and_values(write: Write, texts: list[str], kind: str, expected: list[Any]) -> None:
    source = source_of(write, a=texts, b=range(len(texts)))
    found = detected(source)
    assert found.column("a").type == kind
    assert values(source, found)["a"] == expected
    assert found.column("a").missing == expected.count(None)


def test_the_last_row_counts(write: Write) -> None:
    many = 120_000
    source = source_of(write, a=[*range(many), "x"], b=[*range(many), 0.5], c=["1/2/2024"] * many + ["13/2/2024"])
    found = detected(source)
    assert [each.type for each in found.columns] == ["string", "double", "date32[day]"]
    assert found.column("c").format == "dmy"
    assert not found.notices


def test_ambiguous_dates_are_told(write: Write) -> None:
    source = source_of(write, a=["1/2/2024", "3/4/2024"], b=[1, 2])
    found = detected(source)
    assert str(found.notices[0]).startswith("a: day and month cannot be told apart, read month first")
    corrected = detected(source, types={"a": "date:dmy"})
    assert values(source, corrected)["a"] == [day("2024-02-01"), day("2024-04-03")]
    assert not corrected.notices


COLORS = ["red", "green", "blue"] * 20
LONG = [f"{number} and a sentence of many words that is longer than fifty letters" for number in range(60)]


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        pytest.param("color", COLORS, "category", id="few texts"),
        pytest.param("rooms", [1, 2, 3] * 20, "category", id="few integers"),
        pytest.param("size", [number * 7 % 59 for number in range(60)], "integer", id="integers"),
        pytest.param("size", [number / 8 for number in range(60)], "float", id="floats"),
        pytest.param("review", LONG, "text", id="long texts"),
        pytest.param("city", [f"town {number % 30}" for number in range(60)], "text", id="many short texts"),
        pytest.param("user_id", [number * 31 for number in range(60)], "identifier", id="named so"),
        pytest.param("customerId", [number % 30 for number in range(60)], "identifier", id="named so, repeated"),
        pytest.param("n", [60 - number for number in range(60)], "identifier", id="numbers of rows"),
        pytest.param("code", [f"{number:08x}" for number in range(1000, 1060)], "identifier", id="codes"),
        pytest.param("at", ["2024-01-01 10:00"] * 60, "datetime", id="times"),
        pytest.param("flag", ["yes", "no"] * 30, "boolean", id="booleans"),
    ],
)
def test_kinds(write: Write, name: str, column: list[Any], kind: str) -> None:
    assert detected(source_of(write, **{name: column, "z": COLORS})).column(name).kind == kind


@pytest.mark.parametrize(
    ("setting", "column", "before", "after"),
    [
        pytest.param({"categorical_threshold": 2}, COLORS, "category", "text", id="categorical_threshold"),
        pytest.param({"text_min_avg_length": 500}, LONG, "text", "text", id="text_min_avg_length"),
        pytest.param({"detect_datetime": False}, ["2024-01-01"] * 60, "date", "category", id="detect_datetime"),
    ],
)
def test_settings_take_effect(
    write: Write, setting: dict[str, Any], column: list[Any], before: str, after: str
) -> None:
    source = source_of(write, a=column, b=COLORS)
    assert detected(source).column("a").kind == before
    assert detected(source, setting).column("a").kind == after


def test_text_min_avg_length_tells_text_from_category(write: Write) -> None:
    source = source_of(write, a=["some short words", "other words"], b=[1, 2])
    assert detected(source).column("a").kind == "category"
    assert detected(source, {"text_min_avg_length": 5}).column("a").kind == "text"


@pytest.mark.parametrize(
    ("name", "column", "problem"),
    [
        pytest.param("Survived", [0, 1] * 30, "binary", id="two integers"),
        pytest.param("label", ["cat", "dog"] * 30, "binary", id="two texts"),
        pytest.param("y", ["true", "false"] * 30, "binary", id="booleans"),
        pytest.param("species", COLORS, "multiclass", id="three texts"),
        pytest.param("class", [1, 2, 3] * 20, "multiclass", id="three integers"),
        pytest.param("SalePrice", [number * 1000 for number in range(60)], "regression", id="integers"),
        pytest.param("price", [number / 8 for number in range(60)], "regression", id="floats"),
        pytest.param("target", [1] * 60, "none", id="constant"),
    ],
)
def test_target_and_problem(write: Write, name: str, column: list[Any], problem: str) -> None:
    found = detected(source_of(write, a=random.Random(1).sample(range(1000), 60), **{name: column}))
    assert (found.target, found.problem_type) == (name, problem)


def test_no_target(write: Write) -> None:
    found = detected(source_of(write, a=[1, 2], b=[3, 4]))
    assert (found.target, found.problem_type) == (None, "none")


class TestLeakage:
    @pytest.mark.parametrize(
        ("target", "leak", "why"),
        [
            pytest.param([0, 1, 1, 0, 1] * 20, ["no", "yes", "yes", "no", "yes"] * 20, "correlation", id="yes and no"),
            pytest.param([0, 1, 2, 0, 1] * 20, ["x", "y", "z", "x", "y"] * 20, "goes with one value", id="one to one"),
            pytest.param(
                [n * n for n in range(100)], [n * n * 2.54 for n in range(100)], "correlation", id="in inches"
            ),
        ],
    )
    def test_is_told(self, write: Write, target: list[Any], leak: list[Any], why: str) -> None:
        noise = random.Random(2).sample(range(10_000), 100)
        found = detected(source_of(write, noise=noise, leak=leak, target=target))
        assert [(each.kind, each.where) for each in found.notices] == [("leakage", "leak")]
        assert why in str(found.notices[0])

    def test_texts_alone_do_not_correlate(self, write: Write) -> None:
        assert detected(source_of(write, label=[1, 2, 3, 1], city=["a", "a", "b", "b"])).notices == ()

    def test_unique_columns_are_no_leak(self, write: Write) -> None:
        some = random.Random(3)
        found = detected(source_of(write, id=range(100), price=[some.random() for _ in range(100)]))
        assert not found.notices


class TestOverrides:
    def test_count(self, write: Write) -> None:
        source = source_of(write, a=["007", "008"], b=[1, 2], c=[1, 2], d=["2024-01-01", "2024-01-02"])
        types = {"a": "integer", "b": "text", "c": "category", "d": "datetime"}
        found = detected(source, types=types, target="c", problem_type="regression", id_columns=("b",))
        assert [each.kind for each in found.columns] == list(types.values())
        assert [each.type for each in found.columns] == ["int64", "string", "int64", "timestamp[us]"]
        assert (found.target, found.problem_type, found.id_columns) == ("c", "regression", ("b",))
        assert values(source, found)["a"] == [7, 8]

    def test_unknown_ones_are_refused(self, write: Write) -> None:
        source = source_of(write, price=[1, 2], b=[1, 2])
        with pytest.raises(UsageError) as caught:
            detected(source, types={"prise": "float", "b": "flaot"}, target="nothing")
        assert "unknown column prise\n  hint: did you mean price?" in str(caught.value)
        assert "unknown type flaot\n  hint: did you mean float?" in str(caught.value)
        assert "unknown column nothing" in str(caught.value)

    def test_values_that_do_not_fit_are_named(self, write: Write, tmp_path: Path) -> None:
        path = write("t.csv", "a,b\n1,x\n2,y\noops,z\n3,w\n")
        with pytest.raises(FileError, match=r"t\.csv: row 3: column a: 'oops' is not of type int64"):
            detected(opened(path), types={"a": "integer"})
        source = opened(path, on_bad_row="skip", rejects=tmp_path / "rejected")
        found = detected(source, types={"a": "integer"})
        assert values(source, found)["a"] == [1, 2, 3]
        assert json.loads((tmp_path / "rejected").read_text())["values"] == ["oops", "z"]

    def test_thousands_of_values_that_do_not_fit(self, write: Write, tmp_path: Path) -> None:
        lines = [f"{'oops' if number % 2 else number},{'x' if number % 3 else number}" for number in range(6000)]
        path = write("t.csv", "a,b\n" + "\n".join(lines))
        source = opened(path, on_bad_row="skip", rejects=tmp_path / "rejected")
        found = detected(source, types={"a": "integer", "b": "integer"})
        assert values(source, found)["b"] == list(range(0, 6000, 6))
        kept = [json.loads(line)["row"] for line in (tmp_path / "rejected").read_text().splitlines()]
        assert sorted(kept) == [number + 1 for number in range(6000) if number % 6]


def test_a_target_of_numbers_among_texts(write: Write) -> None:
    assert detected(source_of(write, a=["x", "y"], target=[1, 2])).target == "target"


def test_a_chunk_without_values(write: Write) -> None:
    path = write("t.csv", "a,b\n" + "1/2/2024,1\n" + ",1\n" * 2000)
    source = open_source(path, performance(chunk_size=1000))
    found = detected(source)
    assert sum(value is not None for value in values(source, found)["a"]) == 1


def test_as_json_and_back(write: Write) -> None:
    found = detected(source_of(write, id=range(60), day=["1/2/2024"] * 60, y=COLORS))
    assert Detection.from_dict(json.loads(json.dumps(found.as_dict()))) == found


NUMBERS = ["1", "2.5", "007", "9" * 20, "1e5", " 3", "-0", "+1"]
DATES = ["2024-01-31", "2024-01-31 10:00", "2024-01-31T10:00Z", "2024/1/5", "1/2/2024", "13/2/2024", "2/13/2024"]
TEXTS = st.sampled_from([*NUMBERS, *DATES, "1.2.2024", "Jan 5, 2024", "true", "no", "", "x"])


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=8), st.randoms(), st.integers(1, 4))
def test_law_order_and_chunks_do_not_matter(texts: list[str], some: random.Random, size: int) -> None:
    shuffled = some.sample(texts, len(texts))
    assert decided(texts, len(texts)) == decided(shuffled, size)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.text("0179-+x. e", min_size=1, max_size=5), min_size=1, max_size=3))
def test_law_numbers_are_those_that_python_would_write(texts: list[str]) -> None:
    bare = [text.strip() for text in texts]
    whole = all(re.fullmatch(r"0|-?[1-9]\d*", text) for text in bare)
    number = all(re.fullmatch(r"(-?(0|[1-9]\d*)(\.\d*)?|-?\.\d+)(e[+-]?\d+)?", text) for text in bare)
    form, _ = decided(texts, len(texts))[0]
    assert (form == "integer", form in {"integer", "float"}) == (whole, number)


def decided(texts: list[str], size: int) -> Any:
    candidates = Candidates()
    present = [text for text in texts if text]
    for start in range(0, len(present), size):
        candidates.take(pa.array(present[start : start + size], pa.string()))
    return candidates.result(), candidates.ambiguous


def test_chunks_do_not_matter(write: Write) -> None:
    some = random.Random(4)
    columns: dict[str, list[Any]] = {
        "id": list(range(6000)),
        "x": [some.random() for _ in range(6000)],
        "c": some.choices("abcdef", k=6000),
        "n": some.choices(range(100_000), k=6000),
        "y": some.choices([0, 1, ""], k=6000),
    }
    source = source_of(write, **columns)
    order = some.sample(range(6000), 6000)
    shuffled = source_of(lambda _, text: write("s.csv", text), **{k: [v[i] for i in order] for k, v in columns.items()})
    assert detected(source) == detected(shuffled)


@pytest.mark.parametrize("use_arrow", [True, False])
def test_both_readers_give_the_same(write: Write, use_arrow: bool) -> None:
    some = random.Random(5)
    lines = [f'{n},"a ""{n % 7}""",{some.random()},{"" if n % 3 else n},2024-01-{n % 28 + 1:02}' for n in range(5000)]
    path = write("t.csv", "id,t,x,m,d\n" + "\n".join(lines))
    plain, either = opened(path, use_arrow=False), opened(path, use_arrow=use_arrow)
    found = detect(either, DatasetsConfig.of_defaults(), Overrides())
    assert found == detected(plain)
    assert values(either, found) == values(plain, found)
    assert rows(either) == rows(plain)
