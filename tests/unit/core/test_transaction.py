"""Several files as one: everything or nothing, whatever happens on the way."""

from __future__ import annotations

import errno
import os
import signal
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mdm.core.files import locked
from mdm.core.transaction import Change, commit, recover
from mdm.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable

Tree = dict[str, tuple[int, bytes | str]]
CALLS = ("open", "write", "fsync", "fchmod", "replace", "rename", "unlink", "mkdir", "rmdir", "symlink")


def tree(folder: Path) -> Tree:
    """Return all files (mode and content) and links below *folder*."""
    found: Tree = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = (0, str(path.readlink()))
        elif path.is_file():
            found[name] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        else:
            found[name + "/"] = (0, b"")
    return found


def make_home(folder: Path) -> Path:
    """A home in which every kind of change has something to do."""
    home = folder / "home"
    (home / "config").mkdir(parents=True)
    (folder / "dotfiles").mkdir()
    (folder / "dotfiles" / "real.yaml").write_bytes(b"old link target")
    (home / "mdm.yaml").write_bytes(b"old")
    (home / "mdm.yaml").chmod(0o644)
    (home / "gone.yaml").write_bytes(b"gone")
    (home / "gone.yaml").chmod(0o640)
    (home / "link.yaml").symlink_to("../dotfiles/real.yaml")
    (home / "gone_link.yaml").symlink_to("nowhere")
    return home


def changes(home: Path) -> list[Change]:
    return [
        Change(home / "mdm.yaml", b"new"),
        Change(home / "gone.yaml", None),
        Change(home / "link.yaml", b"new link target"),
        Change(home / "gone_link.yaml", None),
        Change(home / "config" / "datasets" / "deep" / "a.yaml", b"created", 0o640),
        Change(home / "flags.json", b"flags"),
    ]


def commit_all(home: Path) -> None:
    commit(changes(home), folder=home, label="migration")


@pytest.fixture
def old(tmp_path: Path) -> Tree:
    make_home(tmp_path / "x")
    return tree(tmp_path / "x")


@pytest.fixture
def new(tmp_path: Path) -> Tree:
    commit_all(make_home(tmp_path / "y"))
    return tree(tmp_path / "y")


class Interruption:
    """Lets call *number* of the functions that change files end in *strike*; with *lasting* all later ones too."""

    def __init__(self, number: int, strike: Callable[[], None], *, lasting: bool = False) -> None:
        self.number, self.strike, self.lasting = number, strike, lasting
        self.calls = 0

    @property
    def struck(self) -> bool:
        return self.calls > self.number

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            patch.setattr(os, name, self.wrap(getattr(os, name)))

    def wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls - 1 == self.number or (self.lasting and self.struck):
                self.strike()
            return real(*args, **options)

        return call


def no_space() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def killed_at(number: int, action: Callable[[], object]) -> bool:
    """Do *action* in a child that is killed before call *number*; say whether it came to that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of the test runner
        child = os.fork()
    if child == 0:
        Interruption(number, lambda: os._exit(9)).install(pytest.MonkeyPatch())
        try:
            action()
        except FileError:
            os._exit(3)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}
    return code == 9


class TestCommit:
    def test_all_changes_happen(self, tmp_path: Path) -> None:
        home = make_home(tmp_path)
        commit_all(home)
        assert tree(tmp_path) == {
            "dotfiles/": (0, b""),
            "dotfiles/real.yaml": (stat.S_IMODE((home / "link.yaml").stat().st_mode), b"new link target"),
            "home/": (0, b""),
            "home/mdm.yaml": (0o644, b"new"),
            "home/link.yaml": (0, "../dotfiles/real.yaml"),
            "home/config/": (0, b""),
            "home/config/datasets/": (0, b""),
            "home/config/datasets/deep/": (0, b""),
            "home/config/datasets/deep/a.yaml": (0o640, b"created"),
            "home/flags.json": (0o600, b"flags"),
        }
        assert recover(home) is None

    def test_nothing_to_do_touches_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"same")
        before = (tmp_path / "f").stat()
        commit([Change(tmp_path / "f", b"same"), Change(tmp_path / "gone", None)], folder=tmp_path, label="x")
        assert (tmp_path / "f").stat() == before

    def test_last_change_of_a_path_counts(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"1")
        commit([Change(tmp_path / "f", b"2"), Change(tmp_path / "f", b"1")], folder=tmp_path, label="x")
        assert (tmp_path / "f").read_bytes() == b"1"

    def test_file_makes_room_for_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"1")
        commit([Change(tmp_path / "a", None), Change(tmp_path / "a" / "b", b"2")], folder=tmp_path, label="x")
        assert (tmp_path / "a" / "b").read_bytes() == b"2"

    def test_content_is_not_shown(self) -> None:
        assert "hunter2" not in repr(Change(Path("f"), b"hunter2"))

    def test_folder_in_the_way_is_noticed_before_anything_changes(self, tmp_path: Path, old: Tree) -> None:
        home = make_home(tmp_path / "z")
        with pytest.raises(FileError, match="config: is a folder"):
            commit([*changes(home), Change(home / "config", b"")], folder=home, label="x")
        assert tree(tmp_path / "z") == old

    def test_waits_for_the_lock_of_a_linked_file(self, tmp_path: Path) -> None:
        home = make_home(tmp_path)
        with locked(home / "link.yaml"):
            assert refused(lambda: commit_all(home), patience=0.2)
        assert (home / "mdm.yaml").read_bytes() == b"old"


def refused(action: Callable[[], object], patience: float) -> bool:
    """Say whether *action* does not end within *patience* seconds in another process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_REAL, patience)
        signal.signal(signal.SIGALRM, lambda *_: os._exit(7))
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


class TestErrors:
    @pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
    def test_disk_full_at_any_call(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: Tree, new: Tree, lasting: bool
    ) -> None:
        number = 0
        while True:
            place = tmp_path / str(number)
            home = make_home(place)
            disk = Interruption(number, no_space, lasting=lasting)
            with monkeypatch.context() as patch:
                disk.install(patch)
                error = error_of(lambda home=home: commit_all(home))  # type: ignore[misc]
            if error is not None:
                assert "no space left" in str(error)
                assert lasting or "half done" not in str(error)
            half_done = error is not None and "half done" in str(error)
            outcome = recover(home)
            assert (outcome is not None) == half_done
            assert_is(place, new if error is None or outcome == "migration" else old, number)
            assert recover(home) is None
            if not disk.struck:
                break
            number += 1
        assert number > 30

    def test_half_done_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: Tree) -> None:
        home = make_home(tmp_path / "z")
        with monkeypatch.context() as patch:
            patch.setattr(os, "symlink", lambda *_args, **_options: no_space())
            failing_after(patch, home / "flags.json")
            with pytest.raises(FileError, match="half done, and could not be undone yet"):
                commit_all(home)
        assert recover(home) == "migration (undone)"
        assert tree(tmp_path / "z") == old


def error_of(action: Callable[[], object]) -> FileError | None:
    try:
        action()
    except FileError as error:
        return error
    return None


def failing_after(patch: pytest.MonkeyPatch, target: Path) -> None:
    """Refuse the one write to *target*."""
    replace = os.replace

    def refuse(source: Any, destination: Any) -> None:
        if Path(destination) == target:
            no_space()
        replace(source, destination)

    patch.setattr(os, "replace", refuse)


def assert_is(place: Path, expected: Tree, number: int) -> None:
    """*place* is as expected; what could not be deleted on a broken disk the next transaction deletes."""
    leftover = ".mdm-transaction."
    found = {name: what for name, what in tree(place).items() if leftover not in name and not name.endswith(".tmp")}
    assert found == expected, f"call {number}"


class TestKills:
    def test_killed_at_any_call(self, tmp_path: Path, old: Tree, new: Tree) -> None:
        number, outcomes = 0, []
        while True:
            place = tmp_path / str(number)
            home = make_home(place)
            killed = killed_at(number, lambda home=home: commit_all(home))  # type: ignore[misc]
            outcome = recover(home)
            assert outcome in {None, "migration"}
            found = tree(place)
            assert found in (old, new), f"call {number}"
            assert outcome is None or found == new
            outcomes.append(found == new)
            commit_all(home)
            assert tree(place) == new
            if not killed:
                break
            number += 1
        assert outcomes == sorted(outcomes), "once published, it always happens"
        assert outcomes.count(True) > 5
        assert outcomes.count(False) > 5

    def test_killed_while_recovering(self, tmp_path: Path, new: Tree) -> None:
        number = 0
        while True:
            place = tmp_path / str(number)
            home = make_home(place)
            interrupt(home)
            killed = killed_at(number, lambda home=home: recover(home))  # type: ignore[misc]
            recover(home)
            assert tree(place) == new, f"call {number}"
            if not killed:
                break
            number += 1
        assert number > 5

    def test_recovery_that_cannot_go_on_goes_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: Tree
    ) -> None:
        home = make_home(tmp_path / "z")
        interrupt(home)
        with monkeypatch.context() as patch:
            failing_after(patch, home / "flags.json")
            assert recover(home) == "migration (undone)"
        assert tree(tmp_path / "z") == old
        assert recover(home) is None

    def test_next_commit_finishes_it_and_asks_to_plan_again(self, tmp_path: Path) -> None:
        home = make_home(tmp_path)
        interrupt(home)
        with pytest.raises(FileError, match="interrupted migration") as caught:
            commit([Change(home / "mdm.yaml", b"newer")], folder=home, label="x")
        assert caught.value.problems[0].hint == "run the command again"
        assert (home / "mdm.yaml").read_bytes() == b"new"
        commit([Change(home / "mdm.yaml", b"newer")], folder=home, label="x")
        assert (home / "mdm.yaml").read_bytes() == b"newer"


def interrupt(home: Path) -> Path:
    """Leave a transaction that was published and then killed before it changed a file; return its journal."""
    rename = os.rename

    def last_deed(source: Any, target: Any) -> None:
        rename(source, target)
        os._exit(9)

    def action() -> None:
        pytest.MonkeyPatch().setattr(os, "rename", last_deed)
        commit_all(home)

    assert killed_at(10**9, action)
    return home / ".mdm-transaction"


class TestRecover:
    @pytest.mark.parametrize("name", ["", "missing", "file/x"])
    def test_nothing_there(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").touch()
        assert recover(tmp_path / name) is None
        assert not (tmp_path / "missing").exists()

    def test_journal_is_private(self, tmp_path: Path) -> None:
        journal = interrupt(make_home(tmp_path))
        assert stat.S_IMODE(journal.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in journal.iterdir()} == {0o600}

    @pytest.mark.parametrize("name", ["manifest.json", "after", "before"])
    @pytest.mark.parametrize("damage", ["cut", "flip", "empty", "missing"])
    def test_damaged_journal_is_set_aside(self, tmp_path: Path, old: Tree, name: str, damage: str) -> None:
        if (name, damage) == ("after", "missing"):
            pytest.skip("that is how going back is decided on")
        home = make_home(tmp_path / "z")
        broken = interrupt(home) / name
        spoil(broken, damage)
        with pytest.raises(FileError, match="set aside") as caught:
            recover(home)
        aside = Path(caught.value.problems[0].where)
        assert aside.parent == home
        assert aside.is_dir()
        assert recover(home) is None
        found = {key: value for key, value in tree(tmp_path / "z").items() if aside.name not in key}
        assert found == old
        commit_all(home)

    @pytest.mark.parametrize("mode", [0o777, 0o750])
    def test_journal_that_others_can_touch_is_not_followed(self, tmp_path: Path, mode: int) -> None:
        home = make_home(tmp_path)
        interrupt(home).chmod(mode)
        with pytest.raises(FileError, match="not followed"):
            recover(home)
        assert (home / "mdm.yaml").read_bytes() == b"old"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_journal_of_somebody_else_is_not_followed(self, tmp_path: Path) -> None:
        home = make_home(tmp_path)
        os.chown(interrupt(home), 1234, 1234)
        with pytest.raises(FileError, match="not followed"):
            recover(home)
        assert (home / "mdm.yaml").read_bytes() == b"old"

    def test_link_to_a_journal_is_not_followed(self, tmp_path: Path) -> None:
        home = make_home(tmp_path)
        journal = interrupt(home)
        journal.rename(tmp_path / "elsewhere")
        journal.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(FileError, match="not followed"):
            recover(home)
        assert (home / "mdm.yaml").read_bytes() == b"old"


def spoil(path: Path, damage: str) -> None:
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[:-3])
        case "flip":
            middle = len(content) // 2
            path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "empty":
            path.write_bytes(b"")
        case "missing":
            path.unlink()
