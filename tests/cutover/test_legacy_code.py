"""Old code, written for a plain dictionary, runs unchanged whichever system answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mdm.config import get_config
from mdm.config.legacy import get_config as legacy_get_config
from mdm.config.manager import config_manager
from mdm.config.migrator import ConfigurationMigrator
from mdm.core.feature_flags import feature_flags

from .legacy_code import HABITS

LEGACY = """\
database:
  backend: duckdb
  sqlite:
    journal_mode: DELETE
    cache_size: -2000
batch_size: 500
log_level: DEBUG
debug: false
plugin:
  name: mine
  options: [a, b]
"""


@pytest.fixture(params=["legacy", "new", "new, after an assignment"])
def answered(request: pytest.FixtureRequest, here: Path) -> tuple[Any, Any]:
    """The plain dictionary of the old program, and what `get_config` returns in a mode."""
    (here / "config.yaml").write_text(LEGACY)
    plain = legacy_get_config()
    if request.param != "legacy":
        assert ConfigurationMigrator().perform_migration(dry_run=False)["success"]
    config = get_config()
    if "assignment" in request.param:
        config.get("batch_size")
        config.performance.batch_size = 501
        config.performance.batch_size = 500
    assert config_manager.system() == request.param.split(",")[0]
    return plain, config


def test_it_runs_unchanged(answered: tuple[Any, Any]) -> None:
    plain, config = answered
    assert {name: habit(config) for name, habit in HABITS.items()} == {
        name: habit(plain) for name, habit in HABITS.items()
    }


def test_there_are_thirty() -> None:
    assert len(HABITS) >= 30


def test_what_it_says_follows_a_change(here: Path) -> None:
    (here / "config.yaml").write_text(LEGACY)
    config = get_config()
    copied = config.model_copy()
    assert config.get("batch_size") == 500
    config.performance.batch_size = 700
    assert (config.get("batch_size"), config["batch_size"], copied.get("batch_size")) == (700, 700, 500)


def test_one_program_sees_both_systems(here: Path) -> None:
    (here / "config.yaml").write_text(LEGACY)
    assert get_config().get("batch_size") == 500
    ConfigurationMigrator().perform_migration(dry_run=False)
    config_manager.set("performance.batch_size", 600)
    assert get_config().get("batch_size") == 600
    feature_flags.set("use_new_config", False)
    assert config_manager.system() == "legacy"
    assert get_config()["batch_size"] == 600
