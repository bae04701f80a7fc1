"""MDM's metrics among those that a service exposes with prometheus-client (extra ``prometheus``).

``register()`` once at the start is enough. Short commands need none of it: see ``mdm metrics export``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.core.metrics import MetricsCollector, metrics_collector
from mdm.core.metrics_families import families
from mdm.integrations.extras import missing

try:
    from prometheus_client.core import REGISTRY, Metric, Sample
    from prometheus_client.registry import Collector, CollectorRegistry
except ImportError as error:
    raise missing("prometheus", error) from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PrometheusCollector", "register"]


class PrometheusCollector(Collector):
    """Gives what *metrics* has counted in this process, under the names of ``mdm metrics export``.

    With *stored*, what all processes of the installation have counted together.
    """

    def __init__(self, metrics: MetricsCollector = metrics_collector, *, stored: bool = False) -> None:
        self._metrics = metrics
        self._stored = stored

    def describe(self) -> list[Metric]:
        """Promise no names: they are known when something was counted."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield one family after the other."""
        for family in families(self._metrics.tally(stored=self._stored)):
            metric = Metric(family.name, family.meaning, family.kind)
            metric.samples += [Sample(name, dict(labels), value) for (name, labels), value in family.samples]
            yield metric


def register(
    registry: CollectorRegistry = REGISTRY, metrics: MetricsCollector = metrics_collector, *, stored: bool = False
) -> Callable[[], None]:
    """Let *registry* expose MDM's metrics; return what ends that."""
    collector = PrometheusCollector(metrics, stored=stored)
    registry.register(collector)
    return lambda: registry.unregister(collector)
