"""A configuration in the current folder may come from a stranger: whose counts, what it may do, and homes in a bad state."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .homes import Home
from .running import Result, Server

ROOT, ME, STRANGER, NAMELESS = 0, 65534, 12345, 54321

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can make files that belong to others")

NEW = 'version: "2.0.0"\nperformance: {batch_size: 777}\n'
LEGACY = "batch_size: 777\nlog_level: debug\n"


@dataclass(frozen=True)
class Places(Home):
    """A home that belongs to `ME` where the tests run as root, else to whoever runs them; commands run as its owner."""

    @property
    def user(self) -> int | None:
        return ME if os.getuid() == 0 else None

    def as_me(self, *arguments: str, user: int | None = None, **variables: str) -> Result:
        """Run ``mdm`` as the owner of the home."""
        return self.run_all([arguments], variables, user=self.user if user is None else user)[0]

    def own(self, owner: int) -> None:
        """Give everything to *owner*."""
        if os.getuid() == 0:
            for path in (self.top, *self.top.rglob("*")):
                os.lchown(path, owner, owner)

    def put(self, name: str, text: str, owner: int | None = None, mode: int = 0o644) -> Path:
        path = self.write(name, text, mode)
        if os.getuid() == 0:
            for made in (path, *path.parents):
                if made == self.top or self.top not in made.parents:
                    break
                if made == path or made.stat().st_uid == ROOT:
                    os.chown(made, ME, ME)
            os.chown(path, *((owner, owner) if owner is not None else (ME, ME)))
        return path

    def link(self, name: str, target: Path, owner: int) -> Path:
        path = self.top / name
        path.symlink_to(target)
        os.lchown(path, owner, owner)
        return path


@pytest.fixture
def places(server: Server) -> Iterator[Places]:
    """A home that another user can reach; pytest's own folders are closed to them."""
    with tempfile.TemporaryDirectory(prefix="mdm-strangers-") as top:
        home = Places(Path(top), server, "unused")
        for name in ("here", "user"):
            (home.top / name).mkdir()
        home.top.chmod(0o755)
        home.own(ME)
        yield home
        for path in (home.top, *home.top.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)


def state_of(path: Path) -> tuple[int, int, int, bytes | str]:
    info = path.lstat()
    content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
    return info.st_uid, info.st_mode, info.st_ino, content


def is_named(result: Result, path: Path) -> bool:
    """Say whether a warning names *path* and says what to do."""
    told = [line for line in result.err.splitlines() if line.startswith("warning:") and path.name in line]
    return bool(told) and "MDM_CONFIG_FILE" in result.err


# Whose file counts ----------------------------------------------------------------------------------------------------


@as_root
@pytest.mark.parametrize(
    ("owners", "counts"),
    [
        pytest.param([ME], True, id="mine"),
        pytest.param([ROOT], True, id="root's"),
        pytest.param([STRANGER], False, id="a stranger's"),
        pytest.param([ME, ME], True, id="my link to mine"),
        pytest.param([ROOT, ME], True, id="root's link to mine"),
        pytest.param([ME, ROOT], True, id="my link to root's"),
        pytest.param([STRANGER, ME], False, id="a stranger's link to mine"),
        pytest.param([STRANGER, ROOT], False, id="a stranger's link to root's"),
        pytest.param([ME, STRANGER], False, id="my link to a stranger's"),
        pytest.param([ME, STRANGER, ME], False, id="my link to a stranger's link to mine"),
    ],
)
@pytest.mark.parametrize("mode", [0o755, 0o777, 0o1777], ids=["plain folder", "open folder", "sticky folder"])
def test_whose_file_counts(places: Places, owners: list[int], counts: bool, mode: int) -> None:
    file = places.put("other/file.yaml" if owners[1:] else "here/mdm.yaml", NEW, owners[-1])
    for number, owner in reversed(list(enumerate(owners[:-1]))):
        file = places.link(f"other/link{number}" if number else "here/mdm.yaml", file, owner)
    (places.top / "here").chmod(mode)
    before = state_of(file)
    result = places.as_me("config", "get", "performance.batch_size")
    assert (result.code, result.out.strip()) == (0, "777" if counts else "10000"), result.err
    assert is_named(result, file) is not counts
    if not counts:
        changed = places.as_me("config", "set", "performance.batch_size", "888")
        assert changed.code == 0, changed.err
        assert state_of(file) == before
        assert "888" in places.file.read_text(encoding="utf-8")


@as_root
@pytest.mark.parametrize("owner", [ME, STRANGER], ids=["an ordinary user's", "another's"])
def test_root_uses_only_its_own(places: Places, owner: int) -> None:
    """What a user leaves in a folder does not configure the commands that root runs there."""
    file = places.put("here/mdm.yaml", NEW, owner)
    result = places.as_me("config", "get", "performance.batch_size", user=ROOT)
    assert (result.code, result.out.strip()) == (0, "10000"), result.err
    assert is_named(result, file)


@as_root
@pytest.mark.parametrize(
    "command",
    [
        "show --origin",
        "show --json",
        "get performance.batch_size",
        "explain performance.batch_size",
        "validate",
        "export-env",
        "diff",
        "path",
        "analyze",
        "migrate",
        "switch --new",
        "set performance.chunk_size 2000",
        "unset performance.chunk_size",
    ],
)
def test_every_command_leaves_a_strangers_file_alone(places: Places, command: str) -> None:
    file = places.put("here/mdm.yaml", NEW, STRANGER)
    places.put("user/.mdm/mdm.yaml", NEW.replace("777", "555"))
    before = state_of(file)
    result = places.as_me("config", *command.split())
    assert result.code == 0, result.err
    assert "777" not in result.out
    assert state_of(file) == before


def _pipe(path: Path) -> None:
    os.mkfifo(path)


SPOILERS: dict[str, Callable[[Path], object]] = {
    "broken": lambda path: path.write_text("a: [\n", encoding="utf-8"),
    "closed": lambda path: path.write_text(NEW, encoding="utf-8"),
    "wrong values": lambda path: path.write_text('version: "2.0.0"\nperformance: {batch_size: 1}\n', encoding="utf-8"),
    "of a newer version": lambda path: path.write_text('version: "9.0.0"\n', encoding="utf-8"),
    "unknown keys": lambda path: path.write_text('version: "2.0.0"\nx: 1\n', encoding="utf-8"),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "huge": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2**32),
    "folder": lambda path: path.mkdir(),
    "pipe": _pipe,
    "link to nowhere": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to("mdm.yaml"),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "link to a closed file": lambda path: path.symlink_to("/etc/shadow"),
}


@as_root
@pytest.mark.parametrize("spoiler", SPOILERS)
@pytest.mark.parametrize("name", ["mdm.yaml", ".mdm.yaml"])
@pytest.mark.parametrize("home", ["new", "legacy"])
def test_a_stranger_cannot_stop_commands(places: Places, spoiler: str, name: str, home: str) -> None:
    """What does not count is not even read: whatever it is, commands work as if it were not there."""
    places.put("user/.mdm/mdm.yaml" if home == "new" else "user/.mdm/config.yaml", NEW if home == "new" else LEGACY)
    path = places.top / "here" / name
    SPOILERS[spoiler](path)
    if spoiler == "closed":
        path.chmod(0o600)
    os.lchown(path, STRANGER, STRANGER)
    commands = ("get performance.batch_size", "set performance.batch_size 778", "validate", "analyze")
    results = places.run_all([("config", *command.split()) for command in commands], user=places.user)
    assert [(command, result.err) for command, result in zip(commands, results, strict=True) if result.code] == []


# The legacy system ----------------------------------------------------------------------------------------------------


@as_root
@pytest.mark.parametrize("name", ["mdm.yaml", ".mdm.yaml"])
@pytest.mark.parametrize("owner", [ME, ROOT, STRANGER])
def test_whose_file_counts_for_the_legacy_system(places: Places, name: str, owner: int) -> None:
    places.put("user/.mdm/config.yaml", "batch_size: 555\napi: {port: 1}\n")
    file = places.put(f"here/{name}", LEGACY + "plugin: {from: a stranger}\n", owner)
    counts = owner != STRANGER
    result = places.as_me("config", "get", "performance.batch_size")
    assert (result.code, result.out.strip()) == (0, "777" if counts else "555"), result.err
    if not counts:
        assert is_named(result, file)


@as_root
@pytest.mark.parametrize("name", ["mdm.yaml", ".mdm.yaml"])
def test_a_strangers_legacy_file_is_not_a_legacy_home(places: Places, name: str) -> None:
    places.put(f"here/{name}", LEGACY, STRANGER)
    result = places.as_me("config", "get", "performance.batch_size")
    assert (result.code, result.out.strip()) == (0, "10000"), result.err
    assert [place["system"] for place in places.as_me("config", "path", "--json").json] == ["new"]


@as_root
@pytest.mark.parametrize("name", ["mdm.yaml", ".mdm.yaml"])
def test_a_strangers_legacy_file_is_not_migrated(places: Places, name: str) -> None:
    places.put("user/.mdm/config.yaml", "batch_size: 555\n")
    places.put(f"here/{name}", LEGACY + "plugin: {from: a stranger}\n", STRANGER)
    found = places.as_me("config", "analyze", "--json").json
    assert [setting["key"] for setting in found["settings"]] == ["batch_size"]
    done = places.as_me("config", "migrate", "--execute", "--yes")
    assert done.code == 0, done.err
    assert "stranger" not in places.file.read_text(encoding="utf-8")
    assert "batch_size: 555" in places.file.read_text(encoding="utf-8")


@as_root
@pytest.mark.parametrize("name", ["mdm.yaml", ".mdm.yaml"])
@pytest.mark.parametrize("command", ["set batch_size 600", "unset batch_size"])
def test_a_strangers_link_is_not_written_through(places: Places, name: str, command: str) -> None:
    """Else whoever owns the folder chooses which of the user's files is changed."""
    places.put("user/.mdm/config.yaml", "batch_size: 555\n")
    notes = places.put("user/notes.yaml", "batch_size: 1000\nmine: true\n")
    places.link(f"here/{name}", notes, STRANGER)
    before = state_of(notes)
    result = places.as_me("config", *command.split())
    assert result.code in (0, 1, 2)
    assert state_of(notes) == before


# What the user names --------------------------------------------------------------------------------------------------


@as_root
@pytest.mark.parametrize("how", ["MDM_CONFIG_FILE", "--config"])
@pytest.mark.parametrize("text", [NEW, LEGACY], ids=["new", "legacy"])
def test_a_strangers_file_that_is_named_is_used(places: Places, how: str, text: str) -> None:
    file = places.put("other/theirs.yaml", text, STRANGER)
    options = ("--config", str(file)) if how == "--config" else ()
    variables = {how: str(file)} if how == "MDM_CONFIG_FILE" else {}
    line = (*options, "config", "get", "performance.batch_size")
    result = places.run_all([line], variables, user=places.user)[0]
    assert (result.code, result.out.strip()) == (0, "777"), result.err


@as_root
def test_a_strangers_file_that_the_legacy_variable_names_is_used(places: Places) -> None:
    file = places.put("other/theirs.yaml", LEGACY, STRANGER)
    result = places.as_me("config", "get", "performance.batch_size", MDM_CONFIG_PATH=str(file))
    assert (result.code, result.out.strip()) == (0, "777"), result.err


# What a file of the current folder cannot do, whoever owns it ---------------------------------------------------------

ELSEWHERE = """\
version: "2.0.0"
paths:
  home: @TOP@/elsewhere
  config_path: @TOP@/elsewhere/config
  custom_features_path: @TOP@/elsewhere/features
  temp_path: @TOP@/elsewhere/temp
logging: {file: @TOP@/elsewhere/log}
performance: {enable_profiling: true, batch_size: 500}
"""
PROGRAM = "from pathlib import Path\nPath('@TOP@/elsewhere/ran').touch()\n"
COMMANDS = (
    "show",
    "set performance.batch_size 600",
    "set debug true",
    "switch --legacy",
    "switch --new",
    "analyze",
    "migrate --execute --yes",
    "backups list",
    "rollback --yes",
    "init --force",
    "validate",
    "export-env",
)


@pytest.mark.parametrize("name", ["here/mdm.yaml", "user/.mdm/mdm.yaml"])
def test_no_setting_moves_what_is_written(places: Places, name: str) -> None:
    """``paths.home`` is where data are: configuration, flags and backups stay where they are, and no code is run.

    The log and the profiles are where they are wanted.
    """
    places.put(name, ELSEWHERE)
    places.put("user/.mdm/config.yaml", LEGACY)
    places.put("elsewhere/features/custom.py", PROGRAM)
    places.put("elsewhere/config/custom_features/custom.py", PROGRAM)
    places.put("elsewhere/feature_flags.json", "{}")
    places.put("elsewhere/mdm.yaml", 'version: "2.0.0"\n')
    elsewhere = places.top / "elsewhere"
    before = {path: state_of(path) for path in elsewhere.rglob("*")}
    results = places.run_all([("config", *command.split()) for command in COMMANDS], user=places.user)
    assert [result.code for result in results if result.code not in (0, 1, 2)] == []
    assert results[1].code == 0, results[1].err
    recorded = {path for path in elsewhere.rglob("*") if path.name == "log" or "temp" in path.parts}
    assert {path: state_of(path) for path in elsewhere.rglob("*") if path not in recorded} == before
    assert (places.folder / "config_backups").is_dir()
    assert (places.folder / "feature_flags.json").is_file()


# Homes in a bad state -------------------------------------------------------------------------------------------------

READING = ("show", "get performance.batch_size", "validate", "export-env", "analyze", "path --all", "backups list")
WRITING = (
    "set performance.batch_size 600",
    "migrate --execute --yes",
    "switch --legacy",
    "init",
    "unset debug",
    "rollback --yes",
)


@dataclass(frozen=True)
class BadHome:
    """A home in a bad state: how to make it, what commands that read and that write may end with."""

    make: Callable[[Places], dict[str, str]]
    reading: tuple[int, ...] = (0,)
    user: int | None = None


def _closed(places: Places, name: str, mode: int) -> dict[str, str]:
    (places.top / name).chmod(mode)
    return {}


def _file_in_place(places: Places, name: str) -> dict[str, str]:
    path = places.top / name
    if path.is_dir():
        shutil.rmtree(path)
    places.put(name, "not a folder\n")
    return {}


def _with(places: Places, action: Callable[[Places], dict[str, str]]) -> dict[str, str]:
    places.put("user/.mdm/config.yaml", LEGACY)
    return action(places)


def _linked_to_itself(places: Places) -> dict[str, str]:
    places.folder.symlink_to(".mdm")
    return {}


BAD_HOMES = {
    "read-only": BadHome(lambda places: _closed(places, "user", 0o555)),
    "read-only, with legacy files": BadHome(
        lambda places: _with(
            places, lambda places: {**_closed(places, "user/.mdm", 0o555), **_closed(places, "user", 0o555)}
        )
    ),
    "closed": BadHome(lambda places: _closed(places, "user", 0), reading=(0, 1, 2)),
    "configuration folder closed": BadHome(
        lambda places: _with(places, lambda places: _closed(places, "user/.mdm", 0)), reading=(0, 1, 2)
    ),
    "configuration closed": BadHome(
        lambda places: _with(places, lambda places: _closed(places, "user/.mdm/config.yaml", 0)), reading=(0, 1, 2)
    ),
    "missing": BadHome(lambda places: {"HOME": "/proc/nobody/here"}),
    "a file": BadHome(lambda places: _file_in_place(places, "user")),
    "configuration folder a file": BadHome(lambda places: _file_in_place(places, "user/.mdm")),
    "a name that is too long": BadHome(lambda places: {"HOME": "/x" * 3000}, reading=(0, 1, 2)),
    "a device": BadHome(lambda places: {"HOME": "/dev/null"}),
    "configuration folder a link to itself": BadHome(_linked_to_itself, reading=(0, 1, 2)),
    "unset": BadHome(lambda places: {"HOME": ""}),
    "unset, of a user without a name": BadHome(lambda places: {"HOME": ""}, reading=(0, 1, 2), user=NAMELESS),
}


@pytest.mark.parametrize("state", BAD_HOMES)
def test_a_home_in_a_bad_state(places: Places, state: str) -> None:
    bad = BAD_HOMES[state]
    if "unset" in state and os.getuid() != 0:
        pytest.skip("would be the tester's own home")
    environ = bad.make(places)
    user = bad.user or places.user
    lines = [("config", *command.split()) for command in (*READING, *WRITING)]
    results = places.run_all(lines, environ, user=user)
    for line, result in zip(lines, results, strict=True):
        allowed = bad.reading if " ".join(line[1:]) in READING else (0, 1, 2)
        assert result.code in allowed, (line, result)
        assert "Traceback" not in result.err
        assert "unexpected" not in result.err, (line, result.err)
        assert result.code == 0 or result.err.startswith("error: "), (line, result.err)
    assert results[len(READING)].code in (1, 2), results[len(READING)]
    assert [path.name for path in (places.top / "here").iterdir()] == []


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
@pytest.mark.parametrize("command", [*READING, *WRITING])
def test_the_current_folder_is_gone(places: Places, command: str, terminal: bool) -> None:
    places.put("user/.mdm/config.yaml", LEGACY)
    line = ("config", *command.split())
    result = places.run_all([line], user=places.user, remove_folder=True, terminal=terminal)[0]
    assert result.code in ((0, 1, 2) if "rollback" in command else (0, 1) if terminal else (0,)), result
    assert "Traceback" not in result.out + result.err
    assert "unexpected" not in result.out + result.err
