"""Which implementation registers and stores, and what happens when the fast one fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mdm.client import Client
from mdm.config.criteria import Window
from mdm.config.manager import config_manager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.models import MDMConfig
from mdm.config.status import status_of
from mdm.core.feature_flags import feature_flags
from mdm.core.metrics import metrics_collector
from mdm.dataset.registration import rows_of
from mdm.errors import DatasetError, StorageError
from mdm.reference import registrar as plain
from mdm.reference.rows import batch_of
from mdm.storage.duckdb.session import DuckdbSession
from mdm.storage.sqlite.session import SqliteSession
from tests.cutover.conftest import here

__all__ = ["here"]

LEGACY = "database: {backend: sqlite}\n"


@pytest.fixture
def file(here: Path) -> Path:
    path = Path("rows.csv")
    path.write_text("id,name,day\n" + "".join(f'{n},"a, {n}",1/{n % 28 + 1}/2024\n' for n in range(2500)))
    return path


@pytest.fixture
def legacy(here: Path) -> None:
    (here / "config.yaml").write_text(LEGACY)


def counted() -> dict[str, float]:
    """What was counted of routes, by name and route."""
    counters = metrics_collector.summary()["counters"]
    return {name.replace('{route="', " ").rstrip('"}'): n for name, n in counters.items() if name.startswith("route.")}


def fail(monkeypatch: pytest.MonkeyPatch, after: int = 1) -> None:
    """Let the fast session of SQLite fail after some batches."""
    insert = SqliteSession.insert

    def failing(self: SqliteSession, table: str, batches: Iterable[pa.RecordBatch], start: int) -> None:
        def some() -> Iterable[pa.RecordBatch]:
            for number, batch in enumerate(batches):
                if number == after and type(self) is SqliteSession:
                    raise OSError("the driver is broken")
                yield batch

        insert(self, table, some(), start)

    monkeypatch.setattr(SqliteSession, "insert", failing)


def test_who_never_had_anything_else_is_on_the_new_side(file: Path) -> None:
    with Client() as client:
        client.register("rows", file)
        assert client.load("rows").height == 2500
    assert counted() == {"route.new registrar": 1, "route.new backend.create": 1, "route.new backend.read": 1}


def test_with_legacy_files_the_flags_decide(legacy: None, file: Path) -> None:
    with Client() as client:
        client.register("rows", file)
        assert counted() == pytest.approx({"route.legacy registrar": 1, "route.legacy backend.create": 1} | compared())
        feature_flags.set("use_new_registrar", True)
        client.register("rows", file, force=True)
        assert counted()["route.new registrar"] == 1
        assert counted()["route.legacy backend.create"] == 2


def compared() -> dict[str, float]:
    """The comparisons, which are made in one call of ten, whichever."""
    return {name: number for name, number in counted().items() if name.startswith("route.compared")}


def test_parts_follow_the_configuration(legacy: None, file: Path) -> None:
    ConfigurationMigrator().apply()
    with Client() as client:
        client.register("rows", file)
        assert {"route.new registrar", "route.new backend.create"} <= counted().keys()
        feature_flags.set("use_new_config", False)
        client.register("rows", file, force=True)
    assert {"route.legacy registrar", "route.legacy backend.create"} <= counted().keys()


@pytest.mark.parametrize("said", [{"use_new_backend": False}, {"backend_rollout_percentage": 0}])
def test_a_flag_that_is_set_decides_everywhere(file: Path, said: dict[str, Any]) -> None:
    for name, value in said.items():
        feature_flags.set(name, value)
    Client().register("rows", file)
    assert counted() == {"route.new registrar": 1, "route.legacy backend.create": 1}


def test_what_code_says_beats_the_flags(legacy: None, file: Path) -> None:
    feature_flags.set("use_new_backend", True)
    config = MDMConfig(refactoring={"use_new_backend": False, "registrar_rollout_percentage": 100})
    Client(config).register("rows", file)
    assert {"route.new registrar", "route.legacy backend.create"} <= counted().keys()


def test_the_name_of_the_dataset_is_the_subject(legacy: None, file: Path) -> None:
    feature_flags.set("backend_rollout_percentage", 50)
    small = Path("small.csv")
    small.write_text("a,b\n1,x\n")
    names = [f"d{number}" for number in range(8)]
    with Client() as client:
        for name in names:
            client.register(name, small)
    new = sum(feature_flags.is_enabled("use_new_backend", name) for name in names)
    assert 0 < new < 8
    assert (counted()["route.new backend.create"], counted()["route.legacy backend.create"]) == (new, 8 - new)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_the_plain_one_stands_in_with_all_rows(
    legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    feature_flags.set("use_new_backend", True)
    fail(monkeypatch, after)
    client = Client(MDMConfig(performance={"batch_size": 1000}))
    client.register("rows", file)
    assert client.load("rows")["id"].to_list() == list(range(2500))
    assert counted()["route.fallback backend.create"] == 1
    assert [each.name for each in Path.home().joinpath(".mdm/temp").iterdir()] == []


def test_without_auto_fallback_nothing_is_left(legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feature_flags.set("use_new_backend", True)
    feature_flags.set("auto_fallback", False)
    fail(monkeypatch)
    client = Client(MDMConfig(performance={"batch_size": 1000}))
    with pytest.raises(OSError, match="broken"):
        client.register("rows", file)
    assert client.list() == ()


def test_a_stream_that_breaks_is_not_read_again(legacy: None, here: Path) -> None:
    feature_flags.set("use_new_backend", True)
    begun = []

    def breaking() -> Iterable[pa.RecordBatch]:
        begun.append(1)
        yield pa.record_batch({"a": [1]})
        raise DatasetError("the source breaks off")

    Path("a.csv").write_text("a,b\n1,2\n")
    client = Client()
    client.register("d", "a.csv")
    stream = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), breaking())
    with pytest.raises(DatasetError, match="breaks off"):
        client._catalog.find("d").put("d", "more", stream)
    assert begun == [1]
    assert [table.name for table in client.info("d").tables] == ["data"]


def test_rows_are_not_added_twice(legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that breaks as it commits: whether the rows are in, only the next one sees."""
    feature_flags.set("use_new_backend", True)
    client = Client()
    client.register("rows", file)
    commit = SqliteSession.commit

    def breaking(self: SqliteSession) -> None:
        commit(self)
        raise StorageError("the connection was lost")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteSession, "commit", breaking)
        with pytest.raises(StorageError, match="may have been added"):
            client._catalog.find("rows").append("rows", client.arrow("rows").to_reader())
    assert client.load("rows").height == 5000


def test_reading_falls_back_until_the_first_batch(legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feature_flags.set("use_new_backend", True)
    client = Client(MDMConfig(database={"default_backend": "duckdb"}))
    client.register("rows", file)

    def broken(*_: object) -> Any:
        raise StorageError("cannot be read")

    monkeypatch.setattr(DuckdbSession, "_stream", broken)
    assert client.load("rows").height == 2500
    assert counted()["route.fallback backend.read"] == 1


def test_what_is_detected_is_compared(legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feature_flags.set("use_new_registrar", True)
    monkeypatch.setattr(plain, "rows_of", lambda *given: rows_of(*given).read_all().slice(1).to_reader())
    register_ten()
    assert (counted()["route.compared registrar"], counted()["route.mismatch registrar"]) == (1, 1)


def test_what_is_stored_is_compared(legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feature_flags.set("use_new_backend", True)
    monkeypatch.setattr("mdm.reference.sqlite.batch_of", lambda rows, *given: batch_of(rows[::-1], *given))
    register_ten()
    assert (counted()["route.compared backend.create"], counted()["route.mismatch backend.create"]) == (1, 1)


def register_ten() -> None:
    """Register ten datasets: one call in ten is compared."""
    small = Path("small.csv")
    small.write_text("a,b\n1,x\n2,y\n")
    with Client() as client:
        for number in range(10):
            client.register(f"d{number}", small)


@pytest.mark.parametrize(("backend", "new"), [("sqlite", True), ("sqlite", False), ("duckdb", True)])
def test_whatever_is_done_both_are_the_same(
    legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch, backend: str, new: bool
) -> None:
    for name in ("SAMPLE", "SAMPLE_OF_LOOKS"):
        monkeypatch.setattr(f"mdm.routes.storage.{name}", 1)
    feature_flags.set("use_new_backend", new)
    with Client(MDMConfig(database={"default_backend": backend})) as client:
        client.register("rows", file)
        storage = client._catalog.find("rows")
        storage.append("rows", client.arrow("rows").to_reader(300))
        storage.put("rows", "more", pa.table({"x": [1.5, float("nan")]}).to_reader())
        storage.update("rows", lambda info: replace(info, description="twice"))
        assert (client.info("rows").description, client.load("rows").height) == ("twice", 5000)
        assert storage.read("rows", "more").read_all().num_rows == 2
    verbs = {name.split()[1] for name in counted() if name.startswith("route.compared backend")}
    assert verbs == {f"backend.{verb}" for verb in ("create", "append", "put", "update", "info", "read")}
    assert not [name for name in counted() if "mismatch" in name or "shadow_failed" in name or "fallback" in name]


def test_parts_that_fall_back_keep_the_cutover_open(legacy: None, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feature_flags.set("use_new_backend", True)
    fail(monkeypatch, 0)
    Client().register("rows", file)
    metrics_collector.flush()
    status = status_of(config_manager, ConfigurationMigrator(), Window.of_days(1))
    [criterion] = [each for each in status.criteria if "backend" in each.name]
    assert not criterion.met
    assert criterion.why.startswith("they failed and the legacy one stood in: backend.create on ")
