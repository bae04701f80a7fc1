"""A project of 1.x is moved with three commands, and its own tests pass before and after."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "legacy-project"


def run(place: Path, *command: str) -> str:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MDM_")}
    environ = {**kept, "HOME": str(place / "home"), "MDM_ENV_FILE": ".env"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=place / "project",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_its_tests_pass_before_and_after(tmp_path: Path) -> None:
    place = shutil.copytree(EXAMPLE, tmp_path / "moved", ignore=shutil.ignore_patterns("__pycache__"))
    assert "is deprecated; use" in run(place, "unittest")
    for command in ("migrate", "migrate-env", "migrate-code"):
        paths = () if command == "migrate" else (".",)
        run(place, "mdm", "config", command, "--execute", "--yes", *paths)
    assert "deprecated" not in run(place, "unittest")
    told = run(place, "mdm", "config", "migrate-code", ".")
    assert told.count("hint:") == 1
    assert "nothing to do" in told
