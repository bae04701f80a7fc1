"""Splits: exact in their sizes, the same everywhere, stored with the rows, old or new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.dataset.registration import detection_of
from mdm.dataset.splitting import Split, recipe_of, split, split_of
from mdm.errors import DatasetError, UsageError
from mdm.storage.info import DatasetInfo
from mdm.storage.registry import open_storage

from .conftest import Write

Parts: TypeAlias = "Callable[..., tuple[Split, list[str]]]"
SHARES = st.sampled_from([0.1, 0.2, 0.25, 0.3])


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """Split *columns* as the rest says, and return what was made and the part of each row."""
    storage = open_storage(MDMConfig(paths={"home": tmp_path_factory.mktemp("home")}))

    def parts(columns: dict[str, Sequence[Any]], **said: Any) -> tuple[Split, list[str]]:
        storage.create(DatasetInfo("x", datetime.now(UTC)), {"data": pa.table(columns).to_reader()}, replace=True)
        with storage.change("x") as change:
            done = split(change, recipe_of(**said), tested=False)
        return done, storage.read("x", columns=["mdm_split"]).read_all()["mdm_split"].to_pylist()

    return parts


@settings(max_examples=20)
@given(st.integers(12, 300), SHARES, SHARES, st.integers())
def test_parts_have_the_share_that_is_asked_for(
    parts: Parts, rows: int, test: float, validation: float, seed: int
) -> None:
    done, found = parts({"a": range(rows)}, test=test, validation=validation, seed=seed)
    sizes = Counter(found)
    assert sizes == {part.name: part.rows for part in done.parts}
    assert [part.name for part in done.parts] == ["train", "validation", "test"]
    assert abs(sizes["test"] - test * rows) <= 1
    assert abs(sizes["validation"] - validation * rows) <= 1


@settings(max_examples=15)
@given(st.lists(st.sampled_from("aabbbc"), min_size=30, max_size=200), SHARES)
def test_each_value_has_its_share_in_every_part(parts: Parts, values: list[str], test: float) -> None:
    _, found = parts({"a": [None if value == "c" else value for value in values]}, test=test, stratify="a")
    sizes = Counter(zip(values, found, strict=True))
    assert all(abs(sizes[value, "test"] - test * values.count(value)) <= 1 for value in set(values))
    assert abs(found.count("test") - test * len(values)) <= 1


@settings(max_examples=15)
@given(st.lists(st.integers(0, 40), max_size=100).map(lambda some: [*range(41), *some]), st.integers(0, 5))
def test_no_group_is_in_two_parts(parts: Parts, groups: list[int], seed: int) -> None:
    _, found = parts({"a": groups}, folds=3, group="a", seed=seed)
    assert len(set(zip(groups, found, strict=True))) == len(set(groups))
    assert set(found) == {"fold1", "fold2", "fold3"}


@settings(max_examples=15)
@given(st.lists(st.dates(date(1, 1, 1), date(9999, 12, 31)), min_size=10, max_size=100, unique=True), SHARES)
def test_the_latest_rows_become_the_test_part(parts: Parts, days: list[date], test: float) -> None:
    _, found = parts({"a": pa.array([*days, None], pa.date32())}, test=test, time="a")
    ends = {part: [day for day, each in zip(days, found, strict=False) if each == part] for part in ("train", "test")}
    assert max(ends["train"]) < min(ends["test"])
    assert found[-1] == "train"
    assert abs(len(ends["test"]) - test * (len(days) + 1)) <= 1


def test_equal_times_stay_together(parts: Parts) -> None:
    assert parts({"a": [2, 1, 2, 3, 3, 3, 1, 2]}, test=0.2, time="a")[1].count("test") == 3


def test_the_seed_decides_and_nothing_else(parts: Parts) -> None:
    one, same, other = (parts({"a": range(100)}, seed=seed)[1] for seed in (1, 1, 2))
    assert one == same != other
    assert [number for number, part in enumerate(parts({"a": range(20)})[1]) if part == "test"] == [0, 1, 3, 14]


@pytest.mark.parametrize("said", [{}, {"stratify": "b"}, {"group": "c", "folds": 4}, {"time": "a", "validation": 0.2}])
def test_it_is_the_same_in_every_backend_and_for_every_chunk(
    tmp_path: Path, write: Write, said: dict[str, Any]
) -> None:
    path = write(
        "rows.csv", "a,b,c,target\n" + "".join(f"{i * 7 % 999},{i % 4},t{i % 97},{i / 3}\n" for i in range(3000))
    )
    found = []
    for backend, chunk in (("sqlite", 1000), ("duckdb", 1000), ("duckdb", 77_777)):
        performance = {"chunk_size": chunk, "batch_size": chunk}
        with Client(MDMConfig(paths={"home": tmp_path / f"{backend}{chunk}"}, performance=performance)) as client:
            client.register("rows", path, backend=backend)
            client.split("rows", **said)
            assert split_of(client.info("rows")) == client.split("rows", **said)
            found.append(client.load("rows")["mdm_split"].to_list())
    assert found[0] == found[1] == found[2]


@pytest.fixture
def client(tmp_path: Path, write: Write) -> Client:
    client = Client(MDMConfig(paths={"home": tmp_path / "home"}, performance={"chunk_size": 1000}))
    client.register("rows", write("rows.csv", "id,label\n" + "".join(f"{i},{i % 4 == 0:d}\n" for i in range(2500))))
    return client


def test_a_part_is_loaded_by_its_name(client: Client) -> None:
    client.split("rows", test=0.3, stratify="label")
    train, test = (client.load("rows", part=part) for part in ("train", "test"))
    assert (train.columns, train.height, test.height) == (["id", "label"], 1750, 750)
    assert sorted([*train["id"], *test["id"]]) == list(range(2500))
    assert [len(batch) for batch in client.iter_batches("rows", rows=1000, part="train")] == [1000, 750]
    with pytest.raises(DatasetError, match=r"has no part 'tes'\n  hint: its parts: train, test"):
        client.load("rows", part="tes")


def test_folds_are_what_is_left_out_in_turn(client: Client) -> None:
    client.split("rows", folds=12)
    pairs = list(client.folds("rows"))
    assert [train.height + test.height for train, test in pairs] == [2500] * 12
    assert sorted(number for _, test in pairs for number in test["id"]) == list(range(2500))
    assert pairs[9][1].equals(client.load("rows", part="fold10"))


def test_the_target_is_shown_in_each_part(client: Client) -> None:
    train, test = client.split("rows", stratify="label").parts
    assert (train.rows, dict(test.shares)) == (2000, {"0": 0.75, "1": 0.25})
    client.update("rows", target="id", problem_type="regression")
    split = split_of(client.info("rows"))
    assert split is not None
    assert sum(part.rows * (part.mean or 0) for part in split.parts) == pytest.approx(2499 * 1250)


def test_test_rows_of_a_competition_stay(tmp_path: Path, write: Write) -> None:
    files = {"train.csv": [f"{i},{i % 2}" for i in range(40)], "test.csv": [f"{i}" for i in range(40, 50)]}
    paths = [write(name, f"id{',y' * (name[1] == 'r')}\n" + "\n".join(rows) + "\n") for name, rows in files.items()]
    client = Client(MDMConfig(paths={"home": tmp_path / "home"}))
    client.register("c", *paths)
    with pytest.raises(UsageError, match="the files have said which rows the test part is"):
        client.split("c", test=0.2)
    for _ in range(2):
        assert [(part.name, part.rows) for part in client.split("c").parts] == [
            ("train", 32),
            ("validation", 8),
            ("test", 10),
        ]
    assert client.load("c", part="test")["id"].to_list() == list(range(40, 50))
    detection = detection_of(client.info("c"))
    assert detection is not None
    assert detection.column("mdm_split").distinct == 3


def test_what_cannot_be_split_leaves_the_old_split(client: Client) -> None:
    client.split("rows")
    before = client.arrow("rows")
    for said in ({"test": 0.0001}, {"group": "label", "folds": 3}, {"time": "label", "test": 0.9}, {"stratify": "id"}):
        with pytest.raises(DatasetError, match=r"no row is in|different values, too many"):
            client.split("rows", **said)
    assert client.arrow("rows") == before


def test_without_rows_there_is_nothing_to_split(client: Client, write: Write) -> None:
    client.register("none", write("none.csv", "a,b\n"))
    with pytest.raises(DatasetError, match="the dataset 'none' has no rows to split"):
        client.split("none")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"test": 1.0}, "--test: 1 is not a share"),
        ({"test": 0.5, "validation": 0.5}, "nothing is left to train on"),
        ({"folds": 1}, "--folds: 1 folds cannot be made"),
        ({"folds": 3, "test": 0.1}, "folds have no other part"),
        ({"time": "a", "group": "b"}, "more than one way to split"),
    ],
)
def test_what_does_not_go_together_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        recipe_of(**said)


def test_without_a_split_it_is_said_how_to_make_one(client: Client) -> None:
    with pytest.raises(DatasetError, match="mdm dataset split rows"):
        client.load("rows", part="train")
    with pytest.raises(DatasetError, match="not split into folds"):
        next(client.folds("rows"))
