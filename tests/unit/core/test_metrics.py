"""What the metrics promise: right sums from threads, processes and forks, and no error that reaches the caller."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from mdm.core.feature_flags import feature_flags
from mdm.core.metrics import MetricsCollector, metrics_collector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCRIPT = """
import os, sys
from pathlib import Path
from mdm.core.metrics import MetricsCollector
m = MetricsCollector(Path(sys.argv[1]), enabled=lambda: True)
"""
ADD = """
for _ in range(25):
    m.increment("runs")
    m.increment("runs", 2, kind="b")
    with m.timer("t"):
        pass
    assert m.flush()
"""
ADD_FOR_EVER = """
while True:
    m.increment("a")
    m.increment("b", 2)
    assert m.flush()
    print(flush=True)
"""
FORK = """
m.increment("runs")
child = os.fork()
m.increment("runs")
assert m.flush()
assert child == 0 or os.waitpid(child, 0)[1] == 0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "metrics.sqlite"


@pytest.fixture
def metrics(file: Path) -> MetricsCollector:
    return MetricsCollector(file, enabled=lambda: True)


def start(file: Path, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", SCRIPT + code, str(file)], stdout=subprocess.PIPE, text=True)


def test_counters_add_up_by_name_and_labels(metrics: MetricsCollector) -> None:
    metrics.increment("config.fallback")
    metrics.increment("config.fallback", 2)
    metrics.increment("config.fallback", value=0.5)
    metrics.increment("flags.evaluation", flag="use_new_config", variant=True)
    metrics.increment("flags.evaluation", variant=True, flag="use_new_config")
    metrics.increment("config.shadow.mismatch", key='a"\\b')
    assert metrics.summary()["counters"] == {
        "config.fallback": 3.5,
        'config.shadow.mismatch{key="a\\"\\\\b"}': 1,
        'flags.evaluation{flag="use_new_config",variant="True"}': 2,
    }


def test_a_gauge_keeps_its_last_value(metrics: MetricsCollector) -> None:
    metrics.gauge("rows", 5, table="a")
    metrics.gauge("rows", 3, table="a")
    assert metrics.summary()["gauges"] == {'rows{table="a"}': 3}


def test_a_timer_measures_also_what_raises(metrics: MetricsCollector) -> None:
    with metrics.timer("load", source="file"):
        time.sleep(0.02)
    with pytest.raises(KeyError), metrics.timer("load", source="file"):
        raise KeyError
    (found,) = metrics.summary()["timers"].values()
    assert found["count"] == 2
    assert 0 <= found["min"] < 0.02 <= found["max"] <= found["sum"] < 5


def test_flush_adds_to_what_is_stored(file: Path, metrics: MetricsCollector) -> None:
    for collector in (metrics, MetricsCollector(file, enabled=lambda: True)):
        collector.increment("runs", 2, kind="a")
        collector.gauge("size", 7)
        with collector.timer("load"):
            pass
        assert collector.flush()
        assert collector.flush()
    stored = metrics.summary(stored=True)
    assert stored["counters"] == {'runs{kind="a"}': 4}
    assert stored["gauges"] == {"size": 7}
    assert stored["timers"]["load"]["count"] == 2
    assert metrics.summary()["counters"] == {'runs{kind="a"}': 2}
    metrics.increment("runs", kind="a")
    assert metrics.summary()["counters"] == {'runs{kind="a"}': 3}
    assert metrics.summary(stored=True)["counters"] == {'runs{kind="a"}': 5}


def test_reset_forgets_what_this_process_counted(metrics: MetricsCollector) -> None:
    metrics.increment("runs")
    metrics.flush()
    metrics.increment("runs")
    metrics.reset()
    assert metrics.summary() == {"counters": {}, "gauges": {}, "timers": {}}
    assert metrics.summary(stored=True)["counters"] == {"runs": 1}


def test_export_writes_the_summary_as_json(metrics: MetricsCollector, tmp_path: Path) -> None:
    metrics.increment("runs", kind="ä")
    assert metrics.export(tmp_path / "new" / "metrics.json")
    assert json.loads((tmp_path / "new" / "metrics.json").read_bytes()) == metrics.summary()


def test_eight_processes_add_up_exactly(file: Path, metrics: MetricsCollector) -> None:
    runs = [start(file, ADD) for _ in range(8)]
    for run in runs:
        run.communicate(timeout=60)
    assert [run.returncode for run in runs] == [0] * 8
    stored = metrics.summary(stored=True)
    assert stored["counters"] == {"runs": 200, 'runs{kind="b"}': 400}
    assert stored["timers"]["t"]["count"] == 200


def test_a_kill_loses_no_flush_and_adds_none_twice(file: Path, metrics: MetricsCollector) -> None:
    said = 0
    for _ in range(3):
        with start(file, ADD_FOR_EVER) as run:
            assert run.stdout is not None
            said += sum(1 for _ in zip(range(10), run.stdout, strict=False))
            run.send_signal(signal.SIGKILL)
            said += sum(1 for _ in run.stdout)
    stored = metrics.summary(stored=True)["counters"]
    assert stored["b"] == 2 * stored["a"]
    assert said <= stored["a"] <= said + 3
    metrics.increment("a")
    assert metrics.flush()


def test_threads_add_up_exactly(metrics: MetricsCollector) -> None:
    def work() -> None:
        for number in range(500):
            metrics.increment("runs")
            if number % 100 == 0:
                metrics.flush()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.summary()["counters"] == {"runs": 4000}
    assert metrics.flush()
    assert metrics.summary(stored=True)["counters"] == {"runs": 4000}


def test_a_fork_does_not_count_its_parents_again(file: Path) -> None:
    run = start(file, FORK)
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert MetricsCollector(file, enabled=lambda: True).summary(stored=True)["counters"] == {"runs": 3}


class Nasty:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.increment("runs", "many"),
        lambda m: m.increment("runs", float("nan")),
        lambda m: m.increment("runs", 10**400),
        lambda m: m.gauge("runs", float("inf")),
        lambda m: m.gauge("runs", None),
        lambda m: m.increment("runs", label=Nasty()),
        lambda m: m.export(None),
    ],
)
def test_an_error_does_not_reach_the_caller(
    metrics: MetricsCollector, call: Callable[[MetricsCollector], object]
) -> None:
    call(metrics)
    assert metrics.summary() == {"counters": {}, "gauges": {}, "timers": {}}


def test_odd_names_and_numbers_can_be_stored(metrics: MetricsCollector) -> None:
    metrics.increment("\udcff", 2**70, label="\udcff\n")
    metrics.increment("large", 2**62)
    metrics.flush()
    metrics.increment("large", 2**62)
    assert metrics.flush()
    assert metrics.summary(stored=True)["counters"]["large"] == pytest.approx(2.0**63)


@pytest.mark.parametrize("obstacle", ["a folder", "no database", "a file for a folder"])
def test_what_cannot_be_written_waits(file: Path, metrics: MetricsCollector, obstacle: str) -> None:
    if obstacle == "a file for a folder":
        file.parent.touch()
    else:
        file.parent.mkdir()
        _ = file.mkdir() if obstacle == "a folder" else file.write_bytes(b"not a database" * 100)  # type: ignore[func-returns-value]
    metrics.increment("runs")
    assert metrics.flush() is False
    assert metrics.summary(stored=True)["counters"] == {"runs": 1}
    if obstacle == "a file for a folder":
        file.parent.unlink()
    else:
        file.rename(file.with_name("away"))
    metrics.increment("runs")
    assert metrics.flush()
    assert metrics.summary(stored=True)["counters"] == {"runs": 2}


def test_nothing_is_measured_or_written_when_disabled(file: Path) -> None:
    metrics = MetricsCollector(file, enabled=lambda: False)
    metrics.increment("runs")
    metrics.gauge("size", 1)
    with metrics.timer("load"):
        pass
    assert not metrics.flush()
    assert not metrics.export(file.with_name("out.json"))
    assert metrics.summary() == {"counters": {}, "gauges": {}, "timers": {}}
    assert not file.parent.exists()


def test_the_shared_instance_obeys_the_flag_and_lies_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MDM_HOME_DIR", str(tmp_path))
    metrics_collector.reset()
    metrics_collector.increment("runs")
    assert metrics_collector.flush()
    assert metrics_collector.path == tmp_path / "metrics.sqlite"
    assert metrics_collector.path.exists()
    feature_flags.set("enable_performance_tracking", False)
    metrics_collector.increment("runs")
    assert not metrics_collector.enabled
    assert metrics_collector.summary()["counters"] == {"runs": 1}
    metrics_collector.reset()


def test_importing_touches_nothing(tmp_path: Path) -> None:
    code = "import sys, mdm.core.metrics; print(sorted({'json', 'sqlite3', 'mdm.core.feature_flags'} & {*sys.modules}))"
    environ = {**os.environ, "HOME": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_migration_does_not_care_whether_its_numbers_can_be_kept(tmp_path: Path) -> None:
    home = tmp_path / ".mdm"
    (home / "metrics.sqlite").mkdir(parents=True)
    (home / "config.yaml").write_text("batch_size: 500\n")
    environ = {"HOME": str(tmp_path)}
    from mdm.config.migrator import ConfigurationMigrator
    from mdm.config.selection import Surroundings

    done = ConfigurationMigrator(surroundings=Surroundings(environ, tmp_path)).apply()
    assert done.plan.after is not None
    assert (home / "mdm.yaml").exists()
