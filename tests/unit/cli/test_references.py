"""The commands that rewrite references: shown, written after a copy, taken back, refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import Home

ENV = "MDM_BATCH_SIZE=500  # rows\r\nMDM_DATABASE_POSTGRESQL_PASSWORD=hunter2\r\nMDM_PLUGIN=1\r\n"


@pytest.fixture
def env(home: Home) -> Path:
    """A dotenv file as Windows writes it, which only its group may read."""
    path = home.here / ".env"
    path.write_bytes(b"\xef\xbb\xbf" + ENV.encode())
    path.chmod(0o640)
    return path


def test_shown_and_nothing_written(home: Home, env: Path) -> None:
    before = env.read_bytes()
    result = home.ok("config", "migrate-env", ".")
    assert "+MDM_PERFORMANCE__BATCH_SIZE=500  # rows" in result.out
    assert ".env:3: MDM_PLUGIN: no setting is called so" in result.out
    assert "dry run: nothing was written; 'mdm config migrate-env --execute .' writes it" in result.out
    assert "hunter2" not in result.out
    assert env.read_bytes() == before
    assert not (home.folder / "reference_copies").exists()


def test_written_after_a_copy_once_and_taken_back(home: Home, env: Path) -> None:
    before = env.read_bytes()
    done = home.ok("config", "migrate-env", "--execute", "--json", ".").json
    assert done["executed"]
    after = env.read_bytes()
    assert after.startswith(b"\xef\xbb\xbfMDM_PERFORMANCE__BATCH_SIZE=500  # rows\r\n")
    assert b"MDM_DATABASE__POSTGRESQL_PASSWORD=hunter2\r\n" in after
    assert env.stat().st_mode & 0o777 == 0o640
    copies = Path(done["copies"])
    assert [path.stat().st_mode & 0o777 for path in copies.iterdir()] == [0o600, 0o600]
    assert (copies / "0001_.env").read_bytes() == before
    assert home.ok("config", "migrate-env", "--execute", "--json", ".").json["copies"] is None
    assert env.read_bytes() == after
    assert "put back" in home.ok("config", "migrate-env", "--undo").out
    assert env.read_bytes() == before
    again = home.run("config", "migrate-env", "--undo")
    assert (again.code, "there is no run" in again.err) == (2, True)


def test_what_was_changed_since_is_not_put_back(home: Home, env: Path) -> None:
    home.ok("config", "migrate-env", "--execute", ".env")
    env.write_text("MINE=1\n")
    result = home.run("config", "migrate-env", "--undo")
    assert (result.code, env.read_text()) == (2, "MINE=1\n")
    assert "was changed since; nothing was put back" in result.err


def test_code(home: Home) -> None:
    path = home.here / "a.py"
    path.write_text('from mdm.config import get_config\nx = get_config()["batch_size"]\n')
    home.ok("config", "migrate-code", "--execute", ".")
    assert path.read_text() == "from mdm.config import get_config\nx = get_config().performance.batch_size\n"


def test_code_that_is_nested_too_deeply_is_listed(home: Home) -> None:
    (home.here / "a.py").write_text(f"import mdm\nx = {'-' * 50000}1\n")
    (home.here / "b.py").write_text(f"import mdm\nx = a{'.b' * 980}\n")
    shown = home.ok("config", "migrate-code", ".").out
    assert "a.py:1: nested too deeply to be read" in shown
    assert "b.py:1: LibCST cannot read it" in shown


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param((), "migrate-env: name files or folders", id="no path"),
        pytest.param((".", "--undo"), "migrate-env: name files or folders", id="path and undo"),
        pytest.param(("nope",), "nope: no such file or folder", id="missing"),
    ],
)
def test_refused(home: Home, arguments: tuple[str, ...], error: str) -> None:
    result = home.run("config", "migrate-env", *arguments)
    assert (result.code, result.err.splitlines()[0]) == (2, f"error: {error}")


def test_a_named_file_that_is_no_text_is_an_error(home: Home) -> None:
    (home.here / "a.env").write_bytes(b"MDM_BATCH_SIZE=5\0")
    result = home.run("config", "migrate-env", "--execute", "a.env")
    assert (result.code, result.err.splitlines()[0]) == (2, "error: a.env: not a text file")


def test_a_diff_has_colours_on_a_terminal_unless_told_otherwise(home: Home, env: Path) -> None:
    plain = home.on_terminal("config", "migrate-env", ".", NO_COLOR="1").out
    assert "\x1b[" not in plain
    assert "\x1b[32m+MDM_PERFORMANCE__BATCH_SIZE" in home.on_terminal("config", "migrate-env", ".").out


def test_folders_are_searched_and_links_and_binaries_left(home: Home, env: Path) -> None:
    (home.here / ".git").mkdir()
    (home.here / ".git" / "a.env").write_text(ENV)
    (home.here / "b.env").symlink_to(home.here.parent / "outside.env")
    (home.here.parent / "outside.env").write_text(ENV)
    (home.here / "c.env").write_bytes(b"MDM_BATCH_SIZE=5\0")
    (home.here / "d.env").write_bytes("MDM_BATCH_SIZE=500 # für\n".encode("latin-1"))
    found = home.ok("config", "migrate-env", "--execute", "--json", ".").json
    assert [file["path"] for file in found["changed"]] == [".env", "d.env"]
    assert (home.here / "d.env").read_bytes() == "MDM_PERFORMANCE__BATCH_SIZE=500 # für\n".encode("latin-1")


def test_what_a_folder_holds_that_cannot_be_read_is_listed(home: Home, env: Path) -> None:
    for name in ("big.env", "k.yaml", "notes.txt", "big.py"):
        (home.here / name).write_text("#" * 1024 * 1024 + "\n")
    shown = home.ok("config", "migrate-env", ".").out
    assert "big.env:1: not looked at: is larger than 1 MiB" in shown
    assert "k.yaml:1: not looked at" in shown
    assert "notes.txt" not in shown
    assert "big.py:1: not looked at" in home.ok("config", "migrate-code", ".").out


def test_a_folder_that_cannot_be_listed_is_told(home: Home, env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.here)
    for _ in range(17):  # by its whole name, longer than the system allows, nobody can open the innermost
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    assert "not looked at: cannot read: the name is too long" in home.ok("config", "migrate-env", ".").out


def test_undo_takes_back_the_newest_run_of_the_same_command(home: Home, env: Path) -> None:
    before, code = env.read_bytes(), home.here / "a.py"
    home.ok("config", "migrate-env", "--execute", ".")
    code.write_text('from mdm.config import get_config\nx = get_config()["batch_size"]\n')
    home.ok("config", "migrate-code", "--execute", ".")
    after = code.read_text()
    assert "the run of mdm config migrate-env with its copies" in home.ok("config", "migrate-env", "--undo").out
    assert (env.read_bytes(), code.read_text()) == (before, after)
    again = home.run("config", "migrate-env", "--undo")
    assert (again.code, "there is no run of mdm config migrate-env to take back" in again.err) == (2, True)
