"""MDM's metrics as Prometheus reads them, from text and from a service, and as OpenTelemetry hears them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from mdm.core.metrics import MetricsCollector
from mdm.core.metrics_families import prometheus_text
from mdm.core.metrics_tally import Tally, key_of
from mdm.integrations.opentelemetry import forward
from mdm.integrations.prometheus import register

NAMES = st.text("ab._é-1", max_size=4)
LABELS = st.dictionaries(st.text("ab_.é1", min_size=1, max_size=2), st.text('x"\\\né{}', max_size=3), max_size=2)
NUMBERS = st.integers(0, 2**60) | st.floats(0, 1e9)
RECORDS = st.lists(st.tuples(st.sampled_from(["add", "put", "time"]), NAMES, LABELS, NUMBERS), max_size=12)


@pytest.fixture
def metrics(tmp_path: Path) -> MetricsCollector:
    metrics = MetricsCollector(tmp_path / "metrics.sqlite", enabled=lambda: True)
    metrics.increment("flags.evaluation", 3, flag='a"\\\n', variant="on")
    metrics.gauge("config.migration.success_rate", 0.5)
    with metrics.timer("config.load.seconds"):
        pass
    return metrics


def tally_of(records: list[tuple[str, str, dict[str, str], float]]) -> Tally:
    tally = Tally()
    for kind, name, labels, value in records:
        getattr(tally, kind)(key_of(name, labels), value)
    return tally


def parsed(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}


def test_the_text_is_what_prometheus_reads(metrics: MetricsCollector) -> None:
    found = parsed(prometheus_text(metrics.tally()))
    assert found["mdm_flags_evaluation_total", (("flag", 'a"\\\n'), ("variant", "on"))] == 3
    assert found["mdm_config_migration_success_rate", ()] == 0.5
    assert found["mdm_config_load_seconds_count", ()] == 1
    assert found["mdm_config_load_seconds_min", ()] == found["mdm_config_load_seconds_sum", ()]


@given(RECORDS)
def test_law_whatever_was_counted_can_be_read(records: list[tuple[str, str, dict[str, str], float]]) -> None:
    text = prometheus_text(tally_of(records))
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    types = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(parsed(text)) == len(lines)  # no sample twice
    assert len({line.split()[2] for line in types}) == len(types)  # no family twice


@given(RECORDS)
def test_law_no_count_is_lost(records: list[tuple[str, str, dict[str, str], float]]) -> None:
    counted = [record for record in records if record[0] == "add"]
    found = parsed(prometheus_text(tally_of(counted)))
    assert sum(found.values()) == pytest.approx(sum(record[3] for record in counted))


def test_a_service_exposes_the_same_numbers(metrics: MetricsCollector) -> None:
    registry = CollectorRegistry()
    end = register(registry, metrics)
    exposed = parsed(generate_latest(registry).decode())
    assert exposed == parsed(prometheus_text(metrics.tally()))
    metrics.increment("config.fallback")
    assert parsed(generate_latest(registry).decode())["mdm_config_fallback_total", ()] == 1
    end()
    assert generate_latest(registry) == b""


def test_a_service_can_expose_what_all_processes_counted(metrics: MetricsCollector) -> None:
    registry = CollectorRegistry()
    register(registry, MetricsCollector(metrics.path, enabled=lambda: True), stored=True)
    assert generate_latest(registry) == b""
    metrics.flush()
    assert parsed(generate_latest(registry).decode())["mdm_config_load_seconds_count", ()] == 1


def test_opentelemetry_hears_of_everything_until_it_ends(metrics: MetricsCollector) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    end = forward(provider, metrics)
    metrics.increment("flags.evaluation", 2, flag="a")
    metrics.increment("flags.evaluation", flag="a")
    metrics.gauge("rows", 5)
    with metrics.timer("config.load.seconds"):
        pass
    end()
    metrics.increment("flags.evaluation", flag="a")
    data = reader.get_metrics_data()
    assert data is not None
    found = {each.name: each for each in data.resource_metrics[0].scope_metrics[0].metrics}
    (counted,), (rows,), (seconds,) = (
        found[name].data.data_points for name in ("flags.evaluation", "rows", "config.load.seconds")
    )
    assert isinstance(counted, NumberDataPoint)
    assert (counted.value, dict(counted.attributes or {})) == (3, {"flag": "a"})
    assert isinstance(rows, NumberDataPoint)
    assert rows.value == 5
    assert isinstance(seconds, HistogramDataPoint)
    assert (seconds.count, found["config.load.seconds"].unit) == (1, "s")
    provider.shutdown()


def test_a_listener_that_fails_is_not_noticed(metrics: MetricsCollector) -> None:
    metrics.listen(lambda *_: 1 // 0)
    metrics.increment("config.fallback")
    assert metrics.summary()["counters"]["config.fallback"] == 1


@pytest.mark.parametrize(
    ("extra", "package"),
    [("openfeature", "openfeature"), ("prometheus", "prometheus_client"), ("opentelemetry", "opentelemetry")],
)
def test_a_missing_package_is_named_with_its_extra(extra: str, package: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        f"try:\n    import mdm.integrations.{extra}\nexcept ImportError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith(f"mdm.integrations.{extra}: the package {package}")
    assert run.stdout.endswith(f"  hint: pip install 'ml-data-manager[{extra}]'\n")
