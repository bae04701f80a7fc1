"""What is counted while the configuration is used, and that counting never gets in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mdm.config import get_config
from mdm.config.answering import Load
from mdm.config.manager import config_manager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.section import ConfigWarning, DeprecatedVariableWarning
from mdm.core.feature_flags import feature_flags
from mdm.core.metrics import MetricsCollector, metrics_collector

MISMATCH = 'config.shadow.mismatch{key="performance.max_workers"}'
SCRIPT = """
from mdm.config import get_config
for _ in range(40):
    get_config()
"""


def counters() -> dict[str, float]:
    found: dict[str, float] = metrics_collector.summary()["counters"]
    return found


def migrated(here: Path) -> None:
    """A home in which both systems answer the same."""
    (here / "config.yaml").write_text("batch_size: 500\n")
    assert ConfigurationMigrator().perform_migration(dry_run=False)["success"]


def test_every_access_is_counted_by_system(here: Path) -> None:
    (here / "config.yaml").write_text("batch_size: 500\n")
    for _ in range(5):
        get_config()
    migrated(here)
    assert feature_flags.get("use_new_config") is True
    for _ in range(7):
        get_config()
    found = counters()
    assert (found["config.access.legacy"], found["config.access.new"]) == (5, 7)


def test_accesses_of_threads_add_up(here: Path) -> None:
    barrier = threading.Barrier(8)

    def read() -> None:
        barrier.wait()
        for _ in range(1000):
            assert get_config().database.default_backend

    get_config()
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters()["config.access.new"] == 8001


def test_reload_drops_what_was_answered(here: Path) -> None:
    file = here / "mdm.yaml"
    file.write_text("version: '2'\nperformance: {batch_size: 500}\n")
    assert get_config().performance.batch_size == 500
    file.write_text("version: '2'\nperformance: {batch_size: 600}\n")
    config_manager.reload()
    assert get_config().performance.batch_size == 600
    assert counters()["config.access.new"] == 2


def test_a_child_does_not_count_for_its_parent(here: Path) -> None:
    get_config()
    child = os.fork()
    if child == 0:
        get_config()
        os._exit(0 if counters().get("config.access.new") == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("broken", ["version: '2.0.0'\nperformance: {batch_size: 5}\n", "version: [", "no_such: 1\n"])
def test_a_fallback_is_counted_at_once(here: Path, broken: str) -> None:
    migrated(here)
    (here / "mdm.yaml").write_text(broken)
    with pytest.warns(ConfigWarning, match="the legacy configuration is used, because the new one is refused"):
        assert get_config().performance.batch_size == 500
    get_config()
    assert counters()["config.access.legacy"] == 2
    assert [number for _, _, number in metrics_collector.days("config.fallback")] == [1]


def test_deprecated_variables_are_counted_by_name(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDM_BATCH_SIZE", "700")
    with pytest.warns(DeprecatedVariableWarning):
        get_config()
    assert counters()['config.deprecated{variable="MDM_BATCH_SIZE"}'] == 1


def test_equal_systems_have_no_mismatch(here: Path) -> None:
    migrated(here)
    get_config()
    assert {name: n for name, n in counters().items() if "shadow" in name} == {"config.shadow.compared": 1}


@pytest.mark.filterwarnings("ignore::mdm.config.section.ConfigWarning")  # of two spellings that differ
@pytest.mark.parametrize("active", [True, False])
def test_a_mismatch_is_counted_and_told_once(here: Path, active: bool, heard: list[str]) -> None:
    migrated(here)
    (here / "settings.json").write_text('{"performance": {"max_workers": 7}}')
    feature_flags.set("use_new_config", active)
    for _ in range(2):
        get_config()
        config_manager.reload()
    assert counters()[MISMATCH] == 2
    assert (
        len([line for line in heard if "mdm.config.shadow" in line]) <= 1
    )  # the other parameter's run may have told it in this process


def test_secrets_do_not_show_in_what_is_told(here: Path, heard: list[str]) -> None:
    migrated(here)
    (here / "settings.json").write_text('{"database": {"postgresql": {"password": "hunter2"}}}')
    get_config()
    assert any("postgresql_password" in line for line in heard)
    assert "hunter2" not in "".join(heard)


@pytest.mark.parametrize("broken", ["[", "database: 5\n- x\n"])
def test_a_broken_shadow_is_only_counted(here: Path, broken: str) -> None:
    migrated(here)
    (here / "settings.json").write_text(broken)
    assert get_config().performance.batch_size == 500
    assert any(name.startswith("config.shadow.failed") for name in counters())


def test_a_slow_shadow_is_not_waited_for(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated(here)
    released = threading.Event()
    monkeypatch.setattr(Load, "other", lambda load, system: released.wait(20))
    assert get_config().performance.batch_size == 500
    released.set()
    assert counters()["config.shadow.slow"] == 1


def test_without_the_flag_nothing_is_compared(here: Path) -> None:
    migrated(here)
    feature_flags.set("enable_comparison_tests", False)
    get_config()
    assert not any("shadow" in name for name in counters())


def test_without_tracking_nothing_is_written(here: Path) -> None:
    feature_flags.set("enable_performance_tracking", False)
    migrated(here)
    (here / "settings.json").write_text('{"performance": {"max_workers": 7}}')
    get_config()
    assert counters() == {}
    assert not (here / "metrics.sqlite").exists()


def test_accesses_of_a_process_are_added_at_its_end(here: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=environ)
    stored = MetricsCollector(here / "metrics.sqlite", enabled=lambda: True).summary(stored=True)["counters"]
    assert stored["config.access.new"] == 40


def test_days_are_kept_apart(here: Path) -> None:
    metrics_collector.increment("a", 2, kind="x")
    assert metrics_collector.days("a") == []
    metrics_collector.flush()
    metrics_collector.increment("a", 3, kind="x")
    metrics_collector.flush()
    ((_, labels, number),) = metrics_collector.days("a")
    assert (labels, number) == ({"kind": "x"}, 5)


def test_an_observer_that_fails_harms_nobody(here: Path) -> None:
    metrics = MetricsCollector(here / "metrics.sqlite", enabled=lambda: True)
    metrics.observers.append(lambda: 1 / 0)
    metrics.increment("a")
    assert metrics.flush()
    assert metrics.summary(stored=True)["counters"] == {"a": 1}
