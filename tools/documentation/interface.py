"""The page on Python: what is public, from the docstrings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "Datasets": ("mdm.client.Client", "mdm.dataset.datasets.Datasets"),
    "Configuration": (
        "mdm.config.manager.get_config",
        "mdm.config.get_setting",
        "mdm.config.set_setting",
        "mdm.config.manager.ConfigurationManager",
        "mdm.config.root.Root",
        "mdm.config.migrator.ConfigurationMigrator",
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
    yield "`mdm.Client`, `mdm.config.get_config` and the like are short for what is listed here. All settings are typed"
    yield "attributes of what `get_config()` returns; the page on settings has each of them."
    for title, names in PUBLIC.items():
        yield f"\n## {title}\n"
        yield from (f"::: {name}\n" for name in names)
