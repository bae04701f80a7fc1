"""Two hundred installations go over in steps; some have a new configuration that is broken.

`use_new_config` has no percentage of its own. As a fleet does it, each installation follows the rollout that its own id
puts it into (`backend_rollout_percentage`), and switches its configuration with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path

import pytest

from mdm.config.criteria import Window
from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.selection import Surroundings
from mdm.config.status import status_of
from mdm.core.feature_flags import FeatureFlags
from mdm.testing.routing import Route

SIZE = 200
STEPS = (0, 10, 50, 100)
BROKEN = {
    7: "version: [",
    23: "version: '2.0.0'\nperformance: {batch_size: 1}\n",
    61: "version: '2.0.0'\nno_such_section: 1\n",
    88: "version: '2.0.0'\ndatabase: {default_backend: oracle}\n",
    140: "- a list\n",
}
PREFIX = "MDM_REFACTORING__"


@dataclass
class Installation:
    """One of the fleet: its number, its environment, and what it runs."""

    number: int
    environ: dict[str, str]
    new_file: str

    def __post_init__(self) -> None:
        self.around = Surroundings(self.environ, None)
        self.flags = FeatureFlags(environ=self.environ)
        self.manager = ConfigurationManager(surroundings=self.around, flags=self.flags)
        self.storage = Route(
            "use_new_backend", lambda: "old", self.new_storage, flags=self.flags, metrics=self.manager.metrics
        )

    def new_storage(self) -> str:
        if self.number in BROKEN:
            raise OSError("the disk of this one is broken as well")
        return "new"

    def roll_out(self, percentage: int) -> tuple[str, str]:
        """Follow the rollout, with which the new file comes; return which system answers and which storage is used."""
        self.environ[f"{PREFIX}BACKEND_ROLLOUT_PERCENTAGE"] = str(percentage)
        enrolled = self.flags.is_enabled("use_new_backend")
        self.environ[f"{PREFIX}USE_NEW_CONFIG"] = str(enrolled).lower()
        if enrolled:
            (self.around.home / "mdm.yaml").write_text(BROKEN.get(self.number, self.new_file))
        self.manager.reload()
        config = self.manager.get_config()
        assert (config.database.default_backend, config["database"]["backend"]) == ("duckdb", "duckdb")
        return self.manager._answering, self.storage()


@pytest.fixture
def fleet(tmp_path: Path) -> list[Installation]:
    """Legacy homes with ids of their own, and the new file that a migration makes of them."""
    made = []
    text = ""
    for number in range(SIZE):
        home = tmp_path / f"{number:03}" / ".mdm"
        home.mkdir(parents=True)
        (home / "config.yaml").write_text("database:\n  backend: duckdb\nbatch_size: 500\n")
        environ = {"HOME": str(home.parent), "MDM_HOST_ID": f"installation-{number:03}"}
        if not text:
            ConfigurationMigrator(surroundings=Surroundings(environ, None)).apply()
            text = (home / "mdm.yaml").read_text()
            (home / "mdm.yaml").unlink()
            (home / "feature_flags.json").unlink()
        made.append(Installation(number, environ, text))
    return made


@pytest.mark.filterwarnings("ignore:the legacy configuration is used, because the new one is refused")
@pytest.mark.filterwarnings("ignore:.*the default is used")
def test_a_fleet_goes_over(fleet: list[Installation]) -> None:
    inside: list[set[int]] = []
    for percentage in STEPS:
        answers = {each.number: each.roll_out(percentage) for each in fleet}
        enrolled = {each.number for each in fleet if each.flags.get("use_new_config")}
        inside.append(enrolled)

        # The shares are those of a fair draw, to four standard deviations; at the ends, exact.
        share = percentage / 100
        assert abs(len(enrolled) - SIZE * share) <= 4 * sqrt(SIZE * share * (1 - share))
        # Who is enrolled and sound is on the new side with both parts; everybody else on the old one with both.
        sound = enrolled - set(BROKEN)
        assert {number for number, answer in answers.items() if answer == ("new", "new")} == sound
        assert all(answers[number] == ("legacy", "old") for number in set(answers) - sound)
        # Asked again, everybody says the same.
        assert {each.number for each in fleet if each.flags.is_enabled("use_new_backend")} == enrolled

    # Nobody who is in falls out when the percentage grows.
    assert all(before <= after for before, after in pairwise(inside))
    assert len(inside[-1]) == SIZE

    # Back to 10 %: exactly those come back who were there before.
    for each in fleet:
        each.environ[f"{PREFIX}BACKEND_ROLLOUT_PERCENTAGE"] = "10"
    assert {each.number for each in fleet if each.flags.is_enabled("use_new_backend")} == inside[1]
    for each in fleet:
        each.environ[f"{PREFIX}BACKEND_ROLLOUT_PERCENTAGE"] = "100"

    # The report tells which ones are broken, and why.
    told = {each.number: _report(each) for each in fleet if each.number in BROKEN or each.number < 10}
    assert {number for number, (fell_back, _) in told.items() if fell_back} == set(BROKEN)
    assert all("mdm.yaml" in why for fell_back, why in told.values() if fell_back)
    assert all(why == "" for fell_back, why in told.values() if not fell_back)


def _report(each: Installation) -> tuple[bool, str]:
    migrator = ConfigurationMigrator(surroundings=each.around)
    status = status_of(each.manager, migrator, Window.of_days(0))
    counted = {name.partition("{")[0] for name in each.manager.metrics.summary()["counters"]}
    assert status.fell_back is ({"config.fallback", "route.fallback"} <= counted)
    return status.fell_back, " ".join(map(str, status.problems))
