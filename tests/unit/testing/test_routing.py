"""A route answers by flag and subject, falls back, and compares a sample without anybody noticing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from mdm.core.feature_flags import FeatureFlags
from mdm.core.metrics import MetricsCollector
from mdm.testing.routing import Route, routed


@pytest.fixture
def flags(tmp_path: Path) -> FeatureFlags:
    return FeatureFlags(tmp_path / "feature_flags.json", {"MDM_HOST_ID": "here"})


@pytest.fixture
def metrics(tmp_path: Path) -> MetricsCollector:
    return MetricsCollector(tmp_path / "metrics.sqlite", enabled=lambda: True)


def old(names: list[str], *, upper: bool = False) -> list[str]:
    """The old one."""
    names.append("old")
    return names


def route(new: Any, flags: FeatureFlags, metrics: MetricsCollector, **options: Any) -> Route[..., list[str]]:
    return Route("use_new_backend", old, new, flags=flags, metrics=metrics, **options)


def counted(metrics: MetricsCollector) -> dict[str, float]:
    """What was counted, without the label."""
    return {name.partition("{")[0]: number for name, number in metrics.summary()["counters"].items()}


def fails(names: list[str]) -> list[str]:
    raise ValueError("hunter2")


def test_the_flag_picks(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    part = route(lambda names: [*names, "new"], flags, metrics)
    assert part([]) == ["old"]
    flags.set("use_new_backend", True)
    assert part([]) == ["new"]
    assert counted(metrics) == {"route.legacy": 1, "route.new": 1}


def test_the_subject_picks_and_sticks(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    part = route(lambda names: ["new"], flags, metrics, subject=lambda names: names[0])
    flags.set("backend_rollout_percentage", 30)
    subjects = [f"dataset {number}" for number in range(500)]
    first = [part([subject])[0] == "new" for subject in subjects]
    assert first == [part([subject])[0] == "new" for subject in subjects]
    assert 110 < sum(first) < 190
    flags.set("backend_rollout_percentage", 60)
    assert all(part([subject])[0] == "new" for subject, was_in in zip(subjects, first, strict=True) if was_in)


def test_the_old_one_stands_in(flags: FeatureFlags, metrics: MetricsCollector, heard: list[str]) -> None:
    flags.set("use_new_backend", True)
    part = route(fails, flags, metrics)
    assert part([]) == part([]) == ["old"]
    assert counted(metrics) == {"route.fallback": 2}
    assert heard[1:] == ["WARNING mdm.testing.routing old: the old implementation stands in (ValueError)"]


def test_it_does_not_where_that_is_off(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    flags.set("use_new_backend", True)
    flags.set("auto_fallback", False)
    with pytest.raises(ValueError, match="hunter2"):
        route(fails, flags, metrics)([])


def test_an_error_of_both_is_the_callers(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    flags.set("use_new_backend", True)
    both = Route("use_new_backend", fails, fails, flags=flags, metrics=metrics)
    with pytest.raises(ValueError, match="hunter2"):
        both([])
    assert counted(metrics) == {}


def test_a_sample_is_compared(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    part = route(lambda names: [*names, "old"], flags, metrics, sample=0.25)
    for _ in range(8):
        given: list[str] = []
        assert part(given) == ["old"] == given  # the other one never saw the caller's list
    assert counted(metrics) == {"route.legacy": 8, "route.compared": 2}


def test_a_mismatch_is_counted_and_told_once(flags: FeatureFlags, metrics: MetricsCollector, heard: list[str]) -> None:
    part = route(lambda names: ["hunter2"], flags, metrics, sample=1)
    assert part([]) == part([]) == ["old"]
    assert counted(metrics)["route.mismatch"] == 2
    assert heard == ["WARNING mdm.testing.routing old: both implementations differ at [0]"]


@pytest.mark.parametrize("argument", [[], logging.getLogger, (each for each in "no generator can be copied")])
def test_a_failing_shadow_harms_nobody(flags: FeatureFlags, metrics: MetricsCollector, argument: Any) -> None:
    part = Route("use_new_backend", lambda names: ["old"], fails, flags=flags, metrics=metrics, sample=1)
    assert part(argument) == ["old"]
    assert counted(metrics) == {"route.legacy": 1, "route.shadow_failed": 1}


def test_without_the_flag_nothing_is_compared(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    flags.set("enable_comparison_tests", False)
    route(fails, flags, metrics, sample=1)([])
    assert counted(metrics) == {"route.legacy": 1}


def test_the_decorator_keeps_name_and_text(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    part = routed("use_new_backend", lambda names: ["new"], flags=flags, metrics=metrics)(old)
    assert (part.__name__, part.__doc__, part.__wrapped__) == ("old", "The old one.", old)  # type: ignore[attr-defined]
    assert part([]) == ["old"]


def test_probes_are_compared_in_place_of_answers(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    done: list[str] = []
    probes = (len, lambda names: len(names) + 1)
    part = Route(
        "use_new_backend", done.append, done.append, probes=probes, sample=1, name="p", flags=flags, metrics=metrics
    )
    part("once")
    assert done == ["once"]
    assert metrics.summary()["counters"] == {
        'route.compared{route="p"}': 1,
        'route.legacy{route="p"}': 1,
        'route.mismatch{route="p"}': 1,
    }


def test_short_processes_are_sampled_too(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    """Processes that end after one call: some of them compare, not all."""
    for _ in range(100):
        route(old, flags, metrics, sample=0.5)([])
    assert 20 < counted(metrics)["route.compared"] < 80


def test_time_is_measured_and_memory_where_that_is_on(flags: FeatureFlags, metrics: MetricsCollector) -> None:
    part = route(old, flags, metrics)
    part([])
    assert (list(metrics.summary()["timers"]), metrics.summary()["gauges"]) == (
        ['route.seconds{route="old",variant="legacy"}'],
        {},
    )
    flags.set("enable_memory_profiling", True)
    flags.set("use_new_backend", True)
    part([])
    [(name, peak)] = metrics.summary()["gauges"].items()
    assert (name, 10e6 < peak < 100e9) == ('route.memory.bytes{route="old",variant="new"}', True)
