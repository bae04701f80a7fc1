"""Every row of the table: the exit code, the words, nothing raw on the terminal, nothing written, little time and memory."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from . import backups, recipes
from .runner import Home, Run, Server
from .table import CASES, Case, cases

SECONDS = 2.0
MEMORY = 300.0  # MiB
USUAL_STARTUP = 0.025  # seconds; a machine on which an empty run takes longer gets more time
SECRET = "hunter2"  # wherever a secret stands in a case
ALLOWED_CONTROLS = re.compile(r"[\n\t]|\x1b\[([012]|3[126])m")
"""Line ends, tabs, and on a terminal what makes text bold, dim, coloured and plain."""


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Case, server: Server) -> None:
    home = server.home()
    variables = prepare(case, home)
    before = home.tree()
    run = home.run(*shlex.split(_placed(case.run, home)), terminal=case.terminal, variables=variables)
    assert run.code == case.code, run.text[:2000]
    for text in case.text:
        assert text in run.text
    assert "Traceback" not in run.text
    assert "unexpected:" not in run.text
    assert raw_controls(run) == ""
    assert SECRET not in run.text
    assert run.cpu < allowed(server), f"{run.cpu:.2f} s"
    assert run.memory < MEMORY, f"{run.memory:.0f} MiB"
    if not case.writes:
        assert home.tree() == before
    for key, value in case.values.items():
        assert value_of(home, key, variables) == value


def test_table_and_folder_agree() -> None:
    names = [case.name for case in cases()]
    assert len(names) == len(set(names))
    assert len(names) >= 85
    used = {case.content for case in cases()} | {CASES / name for case in cases() for name in case.also.values()}
    assert {path for path in used if path} == set(CASES.iterdir())


def prepare(case: Case, home: Home) -> dict[str, str]:
    """Put everything in its place; returns the variables of the run."""
    variables = {_placed(name, home): _placed(value, home) for name, value in case.environ.items()}
    for place, name in case.also.items():
        shutil.copyfile(CASES / name, destination(home, place, variables))
    if case.put:
        path = destination(home, case.put, variables)
        if case.content is None:
            recipes.make(path, case.make)
        else:
            shutil.copyfile(case.content, path)
    if case.backup:
        backups.tamper(a_backup(home), case.backup)
    return variables


def _placed(text: str, home: Home) -> str:
    return text.replace("{home}", str(home.user)).replace("\xff", "\udcff")


def destination(home: Home, place: str, variables: dict[str, str]) -> Path:
    """Return where *place* is, and let the variable that names it name it."""
    if place.startswith("here/"):
        return home.top / place
    path = home.user / place if place.startswith((".env", "secrets/")) else home.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if place == ".env":
        variables["MDM_ENV_FILE"] = str(path)
    if place.startswith("secrets/"):
        variables["MDM_SECRETS_DIR"] = str(path.parent)
    return path


def a_backup(home: Home) -> Path:
    """Return the backup that a migration makes."""
    (home.folder / "config.yaml").write_text("batch_size: 500\n", encoding="utf-8")
    assert home.run("config", "migrate", "--execute", "--yes").code == 0
    return next((home.folder / "config_backups").glob("backup_*"))


def value_of(home: Home, key: str, variables: dict[str, str]) -> object:
    """Return a value as programs read it."""
    run = home.run("config", "get", key, "--json", variables=variables)
    assert run.code == 0, run.text
    return json.loads(run.out)


def raw_controls(run: Run) -> str:
    """Return what a terminal would obey, or what turns the direction of writing; bytes that are no text too."""
    return ascii("".join(c for c in ALLOWED_CONTROLS.sub("", run.text) if not c.isprintable()))[1:-1]


def allowed(server: Server) -> float:
    """Return the seconds that a command may take on this machine."""
    return server.startup + SECONDS * max(1.0, server.startup / USUAL_STARTUP)
