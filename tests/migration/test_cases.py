"""Sample homes, one a dialect of the legacy configuration, with the file and the report expected of each.

After a change that is meant, ``python -m tests.migration.regenerate [NAME...]`` writes the expectations anew.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mdm.config.documents import read_document
from mdm.config.legacy import get_config
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.models import MDMConfig
from mdm.config.outcomes import INVALID
from mdm.config.plan import Options, Plan
from mdm.config.sources import FileSource
from mdm.errors import InvalidConfigError

from .homes import CASES, Place, case_names, inside, lay_out, report, snapshot, way_back

LENIENT = Options(keep_invalid=True)
NOT_CONFIGURATION = ("config_backups",)
by_process = pytest.mark.skipif(importlib.util.find_spec("mdm.__main__") is None, reason="no command line yet")


def expected(name: str) -> str | None:
    path = CASES / name / "expected.yaml"
    return path.read_bytes().decode() if path.exists() else None


def written(place: Place) -> str | None:
    return place.target.read_bytes().decode() if place.target.exists() else None


def refuses(plan: Plan) -> bool:
    return bool(plan.analysis.of(INVALID))


def test_the_cases_are_complete() -> None:
    assert len(case_names()) >= 30
    assert all((CASES / name / "report.txt").is_file() for name in case_names())


@pytest.mark.parametrize("name", case_names())
def test_plan_dry_run_and_execution_are_the_expected_file(name: str, tmp_path: Path) -> None:
    place = lay_out(name, tmp_path)
    with inside(place):
        before = snapshot(place.root)
        old = written(place)
        migrator = ConfigurationMigrator()
        plan = migrator.plan(LENIENT)
        assert plan.after == expected(name)
        assert report(plan, place.root) == (CASES / name / "report.txt").read_text()

        dry = migrator.perform_migration(dry_run=True)
        assert dry["success"] is not refuses(plan)
        assert dry["backup_path"] is None
        assert snapshot(place.root) == before

        done = migrator.apply(LENIENT)
        assert written(place) == (old if plan.after is None else plan.after)
        assert (done.backup is None) == (plan.after is None)


@pytest.mark.parametrize("name", case_names())
def test_the_interface_of_the_specification_gives_the_same(name: str, tmp_path: Path) -> None:
    place = lay_out(name, tmp_path)
    with inside(place):
        before = snapshot(place.root)
        old = get_config()
        migrator = ConfigurationMigrator()
        plan = migrator.plan(LENIENT)
        config, issues = migrator.migrate_to_new_format()
        assert snapshot(place.root) == before
        assert len(issues) == sum(len(plan.analysis.of(status)) for status in ("invalid", "conflict", "kept"))
        result = migrator.perform_migration(dry_run=False)
        if refuses(plan):
            assert not result["success"]
            assert snapshot(place.root) == before
            with pytest.raises(InvalidConfigError):
                migrator.apply()
            return
        assert result["success"], result
        assert (result["backup_path"] is None) == (plan.after is None)
        assert any(line.startswith("written: ") for line in result["migration_log"]) == (plan.after is not None)
        if plan.after is not None:
            assert written(place) == plan.after
            assert yaml.safe_load(plan.after)["version"] == "2.0.0"
            assert config == MDMConfig.load([FileSource(read_document(place.target))], place.environ)
            assert json.loads((place.home / "feature_flags.json").read_text())["flags"]["use_new_config"] is True
            assert way_back(old, plan, get_config()) == []


@pytest.mark.parametrize("name", case_names())
def test_only_the_configuration_the_flags_the_schema_and_the_metrics_change(name: str, tmp_path: Path) -> None:
    place = lay_out(name, tmp_path)
    with inside(place):
        before = snapshot(place.root)
        ConfigurationMigrator().apply(LENIENT)
        after = snapshot(place.root, without=NOT_CONFIGURATION)
    changed = {Path(path).name for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    locks = {path for path in changed if path.endswith(".lock")}
    assert changed - locks <= {"mdm.yaml", "feature_flags.json", "mdm.schema.json", "metrics.sqlite"}
    assert not (place.folder / "mdm.yaml").exists() or before["project/mdm.yaml"] == after["project/mdm.yaml"]


@pytest.mark.parametrize("name", ["postgresql-nested", "settings-json", "backends-by-name"])
def test_a_file_with_a_secret_is_its_owners_alone(name: str, tmp_path: Path) -> None:
    place = lay_out(name, tmp_path)
    with inside(place):
        ConfigurationMigrator().apply()
    assert place.target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", case_names())
def test_the_report_shows_no_secret(name: str) -> None:
    text = (CASES / name / "report.txt").read_text()
    assert not [secret for secret in ("plugh-9", "s3cret", "5567", "0012345", "5349", "hunter2", "päss", "12,34", "8421") if secret in text]  # fmt: skip


def test_new_defaults_leave_out_the_old_ones(tmp_path: Path) -> None:
    place = lay_out("empty-config", tmp_path)
    with inside(place):
        plan = ConfigurationMigrator().plan(Options(new_defaults=True))
    assert plan.after is not None
    assert yaml.safe_load(plan.after) == {"version": "2.0.0"}


def test_old_defaults_are_those_of_the_old_program(tmp_path: Path) -> None:
    place = lay_out("empty-config", tmp_path)
    with inside(place):
        plan = ConfigurationMigrator().plan()
    assert plan.after is not None
    assert yaml.safe_load(plan.after) == {
        "version": "2.0.0",
        "database": {
            "duckdb_memory_limit": "8GB",
            "duckdb_threads": 4,
            "duckdb_temp_directory": "/tmp",
            "postgresql_pool_size": 10,
        },
        "performance": {"max_workers": 5},
        "logging": {"file": "logs/mdm.log", "max_file_size": "10MiB", "retention": "5 files"},
        "features": {"categorical_max_cardinality": 50},
    }


def test_a_new_user_has_nothing_to_migrate(tmp_path: Path) -> None:
    with inside(Place(tmp_path)):
        plan = ConfigurationMigrator().plan()
        assert plan.after is None
        assert ConfigurationMigrator().apply().backup is None
    assert not (tmp_path / ".mdm" / "mdm.yaml").exists()


@by_process
@pytest.mark.parametrize("name", ["flat-keys", "five-files", "comments"])
def test_the_command_writes_the_expected_file(name: str, tmp_path: Path) -> None:
    place = lay_out(name, tmp_path)
    command = [sys.executable, "-m", "mdm", "config", "migrate"]
    before = snapshot(place.home)
    dry = subprocess.run(command, env=place.environ, cwd=place.folder, capture_output=True, text=True, check=False)
    assert dry.returncode == 0, dry.stderr
    assert snapshot(place.home) == before
    done = subprocess.run(
        [*command, "--execute", "--yes"],
        env=place.environ,
        cwd=place.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert written(place) == expected(name)
