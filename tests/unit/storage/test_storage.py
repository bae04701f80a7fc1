"""What every backend promises: whole or not at all, as it was described, and clear about what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mdm.errors import DatasetError
from mdm.storage.info import Column, DatasetInfo, Source, Table
from mdm.storage.store import Storage
from mdm.storage.streams import ahead
from tests.unit.storage.conftest import NOW, Open, content, failing, new, rows

DESCRIBED = DatasetInfo(
    "titanic",
    NOW,
    sources=(Source("/data/titanic.csv", "sha256:00ff", 61_194),),
    description="Who survived?",
    tags=("kaggle", "binary"),
    target="a",
    problem_type="binary_classification",
    kinds={"a": "categorical"},
    notes={"features": {"mean": 1.5, "words": ["a", "b"]}},
)


def test_a_dataset_is_kept_with_all_that_is_known_of_it(storage: Storage, backend: str) -> None:
    table = Table("data", (Column("a", "int64"), Column("b", "string")), rows=2)
    assert storage.create(DESCRIBED, {"data": rows(a=[1, 2], b=["x", None])}) == storage.info("titanic")
    found = storage.info("titanic")
    assert found == replace(DESCRIBED, backend=backend, tables=(table,), revision=found.revision)
    assert storage.names() == ["titanic"]
    assert storage.size("titanic") > 0


def test_tables_are_read_in_chunks_and_by_column(storage: Storage) -> None:
    storage.create(new(), {"train": rows(a=range(2500), b=range(2500)), "test": rows(a=["x"])})
    assert [len(batch) for batch in storage.read("titanic", "train", rows=1000)] == [1000, 1000, 500]
    assert content(storage.read("titanic", "train", columns=["b"])) == {"b": list(range(2500))}
    assert content(storage.read("titanic", "test")) == {"a": ["x"]}
    with pytest.raises(DatasetError, match=r"has no table 'data'\n  hint: its tables: train, test"):
        storage.read("titanic")
    with pytest.raises(DatasetError, match="has no column 'c'"):
        storage.read("titanic", "train", columns=["a", "c"])


def test_a_table_gets_more_columns_row_by_row(storage: Storage, backend: str) -> None:
    count = 2500
    nan = float("nan")
    storage.create(new(), {"data": rows(a=range(count), b=[f"x{n}" for n in range(count)], c=[nan, 1.5] * 1250)})
    with storage.change("titanic") as change:
        change.append(rows(a=[-1], b=[None], c=[nan]))
        change.widen(rows(d=[None, *range(count)], c=[2.5, nan, *([None] * (count - 1))]))
        assert [name for batch in change.read(["d"]) for name in batch.schema.names][:1] == ["d"]
        change.widen(rows(d=[f"d{n}" for n in range(count + 1)]))
    assert [column.name for column in storage.info("titanic").tables[0].columns] == ["a", "b", "c", "d"]
    found = storage.read("titanic").read_all().to_pylist()
    assert [(row["a"], row["b"], row["d"]) for row in found] == [
        *((n, f"x{n}", f"d{n}") for n in range(count)),
        (-1, None, f"d{count}"),
    ]
    assert [str(row["c"]) for row in found[:3]] == ["2.5", "nan", "None"]
    assert [table.name for table in storage.info("titanic").tables] == ["data"]


def test_columns_of_another_length_are_refused(storage: Storage) -> None:
    storage.create(new(), {"data": rows(a=[1, 2])})
    with pytest.raises(DatasetError, match="3 rows do not stand beside the 2"), storage.change("titanic") as change:
        change.widen(rows(b=[1, 2, 3]))
    assert content(storage.read("titanic")) == {"a": [1, 2]}


def test_the_revision_tells_whether_the_rows_are_the_same(storage: Storage) -> None:
    seen = [storage.create(new(), {"data": rows(a=[1])}).revision]
    seen.append(storage.append("titanic", rows(a=[2])).revision)
    seen.append(storage.create(new(), {"data": rows(a=[1])}, replace=True).revision)
    with storage.change("titanic") as change:
        change.widen(rows(b=[1]))
    seen.append(change.info.revision)
    assert len({*seen, ""}) == 5
    storage.put("titanic", "features", rows(b=[1]), edit=lambda info: replace(info, revision="mine"))
    storage.update("titanic", lambda info: replace(info, description="text"))
    assert storage.info("titanic").revision == seen[-1]


def test_rows_are_added_by_the_names_of_their_columns(storage: Storage) -> None:
    storage.create(new(), {"data": rows(a=[1], b=["x"])})
    more = pa.table({"b": ["y"], "a": pa.array([2], pa.int8())}).to_reader()
    info = storage.append("titanic", more, edit=lambda info: replace(info, tags=("more",)))
    assert (info.tables[0].rows, info.tags) == (2, ("more",))
    assert storage.info("titanic") == info
    assert content(storage.read("titanic")) == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1]}, "lacks 'b'"),
        ({"a": [1], "b": ["x"], "c": [1]}, "has 'c', which is not there"),
        ({"a": [1.5], "b": ["x"]}, "has 'a' as double, which is int64 there"),
        ({"a": [1], "b": [2]}, "has 'b' as int64, which is string there"),
        (
            {"a": pa.array([2**63], pa.uint64()), "b": ["x"]},
            "column 'a': values of type uint64 cannot be stored exactly",
        ),
    ],
)
def test_rows_that_do_not_fit_change_nothing(storage: Storage, columns: dict[str, Any], message: str) -> None:
    info = storage.create(new(), {"data": rows(a=[1], b=["x"])})
    with pytest.raises(DatasetError, match=message):
        storage.append("titanic", rows(**columns))
    assert storage.info("titanic") == info
    assert content(storage.read("titanic")) == {"a": [1], "b": ["x"]}


def test_a_table_is_put_beside_the_others_and_replaced(storage: Storage) -> None:
    storage.create(new(), {"data": rows(a=[1.0, float("nan")])})
    storage.put(
        "titanic", "features", rows(a_mean=[1.0, float("nan")]), edit=lambda info: replace(info, notes={"n": 1})
    )
    info = storage.put("titanic", "features", rows(a_std=[0.5]))
    assert [(table.name, table.rows) for table in info.tables] == [("data", 2), ("features", 1)]
    assert info.notes == {"n": 1}
    assert content(storage.read("titanic", "features")) == {"a_std": [0.5]}


def test_an_edit_changes_what_is_known_but_not_what_is_stored(storage: Storage, backend: str) -> None:
    info = storage.create(new(), {"data": rows(a=[1])})
    edited = storage.update("titanic", lambda info: replace(info, name="x", backend="y", tables=(), description="new"))
    assert edited == storage.info("titanic") == replace(info, description="new", backend=backend)


def test_replacing_leaves_nothing_of_what_was_there(storage: Storage) -> None:
    storage.create(new(), {"data": rows(a=[float("nan")]), "test": rows(a=[1])})
    storage.create(DESCRIBED, {"data": rows(a=[2.0], c=["x"])}, replace=True)
    assert [table.name for table in storage.info("titanic").tables] == ["data"]
    assert content(storage.read("titanic")) == {"a": [2.0], "c": ["x"]}


def test_a_removed_dataset_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    storage.create(new(), {"data": rows(a=[1])})
    storage.drop("titanic")
    assert storage.names() == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("replaced", [False, True])
def test_a_stream_that_fails_changes_nothing(storage: Storage, tmp_path: Path, replaced: bool) -> None:
    if replaced:
        storage.create(new(), {"data": rows(a=[7])})
    with pytest.raises(ZeroDivisionError):
        storage.create(new(), {"data": failing(3, ZeroDivisionError())}, replace=True)
    assert storage.names() == ["titanic"] * replaced
    assert not replaced or content(storage.read("titanic")) == {"a": [7]}
    assert not list(tmp_path.rglob("*.tmp*"))


def test_an_error_of_the_stream_comes_through_as_it_is(storage: Storage) -> None:
    storage.create(new(), {"data": rows(a=[7])})
    with pytest.raises(FileNotFoundError):
        storage.append("titanic", failing(1, FileNotFoundError("source.csv")))
    assert content(storage.read("titanic")) == {"a": [7]}


def test_rows_are_looked_at_some_way_ahead_of_what_is_stored() -> None:
    made: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(100):
            made.append(number)
            yield pa.record_batch({"a": [number]})

    with closing(ahead(batches(), 3)) as coming:
        assert [next(coming)["a"][0].as_py() for _ in range(4)] == [0, 1, 2, 3]
    assert made == list(range(len(made)))
    assert 4 <= len(made) <= 7


def test_a_name_is_taken_once_whatever_its_case(storage: Storage) -> None:
    storage.create(new("Titanic"), {"data": rows(a=[1])})
    for name in ("Titanic", "titanic"):
        with pytest.raises(DatasetError, match="exists already"):
            storage.create(new(name), {"data": rows(a=[2])})
    assert content(storage.read("Titanic")) == {"a": [1]}


USES: list[Callable[[Storage], object]] = [
    lambda storage: storage.info("nothing"),
    lambda storage: storage.size("nothing"),
    lambda storage: storage.read("nothing"),
    lambda storage: storage.query("nothing", "SELECT 1"),
    lambda storage: storage.append("nothing", rows(a=[1])),
    lambda storage: storage.update("nothing", lambda info: info),
    lambda storage: storage.drop("nothing"),
]


@pytest.mark.parametrize("use", USES)
def test_what_does_not_exist_is_said_to_be_missing(storage: Storage, use: Callable[[Storage], object]) -> None:
    with pytest.raises(DatasetError, match="there is no dataset 'nothing'"):
        use(storage)
    storage.create(new(), {"data": rows(a=[1])})
    with pytest.raises(DatasetError, match="there is no dataset 'nothing'"):
        use(storage)


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".a", "-a", "a/b", "../a", "a\\b", "a\0b", "a b", "ä", "a\n", "x" * 64]
)
def test_a_name_stays_in_its_folder(storage: Storage, name: str) -> None:
    for use in (lambda: storage.create(new(name), {"data": rows(a=[1])}), lambda: storage.drop(name)):
        with pytest.raises(DatasetError, match="is not a name for a dataset"):
            use()


@pytest.mark.parametrize("name", ["x" * 63, "a.sqlite", "A-1_b.c", "select"])
def test_a_name_may_be_unusual(storage: Storage, name: str) -> None:
    storage.create(new(name), {"data": rows(a=[1])})
    assert storage.names() == [name]
    assert content(storage.query(name, "SELECT a FROM data")) == {"a": [1]}
    storage.drop(name)


@pytest.mark.parametrize("name", ["", "Data", "mdm_dataset", "sqlite_x", "a b", "x" * 64])
def test_a_name_of_a_table_is_plain(storage: Storage, name: str) -> None:
    with pytest.raises(DatasetError, match="is not a name for a table"):
        storage.create(new(), {name: rows(a=[1])})
    assert storage.names() == []


def test_columns_that_cannot_be_are_all_named(storage: Storage) -> None:
    with pytest.raises(DatasetError) as caught:
        storage.create(new(), {"data": pa.table([[1], [2], [3], [4], [5]], ["a", "", "A", "b", "\0"]).to_reader()})
    assert [problem.message for problem in caught.value.problems] == [
        "the name of column 2 is empty",
        "the name of column 5 holds a NUL character",
        "columns of the same name: 'a'",
    ]
    with pytest.raises(DatasetError, match="without columns"):
        storage.create(new(), {"data": pa.table({}).to_reader()})


def test_types_that_cannot_be_are_all_named(storage: Storage) -> None:
    table = pa.table({"a": [[1]], "b": [{"c": 1}], "d": [1], "e": pa.array([1], pa.decimal256(50, 2))})
    with pytest.raises(DatasetError) as caught:
        storage.create(new(), {"data": table.to_reader()})
    assert [problem.where for problem in caught.value.problems] == ["column 'a'", "column 'b'", "column 'e'"]
    assert caught.value.problems[0].hint == "turn it into JSON text first"


@pytest.mark.parametrize("values", [pa.array([-719_163], pa.date32()), pa.array([10**15], pa.timestamp("s"))])
def test_dates_beyond_four_digits_are_refused(storage: Storage, values: pa.Array) -> None:
    with pytest.raises(DatasetError, match=r"column 'a': .*outside the years 1 to 9999"):
        storage.create(new(), {"data": rows(a=values)})


def test_as_many_columns_as_the_backend_takes(storage: Storage, backend: str) -> None:
    most = storage.backend.most_columns if backend != "duckdb" else 2000
    value = float("nan") if backend != "postgresql" else True
    wide = {f"column {number}": [value] for number in range(most)}
    storage.create(new(), {"data": rows(**wide)})
    assert storage.read("titanic").read_all().num_columns == most
    if backend != "duckdb":
        with pytest.raises(DatasetError, match=f"{most + 1} columns: {backend} takes at most {most}"):
            storage.create(new("wider"), {"data": rows(**wide, more=[1])})


def test_a_query_sees_the_tables_and_their_types(storage: Storage) -> None:
    storage.create(new(), {"data": rows(a=[None, 2, 3], b=["x", "y", "y"]), "test": rows(a=[1])})
    sql = "SELECT b, avg(a) AS m, count(*) AS n FROM data GROUP BY b ORDER BY b DESC -- the last"
    assert content(storage.query("titanic", sql)) == {"b": ["y", "x"], "m": [2.5, None], "n": [2, 1]}
    assert content(storage.query("titanic", "WITH q AS (SELECT a FROM test) SELECT a + 1 AS c FROM q")) == {"c": [2]}
    assert content(storage.query("titanic", "SELECT a FROM data WHERE a > 9")) == {"a": []}
    many = storage.query("titanic", "SELECT x.b AS b FROM data x, data y, data z", rows=10)
    assert [len(batch) for batch in many] == [10, 10, 7]


WRITES = [
    "INSERT INTO data VALUES (9)",
    "DELETE FROM data",
    "DROP TABLE data",
    "SELECT 1; DROP TABLE data",
    "SELECT 1) TO STDOUT; DROP TABLE data; --",
    "SELECT 1) TO PROGRAM 'touch /tmp/never' --",
    "SELECT 1); DROP TABLE data; --",
    "COPY data TO '/tmp/never'",
    "ATTACH '/tmp/never' AS other",
    "SELECT * FROM read_text('/etc/hostname')",
    "SET transaction_read_only = off",
    "selec 1",
    "SELECT nothing FROM data",
    "",
]


@pytest.mark.parametrize("sql", WRITES)
def test_a_query_changes_nothing_and_reaches_no_file(storage: Storage, sql: str) -> None:
    info = storage.create(new(), {"data": rows(a=[1])})
    with pytest.raises(DatasetError, match=r"^the query is refused: [^\n]+\n  hint: write one SELECT"):
        storage.query("titanic", sql).read_all()
    assert storage.info("titanic") == info
    assert content(storage.read("titanic")) == {"a": [1]}
    assert not Path("/tmp/never").exists()


def test_a_stream_that_is_forgotten_keeps_nothing(opened: Open) -> None:
    storage = opened(database={"connection_timeout": 2, "postgresql_pool_size": 1, "postgresql_max_overflow": 0})
    storage.create(new(), {"data": rows(a=range(5000))})
    for _ in range(3):
        reader = storage.read("titanic", rows=10)
        assert len(reader.read_next_batch()) == 10
        del reader
    storage.append("titanic", rows(a=[1]))


def test_an_empty_table_keeps_its_columns(storage: Storage) -> None:
    empty = pa.table({"a": pa.array([], pa.date32()), "b": pa.array([], pa.string())})
    storage.create(new(), {"data": empty.to_reader()})
    assert storage.read("titanic").read_all() == empty
