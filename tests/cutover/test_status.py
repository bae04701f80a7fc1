"""What ``mdm config status`` tells, and what it takes to be safe to finish."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mdm.config.criteria import Window
from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.selection import Surroundings
from mdm.config.status import Status, status_of
from mdm.core.feature_flags import FeatureFlags

from .conftest import Home

TODAY = datetime.now(UTC)


def migrated(home: Home) -> Home:
    home.write("batch_size: 500\n", "config.yaml")
    home.ok("config", "migrate", "--execute")
    return home


def conditions(home: Home, *options: str, **variables: str) -> dict[str, bool]:
    """Which conditions are met, by their first words."""
    found = home.ok("config", "status", "--json", *options, **variables).json
    assert found["safe_to_finish"] is all(c["met"] for c in found["criteria"])
    return {c["name"]: c["met"] for c in found["criteria"]}


def unmet(home: Home, *options: str, **variables: str) -> list[str]:
    return [name for name, met in conditions(home, *options, **variables).items() if not met]


def test_before_the_migration(home: Home) -> None:
    home.write("batch_size: 500\n", "config.yaml")
    result = home.ok("config", "status")
    assert "active       the legacy system, from ~/.mdm/config.yaml" in result.out
    assert "migrated     not yet" in result.out
    assert "safe to finish: no" in result.out
    assert "there is no new configuration" in result.out
    assert "hint: 'mdm config migrate' makes it of the legacy files" in result.out


def test_right_after_the_migration(home: Home) -> None:
    migrated(home)
    result = home.ok("config", "status")
    assert "active       the new system, from ~/.mdm/mdm.yaml" in result.out
    assert f"only since {TODAY.date()}" in result.out
    assert unmet(home) == ["the new system answers", "it was watched"]
    assert unmet(home, "--days", "0") == unmet(home, "--since", str(TODAY.date())) == []


def test_looking_changes_nothing(home: Home) -> None:
    before = migrated(home).files()
    home.ok("config", "status")
    home.ok("config", "finalize")
    assert home.files() == before


def test_a_difference_now(home: Home) -> None:
    migrated(home).write('{"performance": {"max_workers": 7}}', "settings.json")
    result = home.ok("config", "status", "--days", "0")
    assert "performance.max_workers  7       5" in result.out
    assert "they differ now: performance.max_workers" in result.out
    assert unmet(home, "--days", "0") == ["both systems answer the same"]
    assert unmet(home, "--days", "0", "--accept", "performance.max_workers") == []


def test_a_change_in_the_new_file_is_no_difference(home: Home) -> None:
    migrated(home).ok("config", "set", "performance.batch_size", "700")
    assert unmet(home, "--days", "0") == []


def test_secrets_are_masked(home: Home) -> None:
    migrated(home).write('{"database": {"postgresql": {"password": "hunter2"}}}', "settings.json")
    page = home.folder / "page.html"
    shown = [home.ok("config", "status", *options).out for options in ([], ["--json"], ["--html", str(page)])]
    assert "hunter2" not in "".join(shown) + page.read_text()
    assert "database.postgresql_password" in shown[0]


@pytest.mark.parametrize("broken", ["version: [", "version: '2'\nperformance: {batch_size: 1}\n"])
def test_a_broken_new_configuration(home: Home, broken: str) -> None:
    migrated(home).write(broken)
    result = home.ok("config", "status")
    assert "because the new configuration is refused" in result.out
    assert "refused      ~/.mdm/mdm.yaml:" in result.out
    assert {"the new configuration is in place", "the new system answers", "nothing fell back"} <= set(unmet(home))


def test_variables(home: Home) -> None:
    migrated(home)
    assert unmet(home, "--days", "0", MDM_BATCH_SIZE="600") == ["nothing deprecated is in use"]
    assert unmet(home, "--days", "0", MDM_PERFORMANCE__BATCH_SIZE="600") == []
    assert "the new system answers" in unmet(home, "--days", "0", MDM_REFACTORING__USE_NEW_CONFIG="false")
    assert unmet(home, "--days", "0", MDM_REFACTORING__ENABLE_COMPARISON_TESTS="0") == ["it was watched"]


@pytest.mark.parametrize("option", [["--since", "soon"], ["--since", "2026-01-01", "--days", "3"], ["--days", "-1"]])
def test_wrong_times(home: Home, option: list[str]) -> None:
    assert home.run("config", "status", *option).code == 2


# Over time, through the public interface ----------------------------------------------------------------------------


class Installation:
    """One home with a past that can be chosen."""

    def __init__(self, root: Path) -> None:
        self.folder = root / ".mdm"
        self.folder.mkdir()
        self.around = Surroundings({"HOME": str(root)}, root)
        self.flags = FeatureFlags(environ=self.around.environ)
        self.manager = ConfigurationManager(surroundings=self.around, flags=self.flags)
        (self.folder / "config.yaml").write_text("batch_size: 500\n")
        self.migrator = ConfigurationMigrator(surroundings=self.around)
        self.migrator.apply()

    def flag(self, name: str, value: bool | int, days_ago: int) -> None:
        self.flags.set(name, value, who="a test", when=TODAY - timedelta(days_ago))

    def count(self, name: str, days_ago: int, **labels: str) -> None:
        import json
        import sqlite3

        self.manager.metrics.increment("anything")
        assert self.manager.metrics.flush()
        day = (TODAY - timedelta(days_ago)).date().isoformat()
        with sqlite3.connect(self.folder / "metrics.sqlite") as connection:
            row = (day, name, json.dumps(sorted(labels.items())), 1)
            connection.execute("INSERT INTO days VALUES (?, ?, ?, ?)", row)
        connection.close()

    def status(self, days: int = 7, *accepted: str) -> Status:
        return status_of(self.manager, self.migrator, Window.of_days(days, frozenset(accepted)))

    def unmet(self, days: int = 7, *accepted: str) -> list[str]:
        return [criterion.name for criterion in self.status(days, *accepted).criteria if not criterion.met]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    (made.folder / "feature_flags.json").unlink()
    made.flag("use_new_config", True, 10)
    made.count("config.access.new", 20)
    return made


def test_all_quiet(installation: Installation) -> None:
    assert installation.unmet() == []
    assert installation.status().safe
    assert installation.unmet(11) == ["the new system answers"]


@pytest.mark.parametrize(
    ("name", "labels", "condition"),
    [
        ("config.fallback", {}, "nothing fell back"),
        ("config.shadow.mismatch", {"key": "performance.batch_size"}, "both systems answer the same"),
        ("config.deprecated", {"variable": "MDM_BATCH_SIZE"}, "nothing deprecated is in use"),
    ],
)
def test_what_was_counted_is_held_against_it_for_a_time(
    installation: Installation, name: str, labels: dict[str, str], condition: str
) -> None:
    installation.count(name, 8, **labels)
    assert installation.unmet(7) == []
    assert installation.unmet(8) == [condition]
    installation.count(name, 0, **labels)
    assert installation.unmet(1) == [condition]
    assert installation.unmet(0) == []
    assert installation.unmet(8, "performance.batch_size") == ([condition] if "key" not in labels else [])


def test_time_counts_anew_after_a_switch_back(installation: Installation) -> None:
    installation.flag("use_new_config", False, 5)
    installation.flag("use_new_config", True, 4)
    assert installation.unmet(4) == []
    assert installation.unmet(5) == ["the new system answers"]


def test_a_time_without_comparison_proves_nothing(installation: Installation) -> None:
    installation.flag("enable_comparison_tests", False, 5)
    installation.flag("enable_comparison_tests", True, 3)
    assert installation.unmet(2) == []
    assert installation.unmet(4) == ["it was watched"]


def test_a_time_of_which_nothing_is_known_proves_nothing(installation: Installation) -> None:
    (installation.folder / "metrics.sqlite").unlink()
    assert installation.unmet() == ["it was watched"]
    installation.count("config.access.new", 7)
    assert installation.unmet() == []


def test_a_window() -> None:
    window = Window.of_days(7, today=date(2026, 11, 23))
    assert (window.since, str(window)) == (date(2026, 11, 16), "since 2026-11-16")
    assert [window.holds(date(2026, 11, day)) for day in (15, 16, 23)] == [False, True, True]
    assert not Window.of_days(0).holds(TODAY.date())
