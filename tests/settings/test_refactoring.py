"""Each setting of ``refactoring``: what a user of the legacy program sees after changing it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdm.client import Client
from mdm.config import get_config
from mdm.config.manager import config_manager
from mdm.core.metrics import metrics_collector
from mdm.storage.sqlite.session import SqliteSession
from tests.cutover.conftest import here

__all__ = ["here"]


@pytest.fixture(autouse=True)
def legacy(here: Path) -> Path:
    """A home with legacy files, and a file to register."""
    (here / "config.yaml").write_text("database: {backend: sqlite}\nbatch_size: 500\n")
    Path("rows.csv").write_text("id,name,size\n" + "".join(f"{n},x,{n % 3}.5\n" for n in range(10)))
    return here


def change(monkeypatch: pytest.MonkeyPatch, setting: str, value: object) -> None:
    monkeypatch.setenv(f"MDM_REFACTORING__{setting.upper()}", str(value).lower())


def register(*names: str, features: bool = False) -> dict[str, float]:
    """Register datasets, with *features* where it is said, and return what was counted meanwhile: of routes, by name and route."""
    metrics_collector.reset()
    with Client() as client:
        for name in names or ("rows",):
            client.register(name, "rows.csv", force=True)
            if features:
                client.make_features(name)
    found = metrics_collector.summary()
    return {
        name.replace('{route="', " ").rstrip('"}'): number
        for kind in ("counters", "gauges")
        for name, number in found[kind].items()
        if name.startswith("route.")
    }


def by(counted: dict[str, float], route: str) -> dict[str, float]:
    """How many calls of a route each implementation answered."""
    return {
        name.split()[0]: n for name, n in counted.items() if name in (f"route.new {route}", f"route.legacy {route}")
    }


@pytest.mark.setting("refactoring.use_new_backend")
def test_use_new_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by(register(), "backend.create") == {"route.legacy": 1}
    change(monkeypatch, "use_new_backend", True)
    counted = register()
    assert (by(counted, "backend.create"), by(counted, "registrar")) == ({"route.new": 1}, {"route.legacy": 1})


@pytest.mark.setting("refactoring.use_new_registrar")
def test_use_new_registrar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by(register(), "registrar") == {"route.legacy": 1}
    change(monkeypatch, "use_new_registrar", True)
    counted = register()
    assert (by(counted, "registrar"), by(counted, "backend.create")) == ({"route.new": 1}, {"route.legacy": 1})


@pytest.mark.setting("refactoring.use_new_features")
def test_use_new_features(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by(register(features=True), "features.make") == {"route.legacy": 1}
    change(monkeypatch, "use_new_features", True)
    counted = register(features=True)
    assert (by(counted, "features.make"), by(counted, "registrar")) == ({"route.new": 1}, {"route.legacy": 1})


@pytest.mark.parametrize(
    ("setting", "route"),
    [
        pytest.param(
            "backend_rollout_percentage",
            "backend.create",
            marks=pytest.mark.setting("refactoring.backend_rollout_percentage"),
        ),
        pytest.param(
            "registrar_rollout_percentage",
            "registrar",
            marks=pytest.mark.setting("refactoring.registrar_rollout_percentage"),
        ),
        pytest.param(
            "features_rollout_percentage",
            "features.make",
            marks=pytest.mark.setting("refactoring.features_rollout_percentage"),
        ),
    ],
)
def test_percentages(monkeypatch: pytest.MonkeyPatch, setting: str, route: str) -> None:
    names = [f"d{number}" for number in range(8)]
    seen = []
    for percentage in (0, 50, 100):
        change(monkeypatch, setting, percentage)
        seen.append(by(register(*names, features=route == "features.make"), route).get("route.new", 0))
    assert (seen[0], seen[2]) == (0, 8)
    assert 0 < seen[1] < 8


@pytest.mark.setting("refactoring.use_new_config")
def test_use_new_config(monkeypatch: pytest.MonkeyPatch, legacy: Path) -> None:
    (legacy / "mdm.yaml").write_text('version: "2.0.0"\nperformance: {max_workers: 9}\n')
    assert get_config().performance.batch_size == 500  # of config.yaml
    change(monkeypatch, "use_new_config", True)
    config_manager.reload()
    assert (get_config().performance.batch_size, get_config().performance.max_workers) == (10_000, 9)


@pytest.mark.setting("refactoring.enable_comparison_tests")
def test_enable_comparison_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"d{number}" for number in range(10)]  # one call in ten is compared
    assert register(*names)["route.compared registrar"] == 1
    change(monkeypatch, "enable_comparison_tests", False)
    assert not [name for name in register(*names) if "compared" in name]


@pytest.mark.setting("refactoring.enable_performance_tracking")
def test_enable_performance_tracking(monkeypatch: pytest.MonkeyPatch, legacy: Path) -> None:
    change(monkeypatch, "enable_performance_tracking", False)
    assert (register(), metrics_collector.summary()["timers"]) == ({}, {})
    metrics_collector.flush()
    assert not (legacy / "metrics.sqlite").exists()
    change(monkeypatch, "enable_performance_tracking", True)
    assert register()
    metrics_collector.flush()
    assert (legacy / "metrics.sqlite").exists()


@pytest.mark.setting("refactoring.enable_memory_profiling")
def test_enable_memory_profiling(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [name for name in register() if "memory" in name]
    change(monkeypatch, "enable_memory_profiling", True)
    peak = register()['route.memory.bytes registrar",variant="legacy']
    assert 20e6 < peak < 20e9


@pytest.mark.setting("refactoring.auto_fallback")
def test_auto_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("the driver is broken")

    change(monkeypatch, "use_new_backend", True)
    monkeypatch.setattr(SqliteSession, "_ingest", broken)
    assert register()["route.fallback backend.create"] == 1
    assert Client().load("rows").height == 10
    change(monkeypatch, "auto_fallback", False)
    with pytest.raises(OSError, match="broken"):
        register("other")
    assert [info.name for info in Client().list()] == ["rows"]
