"""The page on Python: what is public, from the docstrings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "Datasets": (
        "mdm.client.Client",
        "mdm.dataset.datasets.Datasets",
        "mdm.dataset.reading.source.ReadingOptions",
        "mdm.storage.info.DatasetInfo",
        "mdm.dataset.statistics.ColumnStatistics",
        "mdm.dataset.splitting.recipe.Recipe",
        "mdm.dataset.splitting.result.Split",
    ),
    "Configuration": (
        "mdm.config.manager.get_config",
        "mdm.config.get_setting",
        "mdm.config.set_setting",
        "mdm.config.manager.ConfigurationManager",
        "mdm.config.root.Root",
        "mdm.config.layers.Value",
        "mdm.config.layers.Origin",
        "mdm.config.file_watch.Watch",
        "mdm.config.file_watch.Reloaded",
    ),
    "From 1.x to 2.0": (
        "mdm.config.migrator.ConfigurationMigrator",
        "mdm.config.criteria.Window",
        "mdm.config.status.status_of",
        "mdm.config.status.Status",
        "mdm.config.finalizing.finish",
    ),
    "Flags": ("mdm.core.feature_flags",),
    "Metrics": ("mdm.core.metrics",),
    "Comparing implementations": ("mdm.testing.comparison", "mdm.testing.routing"),
    "Logs and profiles": ("mdm.logs.starting", "mdm.profiling"),
    "Bridges": ("mdm.integrations.openfeature", "mdm.integrations.prometheus", "mdm.integrations.opentelemetry"),
    "Errors": ("mdm.errors",),
}


def interface_page() -> str:
    """Return the page; the builder puts the docstrings in the places of the names."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# Python\n"
    yield "`mdm.Client`, `mdm.config.get_config` and the like are short for what is listed here."
    yield "`get_config()` returns an `MDMConfig`: a `Root` whose typed attributes are the settings."
    for title, names in PUBLIC.items():
        yield f"\n## {title}\n"
        yield from (f"::: {name}\n" for name in names)
