"""``mdm metrics`` as a process, and what commands and programs count."""

from __future__ import annotations

import stat

import pytest

from mdm.core.metrics import MetricsCollector

from .conftest import Home

NEW = "version: '2.0.0'\nperformance:\n  batch_size: 500\n"
USES_A_FLAG = "from mdm.core.feature_flags import feature_flags; feature_flags.is_enabled('use_new_backend', 'x')"
LOADS = "from mdm.config import get_config; get_config()"


def count(home: Home) -> None:
    metrics = MetricsCollector(home.folder / "metrics.sqlite", enabled=lambda: True)
    metrics.increment("config.fallback", 2)
    metrics.gauge("config.migration.success_rate", 0.5)
    with metrics.timer("config.load.seconds"):
        pass
    assert metrics.flush()


def test_nothing_yet(home: Home) -> None:
    assert home.ok("metrics", "show").out == "nothing was counted yet\n"
    assert home.ok("metrics", "show", "--json").json == {"counters": {}, "gauges": {}, "timers": {}}
    assert home.ok("metrics", "export").out == ""
    assert home.files() == {}


def test_show(home: Home) -> None:
    count(home)
    text = home.ok("metrics", "show").out
    assert "config.fallback                2\n" in text
    assert "config.load.seconds            1 time, 0.000 s on average" in text
    assert home.ok("metrics", "show", "--json").json["counters"] == {"config.fallback": 2}
    assert list(home.files()) == [".mdm/metrics.sqlite"]


def test_export(home: Home) -> None:
    count(home)
    text = home.ok("metrics", "export").out
    assert "# TYPE mdm_config_fallback_total counter\nmdm_config_fallback_total 2\n" in text
    assert home.ok("metrics", "export", "mdm.prom").out == f"written: {home.here / 'mdm.prom'}\n"
    file = home.here / "mdm.prom"
    assert file.read_text() == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o644  # another user reads it
    file.chmod(0o640)
    home.ok("metrics", "export", "mdm.prom")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in home.here.iterdir()] == ["mdm.prom"]


def test_export_to_where_nothing_can_be_written(home: Home) -> None:
    result = home.run("metrics", "export", "no/such/folder/mdm.prom")
    assert (result.code, result.out) == (1, "")
    assert "no such file or folder" in result.err


def test_reset(home: Home) -> None:
    count(home)
    assert home.ok("metrics", "reset").out == "everything counts from zero\n"
    assert home.ok("metrics", "show").out == "nothing was counted yet\n"
    count(home)
    assert home.ok("metrics", "show", "--json").json["counters"] == {"config.fallback": 2}
    assert home.on_terminal("metrics", "reset", answers="n\n").code == 1


@pytest.mark.parametrize("command", ["show", "export"])
def test_a_damaged_file_is_an_error_for_who_looks_and_for_nobody_else(home: Home, command: str) -> None:
    home.write("not a database" * 1000, "metrics.sqlite")
    result = home.run("metrics", command)
    assert (result.code, result.out) == (1, "")
    assert "~/.mdm/metrics.sqlite: the metrics cannot be read" in result.err
    assert home.python("-c", USES_A_FLAG).err == ""
    assert home.ok("metrics", "reset").out.startswith("damaged, moved aside: ~/.mdm/metrics.sqlite.damaged-")
    assert home.ok("metrics", command).err == ""


def test_a_program_counts_flags_and_loads_when_it_ends(home: Home) -> None:
    home.write(NEW)
    for _ in range(3):
        assert home.python("-c", f"{USES_A_FLAG}; {LOADS}").err == ""
    found = home.ok("metrics", "show", "--json").json
    assert found["counters"] == {
        "config.access.new": 3,
        'flags.evaluation{flag="use_new_backend",variant="off"}': 3,
    }
    assert found["timers"]["config.load.seconds"]["count"] == 3


def test_a_fork_counts_its_own(home: Home) -> None:
    home.write(NEW)
    script = f"import os, sys\n{USES_A_FLAG}\npid = os.fork()\n{USES_A_FLAG}\nif pid: os.waitpid(pid, 0)\nsys.exit(0)"
    assert home.python("-c", script).code == 0
    assert list(home.ok("metrics", "show", "--json").json["counters"].values()) == [3]


def test_a_program_leaves_no_trace_where_there_is_no_home_or_tracking_is_off(home: Home) -> None:
    assert home.python("-c", f"{USES_A_FLAG}; {LOADS}").err == ""
    assert home.files() == {}
    home.write(NEW + "refactoring: {enable_performance_tracking: false}\n")
    home.python("-c", f"{USES_A_FLAG}; {LOADS}")
    assert list(home.files()) == [".mdm/mdm.yaml"]
    assert "enable_performance_tracking is off" in home.ok("metrics", "show").err


@pytest.mark.parametrize(
    "arguments", [("get", "debug"), ("show",), ("explain", "debug"), ("validate",), ("diff",), ("analyze",), ("path",)]
)
def test_looking_at_the_configuration_counts_nothing(home: Home, arguments: tuple[str, ...]) -> None:
    home.write(NEW)
    before = home.files()
    home.python("-m", "mdm", "config", *arguments)
    assert home.files() == before


def test_reading_one_value_opens_no_metrics(home: Home) -> None:
    home.write(NEW)
    result = home.python("-X", "importtime", "-m", "mdm", "config", "get", "debug")
    assert result.out == "false\n"
    assert "mdm.core.metrics_store" not in result.err
    assert "sqlite3" not in result.err


def test_a_migration_counts_what_became_of_the_settings(legacy_home: Home) -> None:
    legacy_home.ok("config", "migrate")
    assert not (legacy_home.folder / "metrics.sqlite").exists()
    legacy_home.ok("config", "migrate", "--execute")
    found = legacy_home.ok("metrics", "show", "--json").json
    assert found["gauges"] == {"config.migration.success_rate": 1}
    assert sum(found["counters"].values()) == 6
    assert found["counters"]['config.migration.settings{outcome="moved"}'] == 4


def test_a_migration_that_takes_a_default_instead_is_no_full_success(legacy_home: Home) -> None:
    legacy_home.write("batch_size: 5\nlog_level: debug\n", "config.yaml")
    legacy_home.ok("config", "migrate", "--execute", "--on-invalid=default")
    assert legacy_home.ok("metrics", "show", "--json").json["gauges"] == {"config.migration.success_rate": 0.5}


def test_a_migration_without_tracking_counts_nothing(legacy_home: Home) -> None:
    variable = {"MDM_REFACTORING__ENABLE_PERFORMANCE_TRACKING": "false"}
    legacy_home.ok("config", "migrate", "--execute", **variable)
    assert not (legacy_home.folder / "metrics.sqlite").exists()
