"""MDM's metrics for the meters of OpenTelemetry (extra ``opentelemetry``), measured as they happen.

``forward()`` once at the start is enough; where they go is what the service's own MeterProvider says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm import __version__
from mdm.core.metrics import MetricsCollector, metrics_collector
from mdm.core.metrics_families import MEANINGS
from mdm.integrations.extras import missing

try:
    from opentelemetry.metrics import Meter, MeterProvider, get_meter
except ImportError as error:
    raise missing("opentelemetry", error) from None

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mdm.core.metrics import Kind

__all__ = ["forward"]


def forward(provider: MeterProvider | None = None, metrics: MetricsCollector = metrics_collector) -> Callable[[], None]:
    """Pass on whatever *metrics* counts from now on; return what ends that.

    Counters and gauges keep their names, a timer becomes a histogram in seconds. *provider* is the global one unless
    given.
    """
    return metrics.listen(_Instruments(get_meter("mdm", __version__, provider)))


class _Instruments:
    """Makes each instrument when it is first used."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._recorders: dict[tuple[Kind, str], Callable[[float, Mapping[str, str]], object]] = {}

    def __call__(self, kind: Kind, name: str, value: float, labels: Mapping[str, str]) -> None:
        recorder = self._recorders.get((kind, name))
        if recorder is None:
            recorder = self._recorders[kind, name] = self._recorder(kind, name, MEANINGS.get(name, ""))
        recorder(value, labels)

    def _recorder(self, kind: Kind, name: str, meaning: str) -> Callable[[float, Mapping[str, str]], object]:
        match kind:
            case "counter":
                return self._meter.create_counter(name, description=meaning).add
            case "gauge":
                return self._meter.create_gauge(name, description=meaning).set
            case "timer":
                return self._meter.create_histogram(name, unit="s", description=meaning).record
