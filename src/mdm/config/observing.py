"""What is counted and said of each load, so that the end of the cutover can be decided on figures."""

from __future__ import annotations

from mdm.config.answering import Load
from mdm.config.layers import Layer
from mdm.config.systems import Active
from mdm.core.feature_flags import FeatureFlags
from mdm.core.log import log
from mdm.core.metrics import MetricsCollector


def observe(active: Active, load: Load, flags: FeatureFlags, metrics: MetricsCollector) -> None:
    """Count what is worth knowing of a *load* before the cutover ends, and let the other system be compared."""
    fell_back = any(notice.kind == "fallback" for notice in active.notices)
    read = "the {system} system answers, from {files}"
    files = ", ".join(map(str, active.files)) or "no file"
    log("WARNING" if fell_back else "DEBUG", read, system=active.system, files=files)
    for variable in active.config.state.variables(Layer.LEGACY_ENVIRONMENT):
        metrics.increment("config.deprecated", variable=variable)
    if fell_back:
        metrics.increment("config.fallback")
        metrics.flush()  # a service may run for months
    elif flags.get("enable_comparison_tests") and load.may_have_other(active):
        from mdm.config import shadow

        shadow.compare(active, lambda: load.other(active.system), metrics)
