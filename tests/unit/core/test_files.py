"""Reading and writing one file: bounded, atomic, locked."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import subprocess
import sys
import threading
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mdm.core.files import locked, read_bytes, remove, remove_stale_temporaries, write_atomic
from mdm.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

as_root = os.geteuid() == 0
MUTATING = ("open", "write", "fsync", "fchmod", "fchown", "replace", "unlink", "close")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # addresses of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


not_files = pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(make_folder, "a folder", id="folder"),
        pytest.param(make_pipe, "a named pipe", id="pipe"),
        pytest.param(make_socket, "a socket", id="socket"),
        pytest.param(make_loop, "leads back to itself", id="link to itself"),
    ],
)


class TestRead:
    @pytest.mark.parametrize("content", [b"", b"a: 1\n", os.urandom(3_000_000)], ids=["empty", "small", "3 MB"])
    def test_content(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "f").write_bytes(content)
        assert read_bytes(tmp_path / "f") == content
        assert read_bytes(str(tmp_path / "f")) == content

    @not_files
    def test_what_is_no_file_is_named(self, tmp_path: Path, make: Callable[[Path], None], kind: str) -> None:
        make(tmp_path / "thing")
        with pytest.raises(FileError, match=f"thing: .*{kind}"):
            read_bytes(tmp_path / "thing")

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
    def test_device(self, tmp_path: Path, device: str) -> None:
        (tmp_path / "link").symlink_to(device)
        with pytest.raises(FileError, match="is a device"):
            read_bytes(tmp_path / "link")

    @pytest.mark.parametrize("name", ["gone", "gone/f", "file/f"])
    def test_missing(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(FileNotFoundError):
            read_bytes(tmp_path / name)

    def test_limit(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"x" * 100)
        assert len(read_bytes(tmp_path / "f", limit=100)) == 100
        with pytest.raises(FileError, match="f: is larger than 99 bytes"):
            read_bytes(tmp_path / "f", limit=99)

    def test_enormous_file_costs_nothing(self, tmp_path: Path) -> None:
        with (tmp_path / "f").open("wb") as file:
            file.truncate(2**40)
        with pytest.raises(FileError, match="larger than 16 MiB"):
            read_bytes(tmp_path / "f")

    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
    def test_file_that_hides_its_size(self) -> None:
        assert b"Name:" in read_bytes("/proc/self/status")

    @pytest.mark.parametrize(
        ("name", "message"),
        [("a\0b", "character"), ("x" * 300, "too long"), ("\udcff\ud800", "character")],
        ids=["NUL", "long", "surrogates"],
    )
    def test_impossible_names(self, tmp_path: Path, name: str, message: str) -> None:
        with pytest.raises(FileError, match=message) as caught:
            read_bytes(tmp_path / name)
        assert str(caught.value.problems[0]).isprintable()
        assert caught.value.problems[0].hint

    @pytest.mark.skipif(as_root, reason="root may read everything")
    def test_unreadable(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch(mode=0o000)
        with pytest.raises(FileError, match="cannot read: permission denied"):
            read_bytes(tmp_path / "f")


class TestWrite:
    def test_new_file_is_private(self, tmp_path: Path) -> None:
        write_atomic(tmp_path / "f", b"secret")
        assert (tmp_path / "f").read_bytes() == b"secret"
        assert mode_of(tmp_path / "f") == 0o600

    @pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o444, 0o755])
    def test_mode_is_kept(self, tmp_path: Path, mode: int) -> None:
        (tmp_path / "f").touch()
        (tmp_path / "f").chmod(mode)
        write_atomic(tmp_path / "f", b"new")
        assert mode_of(tmp_path / "f") == mode

    def test_mode_can_be_given(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch(mode=0o644)
        write_atomic(tmp_path / "f", b"new", mode=0o640)
        assert mode_of(tmp_path / "f") == 0o640

    @pytest.mark.skipif(not as_root, reason="only root gives files away")
    def test_owner_is_kept(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch()
        os.chown(tmp_path / "f", 1234, 5678)
        write_atomic(tmp_path / "f", b"new")
        info = (tmp_path / "f").stat()
        assert (info.st_uid, info.st_gid) == (1234, 5678)

    def test_link_stays_and_its_target_changes(self, tmp_path: Path) -> None:
        (tmp_path / "dotfiles").mkdir()
        (tmp_path / "dotfiles" / "real").write_bytes(b"old")
        (tmp_path / "middle").symlink_to("dotfiles/real")
        (tmp_path / "link").symlink_to("middle")
        write_atomic(tmp_path / "link", b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "middle").is_symlink()
        assert (tmp_path / "dotfiles" / "real").read_bytes() == b"new"

    def test_link_to_nothing_yet(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("later")
        write_atomic(tmp_path / "link", b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "later").read_bytes() == b"new"

    @not_files
    @pytest.mark.parametrize("through_link", [False, True])
    def test_only_files_are_replaced(
        self, tmp_path: Path, make: Callable[[Path], None], kind: str, through_link: bool
    ) -> None:
        thing = tmp_path / "thing"
        make(thing)
        before = thing.lstat()
        path = tmp_path / "link" if through_link else thing
        if through_link:
            path.symlink_to("thing")
        with pytest.raises(FileError, match=kind):
            write_atomic(path, b"new")
        assert thing.lstat() == before
        assert set(tmp_path.iterdir()) == {thing, path}

    def test_folders_are_made_only_when_asked(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "f"
        with pytest.raises(FileError, match="no such file or folder"):
            write_atomic(path, b"x")
        assert not (tmp_path / "a").exists()
        write_atomic(path, b"x", make_folders=True)
        assert path.read_bytes() == b"x"
        assert mode_of(tmp_path / "a") == mode_of(tmp_path / "a" / "b") == 0o700

    def test_longest_possible_name(self, tmp_path: Path) -> None:
        path = tmp_path / ("ü" * 127)
        write_atomic(path, b"x")
        assert path.read_bytes() == b"x"

    def test_reader_sees_old_or_new(self, tmp_path: Path) -> None:
        path, contents = tmp_path / "f", {b"a" * 200_000, b"b" * 200_000}
        write_atomic(path, b"a" * 200_000)
        writers = [threading.Thread(target=write_atomic, args=(path, content)) for content in [*contents] * 5]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            assert read_bytes(path) in contents
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize(
        ("code", "message"),
        [(errno.ENOSPC, "cannot write: no space left"), (errno.EROFS, "cannot write: "), (errno.EIO, "disk")],
    )
    @pytest.mark.parametrize("call", MUTATING)
    def test_refused_at_any_call(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, message: str
    ) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"old")
        number = 0
        while True:
            with monkeypatch.context() as patch:
                failed = fail(patch, call, number, code)
                error = error_of(lambda: write_atomic(path, b"new"))
            if error is not None:
                assert message in str(error)
                assert error.problems[0].where == str(path)
                assert error.problems[0].hint
            assert path.read_bytes() == (b"new" if error is None else b"old")
            assert list(tmp_path.iterdir()) == [path]
            if not failed:
                break
            path.write_bytes(b"old")
            number += 1

    def test_disk_that_takes_little_at_a_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
        write_atomic(tmp_path / "f", bytes(range(256)))
        assert (tmp_path / "f").read_bytes() == bytes(range(256))

    @pytest.mark.skipif(as_root, reason="root may write everywhere")
    def test_folder_without_permission(self, tmp_path: Path) -> None:
        folder = tmp_path / "d"
        folder.mkdir(mode=0o500)
        with pytest.raises(FileError, match="cannot write: permission denied"):
            write_atomic(folder / "f", b"x")


def error_of(action: Callable[[], object]) -> FileError | None:
    try:
        action()
    except FileError as error:
        return error
    return None


def fail(patch: pytest.MonkeyPatch, name: str, number: int, code: int) -> list[bool]:
    """Let call *number* of this function of os fail; the list says whether it came to that."""
    real: Callable[..., Any] = getattr(os, name)
    calls: list[int] = []
    failed: list[bool] = []

    def call(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) - 1 == number:
            failed.append(True)
            if name == "close":
                real(*args)
            raise OSError(code, os.strerror(code))
        return real(*args, **options)

    patch.setattr(os, name, call)
    return failed


class TestRemove:
    def test_file_and_missing(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch()
        remove(tmp_path / "f")
        remove(tmp_path / "f")
        assert not list(tmp_path.iterdir())

    def test_link_goes_and_its_target_stays(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch()
        (tmp_path / "link").symlink_to("f")
        remove(tmp_path / "link")
        assert list(tmp_path.iterdir()) == [tmp_path / "f"]

    @pytest.mark.parametrize("make", [make_folder, make_pipe, make_socket])
    def test_other_things_stay(self, tmp_path: Path, make: Callable[[Path], None]) -> None:
        make(tmp_path / "thing")
        with pytest.raises(FileError, match="thing: is a"):
            remove(tmp_path / "thing")
        assert (tmp_path / "thing").exists()


@contextmanager
def other_process(code: str, *args: Path) -> Iterator[subprocess.Popen[str]]:
    """Run *code* in a process of its own, from the moment on at which it has printed a line."""
    command = [sys.executable, "-c", "import sys\nfrom mdm.core.files import *\n" + code, *map(str, args)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


HOLD = "with locked(sys.argv[1]):\n print('ready', flush=True)\n sys.stdin.read()"
COUNT = """
print('ready', flush=True)
for _ in range(25):
    with locked(sys.argv[1]):
        write_atomic(sys.argv[1], b'%d' % (int(read_bytes(sys.argv[1])) + 1))
"""


class TestLock:
    def test_other_process_waits_and_then_gives_up(self, tmp_path: Path) -> None:
        start = time.monotonic()
        with (
            other_process(HOLD, tmp_path / "f"),
            pytest.raises(FileError, match="another mdm process holds") as caught,
            locked(tmp_path / "f", timeout=0.3),
        ):
            pytest.fail("both hold the lock")
        assert 0.3 <= time.monotonic() - start < 5
        assert caught.value.problems[0].hint

    def test_lock_vanishes_with_its_process(self, tmp_path: Path) -> None:
        with other_process(HOLD, tmp_path / "f") as process:
            process.kill()
            with locked(tmp_path / "f", timeout=5):
                pass
        assert list(tmp_path.iterdir()) == []

    def test_link_is_locked_where_it_leads(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real/f")
        with (
            other_process(HOLD, tmp_path / "real" / "f"),
            pytest.raises(FileError),
            locked(tmp_path / "link", timeout=0.1),
        ):
            pytest.fail("both hold the lock")

    def test_no_update_is_lost_between_processes(self, tmp_path: Path) -> None:
        path = tmp_path / "count"
        path.write_bytes(b"0")
        with other_process(COUNT, path) as one, other_process(COUNT, path) as two, other_process(COUNT, path) as three:
            assert [process.wait(60) for process in (one, two, three)] == [0, 0, 0]
        assert path.read_bytes() == b"75"

    def test_no_update_is_lost_between_threads(self, tmp_path: Path) -> None:
        path = tmp_path / "count"
        path.write_bytes(b"0")

        def count() -> None:
            for _ in range(10):
                with locked(path):
                    write_atomic(path, b"%d" % (int(read_bytes(path)) + 1))

        threads = [threading.Thread(target=count) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert path.read_bytes() == b"60"

    def test_one_thread_may_hold_it_twice(self, tmp_path: Path) -> None:
        with locked(tmp_path / "f"), locked(tmp_path / "g", timeout=0):
            write_atomic(tmp_path / "g", b"inside")
        assert (tmp_path / "g").read_bytes() == b"inside"
        with other_process(HOLD, tmp_path / "f"), pytest.raises(FileError), locked(tmp_path / "f", timeout=0.1):
            pass  # it was given back, so another process has it now

    def test_inner_block_does_not_give_it_up(self, tmp_path: Path) -> None:
        refused: list[FileError] = []

        def attempt() -> None:
            try:
                with locked(tmp_path / "f", timeout=0.1):
                    pass
            except FileError as error:
                refused.append(error)

        with locked(tmp_path / "f"):
            with locked(tmp_path / "f"):
                pass
            thread = threading.Thread(target=attempt)
            thread.start()
            thread.join()
        assert refused

    def test_forked_child_does_not_hold_its_parents_lock(self, tmp_path: Path) -> None:
        with locked(tmp_path / "f"):
            for _ in range(2):  # the first child, ending, does not give it up either
                assert forked(lambda: holds(tmp_path / "f")) == 1
        assert forked(lambda: holds(tmp_path / "f")) == 0

    def test_folder_is_made(self, tmp_path: Path) -> None:
        with locked(tmp_path / "new" / "home" / "f"):
            assert mode_of(tmp_path / "new" / "home") == 0o700

    @pytest.mark.parametrize("name", ["a\0b/f", "file/f"])
    def test_impossible_folder(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(FileError, match="cannot lock"), locked(tmp_path / name):
            pytest.fail("there is no such folder")

    def test_file_systems_without_locks_on_folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        flock = fcntl.flock

        def flock_of_nfs(descriptor: int, operation: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(errno.EBADF, "bad file descriptor")
            flock(descriptor, operation)

        monkeypatch.setattr(fcntl, "flock", flock_of_nfs)
        with locked(tmp_path / "f"):
            assert forked(lambda: holds(tmp_path / "f")) == 1
        assert forked(lambda: holds(tmp_path / "f")) == 0


def holds(path: Path) -> int:
    try:
        with locked(path, timeout=0.05):
            return 0
    except FileError:
        return 1


def forked(function: Callable[[], int]) -> int:
    """Return what *function* returns in a child process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of the test runner
        child = os.fork()
    if child == 0:
        os._exit(function())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class TestStaleTemporaries:
    def test_next_writer_clears_what_a_killed_one_left(self, tmp_path: Path) -> None:
        def killed_while_writing() -> int:
            pytest.MonkeyPatch().setattr(os, "fsync", lambda _descriptor: os._exit(9))
            write_atomic(tmp_path / "f", b"x")
            return 0

        assert forked(killed_while_writing) == 9
        assert len(list(tmp_path.iterdir())) == 1
        with locked(tmp_path / "f"):
            assert list(tmp_path.iterdir()) == []

    def test_others_stay(self, tmp_path: Path) -> None:
        kept = {
            tmp_path / f".f.{os.getpid()}.00000000.tmp",
            tmp_path / ".f.tmp",
            tmp_path / "f.999999999.00000000.tmp",
        }
        for path in kept:
            path.touch()
        (tmp_path / ".f.999999999.00000000.tmp").touch()
        remove_stale_temporaries(tmp_path)
        assert set(tmp_path.iterdir()) == kept

    def test_old_ones_go_whoever_has_their_number_now(self, tmp_path: Path) -> None:
        path = tmp_path / f".f.{os.getpid()}.00000000.tmp"
        path.touch()
        os.utime(path, (0, 0))
        remove_stale_temporaries(tmp_path)
        assert list(tmp_path.iterdir()) == []
