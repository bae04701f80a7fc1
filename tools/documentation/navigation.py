"""What is on the site, in its order: pages of the repository by their path, made ones by their name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

NAVIGATION: Final[dict[str, dict[str, str]]] = {
    "MDM": {"Overview": "README.md", "Changes": "CHANGELOG.md"},
    "Tutorials": {
        "You have data": "docs/tutorial_data_scientist.md",
        "You write Python": "docs/tutorial_developer.md",
        "You run a fleet": "docs/tutorial_operator.md",
    },
    "Guides": {
        "From 1.x to 2.0": "docs/config_migration_guide.md",
        "Cutover": "docs/cutover.md",
        "Features": "docs/features.md",
        "Logs and profiles": "docs/logging.md",
    },
    "Reference": {
        "Settings": "settings.md",
        "Variables": "variables.md",
        "Commands": "commands.md",
        "Keys of 1.x": "legacy_keys.md",
        "Python": "python.md",
    },
    "How it is made": {
        "Architecture": "docs/architecture.md",
        "Reliability": "docs/reliability.md",
        "Performance": "docs/performance.md",
        "Contributing": "CONTRIBUTING.md",
    },
}


def pages() -> dict[str, str]:
    """Return the name on the site of each page of the repository, by its path there."""
    listed = (page for group in NAVIGATION.values() for page in group.values())
    return {page: name_of(page) for page in listed if page != name_of(page)}


def name_of(page: str) -> str:
    """Return the name of *page* on the site, where all pages lie in one folder."""
    return "index.md" if page == "README.md" else Path(page).name.lower()
