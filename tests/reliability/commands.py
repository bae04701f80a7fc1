"""The commands that write, each with a home in which it has something to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.reliability.states import JOURNAL, State, state_of
from tests.reliability.tracer import Action, Run, Strike, run

UNCOUNTED = {
    "MDM_REFACTORING__ENABLE_PERFORMANCE_TRACKING": "false",
    "MDM_LOGGING__LEVEL": "CRITICAL",
    "MDM_LOGGING__CONSOLE_LEVEL": "CRITICAL",
}
"""Metrics and log are no part of the states that are compared: the metrics lie in a file of SQLite, which has its own
journal, and the log of a change that failed is none the worse."""

KEY = "performance.batch_size"
OLD_BACKUP = "backup_20260101_000000"

_NEW = """\
version: 2
# chosen with care
database:
  default_backend: duckdb  # faster
  postgresql_password: hunter2
performance:
  batch_size: 4321
  max_workers: 3

features:
  numeric_aggregations: ["mean", 'std']
"""
_CONFIG = """\
# the old file
database:
  backend: duckdb
  sqlite:
    journal_mode: DELETE
performance:
  batch_size: 4321   # tried out
plugin:
  first: [a, b]
"""
_SETTINGS = '{\n  "log_level": "DEBUG",\n  "performance": {"max_workers": 3}\n}\n'
_FLAGS = '{"use_new_config": false, "some_flag_of_theirs": 1}'


@dataclass(frozen=True, slots=True)
class Place:
    """A scratch folder: a home directory and a current folder."""

    root: Path

    @property
    def home(self) -> Path:
        """The user's home directory."""
        return self.root / "home"

    @property
    def mdm(self) -> Path:
        """The folder of the configuration."""
        return self.home / ".mdm"

    def inside(self, action: Action) -> Action:
        """Return *action*, to be done in a child, with this home and nothing of our environment but PATH."""

        def act() -> int:
            os.environ.clear()
            os.environ.update(HOME=str(self.home), PATH=os.defpath, LANG="C.UTF-8", **UNCOUNTED)
            os.umask(0o022)
            os.chdir(self.root / "work")
            return action()

        return act

    def do(self, action: Action) -> Run:
        """Do *action* in a child; it has to succeed."""
        done = run(self.inside(action))
        assert done.code == 0, done.err
        return done

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        """Write a file below the home directory."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)


def mdm(*arguments: str) -> Action:
    """Return what runs one command line in the process that it is called in."""

    def act() -> int:
        from mdm.__main__ import main

        return main(arguments)

    return act


def set_flag() -> int:
    """Set a flag from Python, with errors told as the command line does."""
    from mdm.cli.guard import guarded
    from mdm.core.feature_flags import feature_flags

    def act(_: Sequence[str]) -> int:
        feature_flags.set("use_new_config", True, who="the sweep")
        return 0

    return guarded(act, [])


def real_process(*arguments: str) -> Action:
    """Return what becomes a process ``python -m mdm`` of its own."""

    def act() -> int:
        os.execve(sys.executable, [sys.executable, "-B", "-m", "mdm", *arguments], os.environ)

    return act


# Homes --------------------------------------------------------------------------------------------------------------


def _nothing(place: Place) -> None:
    pass


def _new_file(place: Place) -> None:
    place.write(".mdm/mdm.yaml", _NEW, 0o640)


def _new_file_and_flags(place: Place) -> None:
    _new_file(place)
    place.write(".mdm/feature_flags.json", _FLAGS)


def _linked_file(place: Place) -> None:
    place.write("dotfiles/mdm.yaml", _NEW, 0o600)
    place.mdm.mkdir()
    (place.mdm / "mdm.yaml").symlink_to("../dotfiles/mdm.yaml")


def _legacy_files(place: Place) -> None:
    place.write(".mdm/config.yaml", _CONFIG)
    place.write(".mdm/settings.json", _SETTINGS, 0o664)
    place.write(".mdm/feature_flags.json", _FLAGS)
    place.write(".mdm/config/datasets/iris.yaml", "name: iris\n")


def _legacy_home_file(place: Place) -> None:
    _legacy_files(place)
    place.write(".mdm/mdm.yaml", "database:\n  backend: sqlite\nlogging:\n  file: app.log\n", 0o640)


def _migrated(place: Place) -> None:
    _legacy_home_file(place)
    place.do(mdm("config", "migrate", "--execute", "--yes"))
    (made,) = (place.mdm / "config_backups").iterdir()
    made.rename(made.with_name(OLD_BACKUP))
    place.do(mdm("config", "set", KEY, "7000"))
    place.write(".mdm/config/datasets/wine.yaml", "name: wine\n")
    place.write(".mdm/config/datasets/iris.yaml", "name: iris, changed\n")


def _switched_back(place: Place) -> None:
    _migrated(place)
    place.do(mdm("config", "switch", "--legacy"))


def _three_backups(place: Place) -> None:
    _legacy_files(place)

    def act() -> int:
        from mdm.config.backups import create_backup

        for day in (1, 2, 3):
            create_backup(place.mdm, environ={}, now=datetime(2026, 1, day, tzinfo=UTC))
        return 0

    place.do(act)


def _killed_migration(place: Place) -> list[State]:
    """Leave a migration that was killed half way; return the states before and after it."""
    _legacy_home_file(place)
    states = [state_of(place.home)]
    kept = place.root / "kept"
    shutil.copytree(place.home, kept)
    migrate = place.inside(mdm("config", "migrate", "--execute", "--yes"))
    whole = run(migrate, place.home)
    states.append(state_of(place.home))
    shutil.rmtree(place.home)
    kept.rename(place.home)
    published = next(n for n, call in enumerate(whole.calls) if call.paths[-1].endswith(f"/{JOURNAL}"))
    placed = [n for n, call in enumerate(whole.calls) if n > published and "rename" in call.name]
    run(migrate, place.home, Strike(placed[1]))
    return states


def _killed_migration_that_goes_back(place: Place) -> list[State]:
    states = _killed_migration(place)
    (place.mdm / JOURNAL / "after").unlink()
    return states


def _references(place: Place) -> None:
    _new_file(place)
    place.write("project/deploy.sh", "#!/bin/sh\nexport MDM_BATCH_SIZE=500  # tried out\n", 0o755)


def _rewritten(place: Place) -> None:
    _references(place)
    place.do(mdm("config", "migrate-env", "../home/project", "--execute", "--yes"))


# Commands -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """What is swept: *action* in the home that *prepare* makes, which returns the whole states that are accepted, or
    none where those are the ones before and after *action*.

    Files *apart* are written on their own: one may be new while another is old. *again* are the exit codes of doing
    it once more. *recovers*: the action itself finishes or undoes what another began. *kept_backups*: those that are
    there in the end.
    """

    action: Action
    prepare: Callable[[Place], list[State] | None]
    apart: frozenset[str] = frozenset()
    again: frozenset[int] = field(default=frozenset({0}))
    recovers: bool = False
    kept_backups: frozenset[str] = frozenset()


_SCHEMA_FILE = frozenset({".mdm/mdm.schema.json"})

COMMANDS = {
    "config set": Command(mdm("config", "set", KEY, "5000"), _new_file),
    "config set (no file yet)": Command(mdm("config", "set", KEY, "5000"), _nothing),
    "config set (through a link)": Command(mdm("config", "set", KEY, "5000"), _linked_file),
    "config set (legacy files)": Command(mdm("config", "set", KEY, "5000"), _legacy_files),
    "config unset": Command(mdm("config", "unset", KEY), _new_file),
    "config unset (legacy files)": Command(mdm("config", "unset", KEY), _legacy_files),
    "config init": Command(mdm("config", "init"), _nothing, _SCHEMA_FILE, frozenset({0, 2})),
    "config init --force": Command(mdm("config", "init", "--force"), _new_file, _SCHEMA_FILE),
    "config migrate --execute": Command(mdm("config", "migrate", "--execute", "--yes"), _legacy_home_file),
    "config rollback": Command(mdm("config", "rollback", OLD_BACKUP, "--yes"), _migrated),
    "config finalize --force": Command(mdm("config", "finalize", "--force", "--execute", "--yes"), _migrated),
    "config switch --new": Command(mdm("config", "switch", "--new"), _switched_back),
    "config switch --legacy": Command(mdm("config", "switch", "--legacy"), _migrated),
    "feature_flags.set": Command(set_flag, _new_file_and_flags),
    "config backups prune": Command(
        mdm("config", "backups", "prune", "--keep", "1", "--yes"),
        _three_backups,
        kept_backups=frozenset({"backup_20260103_000000"}),
    ),
    "config migrate-env --execute": Command(
        mdm("config", "migrate-env", "../home/project", "--execute", "--yes"), _references
    ),
    "config migrate-env --undo": Command(
        mdm("config", "migrate-env", "--undo", "--yes"), _rewritten, again=frozenset({0, 2})
    ),
    "recovery, forward": Command(mdm("config", "get", KEY), _killed_migration, recovers=True),
    "recovery, back": Command(mdm("config", "get", KEY), _killed_migration_that_goes_back, recovers=True),
}
