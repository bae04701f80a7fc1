"""Updates: rows of more files in the types that are stored, and what follows from them as if all had come at once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.dataset.reading import ReadingOptions
from mdm.dataset.registration import detection_of
from mdm.errors import DatasetError, FileError, UsageError

from .conftest import Write

HEADER = "id,day,fare,code\n"


def lines(start: int, end: int) -> str:
    return "".join(f"{i},{1 + i % 28}/{1 + i % 12}/2024,{i / 4},c{i % 7}\n" for i in range(start, end))


@pytest.fixture(params=["sqlite", "duckdb"])
def client(request: pytest.FixtureRequest, tmp_path: Path, write: Write) -> Client:
    client = Client(MDMConfig(paths={"home": tmp_path / "home"}, database={"default_backend": request.param}))
    client.register("rows", write("one.csv", HEADER + lines(0, 60)), tags=["new"], target="code")
    return client


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(20, 90), st.sampled_from([{}, {"stratify": "code"}, {"group": "code"}, {"time": "day"}]))
def test_rows_added_later_are_as_if_all_had_come_at_once(
    tmp_path: Path, write: Write, place: int, said: dict[str, str]
) -> None:
    with Client(MDMConfig(paths={"home": tmp_path / "home"})) as client:
        client.register("late", write("a.csv", HEADER + lines(0, place)), target="code", force=True)
        client.split("late", **said)  # type: ignore[arg-type]
        late = client.update("late", write("b.csv", HEADER + lines(place, 100)))
        client.register("once", write("all.csv", HEADER + lines(0, 100)), target="code", force=True)
        client.split("once", **said)  # type: ignore[arg-type]
        once = client.info("once")
        assert client.arrow("late") == client.arrow("once")
    assert (late.notes["split"], late.tables) == (once.notes["split"], once.tables)
    figures = [
        [(c.name, c.missing, c.distinct) for c in found.columns] for i in (late, once) if (found := detection_of(i))
    ]
    assert figures[0] == figures[1]


def test_files_are_remembered_and_not_taken_twice(client: Client, write: Write) -> None:
    path = write("two.csv", HEADER + lines(60, 70))
    info = client.update("rows", path)
    assert [Path(source.path).name for source in info.sources] == ["one.csv", "two.csv"]
    with pytest.raises(DatasetError, match=r"two.csv: the rows of this file are there already\n  hint: --force"):
        client.update("rows", path)
    assert client.update("rows", path, force=True).tables[0].rows == 80
    assert client.info("rows").revision != info.revision


def test_a_value_that_does_not_fit_is_named_and_nothing_is_added(client: Client, write: Write) -> None:
    before = client.info("rows")
    bad = write("bad.csv", HEADER + lines(60, 64) + "x,1/2/2024,3,c\n")
    with pytest.raises(FileError, match=r"bad\.csv: row 5: column id: 'x' is not of type int64"):
        client.update("rows", bad, description="other")
    assert client.info("rows") == before
    info = client.update("rows", bad, options=ReadingOptions(on_bad_row="skip"))
    assert (info.tables[0].rows, info.notes["rejected"]) == (64, 1)


def test_columns_that_are_not_those_of_the_dataset_are_all_named(client: Client, write: Write) -> None:
    with pytest.raises(DatasetError) as caught:
        client.update("rows", write("other.csv", "id,day,fares\n1,1/1/2024,2\n"))
    assert [str(problem).partition("other.csv: ")[2] for problem in caught.value.problems] == [
        "lacks the column fare",
        "lacks the column code",
        "has a column fares, which the dataset has not",
    ]
    assert caught.value.problems[0].hint == "is it fares?"


def test_typed_files_are_checked_too(client: Client, tmp_path: Path) -> None:
    frame = pl.DataFrame({"code": ["z"], "fare": [1], "id": [7.0], "day": ["24/12/2024"]})
    frame.write_parquet(tmp_path / "good.parquet")
    client.update("rows", tmp_path / "good.parquet")
    assert client.load("rows").tail(1).rows()[0][2:] == (1.0, "z")
    frame.with_columns(pl.lit(True).alias("id")).write_parquet(tmp_path / "bad.parquet")
    with pytest.raises(DatasetError, match="column id holds bool, but int64 is stored"):
        client.update("rows", tmp_path / "bad.parquet")
    frame.with_columns(pl.lit(7.5).alias("id")).write_parquet(tmp_path / "worse.parquet")
    with pytest.raises(FileError, match=r"row 1: column id: 7\.5 is not of type int64"):
        client.update("rows", tmp_path / "worse.parquet")


def test_what_is_said_is_known_from_then_on(client: Client) -> None:
    info = client.update("rows", description="fares", add_tags=["a", "b"], remove_tags=["new"])
    assert (info.description, info.tags, info.target) == ("fares", ("a", "b"), "code")
    info = client.update("rows", target="fare", id_columns=["id", "code"])
    assert (info.target, info.problem_type, info.description) == ("fare", "regression", "fares")
    detection = detection_of(client.info("rows"))
    assert detection is not None
    assert (detection.id_columns, detection.target) == (("id", "code"), "fare")
    assert client.update("rows", problem_type="none", target="").target is None
    with pytest.raises(UsageError, match=r"unknown column far\n  hint: did you mean fare"):
        client.update("rows", target="far", description="lost")
    assert client.info("rows").description == "fares"
