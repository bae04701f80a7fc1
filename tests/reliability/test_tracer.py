"""The sweep is only worth what its tracer sees, and what it takes for a bad state."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.reliability import sweep as sweeping
from tests.reliability.choice import ERRORS, KINDS, LASTING, covering
from tests.reliability.commands import COMMANDS, KEY, Command, Place, real_process
from tests.reliability.ptrace import why_not
from tests.reliability.tracer import TAKES_SPACE, Strike, run, run_located

REASON = why_not()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)

CALLS = ["mkdir", "openat", "write", "fchmod", "fsync", "rename", "fsync", "unlink"]


def change_things(folder: Path) -> int:
    """Make the calls above, and many that change nothing or lie elsewhere."""
    (folder / "new").mkdir()
    with (folder / "new" / "a").open("wb", buffering=0) as file:
        file.write(b"content")
        os.fchmod(file.fileno(), 0o600)
        os.fsync(file.fileno())
    (folder / "new" / "a").rename(folder / "new" / "b")
    with (folder / "new" / "b").open("rb") as file:
        file.read()
        os.fsync(file.fileno())
    Path(os.devnull).write_text("elsewhere")
    os.write(1, b"told")
    (folder / "new" / "b").unlink()
    return 0


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def modern(names: list[str]) -> list[str]:
    """Return names of calls without what differs between machines: aarch64 has only the newer ones."""
    same = {"mkdirat": "mkdir", "renameat": "rename", "renameat2": "rename", "unlinkat": "unlink", "open": "openat"}
    return [same.get(name, name) for name in names]


def test_every_call_that_changes_something_is_counted(here: Path) -> None:
    done = run(lambda: change_things(here), here)

    assert (done.code, done.out) == (0, "told")
    assert modern([call.name for call in done.calls]) == CALLS
    assert [call.result for call in done.calls] == [0, done.calls[1].result, 7, 0, 0, 0, 0, 0]
    assert done.calls[5].paths == (f"{here}/new/a", f"{here}/new/b")


def test_calls_of_one_line_reached_in_one_way_are_one_site(here: Path) -> None:
    def act() -> int:
        for name in "ab":
            (here / name).mkdir()
        (here / "c").mkdir()
        return 0

    first, second, third = run_located(act, here).stacks

    assert first == second
    assert first.partition("\n")[0] == third.partition("\n")[0], "the line of pathlib is the same"
    assert first != third


def test_the_choice_leaves_no_call_and_no_site_out() -> None:
    sites = [("write", "line 1\nline 9"), ("write", "line 1\nline 8"), *[("fsync", "line 2\nline 9")] * 5]
    chosen = set(covering(sites))

    assert len(chosen) == 7 + 3 + 5 + 3 * 2
    assert {number for kind, number in chosen if kind == "killed"} == set(range(7))
    assert {number for kind, number in chosen if kind in ERRORS} == set(range(7))
    assert {(kind, sites[number]) for kind, number in chosen} >= {(kind, site) for kind in LASTING for site in sites}
    lines = {(kind, sites[number][0]) for kind, number in chosen}
    assert lines == {(kind, name) for kind in KINDS for name in ("write", "fsync")}


def test_killed_at_its_entry_a_call_has_not_happened(here: Path) -> None:
    assert run(lambda: change_things(here), here, Strike(CALLS.index("write"))).code == -signal.SIGKILL
    assert (here / "new" / "a").read_bytes() == b""

    (here / "new" / "a").unlink()
    (here / "new").rmdir()
    run(lambda: change_things(here), here, Strike(CALLS.index("rename")))
    assert [path.name for path in (here / "new").iterdir()] == ["a"]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_refused_call_has_not_happened_and_says_why(here: Path, number: int) -> None:
    done = run(lambda: change_things(here), here, Strike(number, errno.ENOSPC))

    assert done.code == 70
    assert "No space left on device" in done.err
    assert done.calls[-1].result == -errno.ENOSPC


def test_a_disk_can_stay_full(here: Path) -> None:
    (here / "kept").touch()

    def act() -> int:
        codes: list[int | None] = []
        for attempt in (here / "a").mkdir, (here / "b").touch, (here / "kept").unlink, (here / "c").mkdir:
            try:
                attempt()
                codes.append(0)
            except OSError as error:
                codes.append(error.errno)
        return 0 if codes == [errno.ENOSPC, errno.ENOSPC, 0, errno.ENOSPC] else 1

    assert run(act, here, Strike(0, errno.ENOSPC, TAKES_SPACE)).code == 0
    assert list(here.iterdir()) == []


def test_calls_past_the_library_are_seen(here: Path) -> None:
    number = {"x86_64": 258, "aarch64": 34}[platform.machine()]

    def act() -> int:
        return int(ctypes.CDLL(None).syscall(number, -100, os.fsencode(here / "direct"), 0o700))

    assert [call.name for call in run(act, here).calls] == ["mkdirat"]


def test_children_are_followed(here: Path) -> None:
    def act() -> int:
        child = os.fork()
        if child == 0:
            (here / "by a child").mkdir()
            os._exit(0)
        return os.waitpid(child, 0)[1]

    done = run(act, here)
    assert (done.code, len(done.calls)) == (0, 1)


def test_a_process_may_be_gone_before_it_is_looked_at(here: Path) -> None:
    """As where one of its threads ends it while another is stopped at a call."""

    def end(process: int) -> None:
        os.kill(process, signal.SIGKILL)
        time.sleep(0.05)

    assert run(lambda: change_things(here), here, at_call=end).code == -signal.SIGKILL


def test_a_forked_run_makes_the_calls_that_a_process_of_its_own_makes(here: Path) -> None:
    names = []
    for part, action in (("a", COMMANDS["config set"].action), ("b", real_process("config", "set", KEY, "5000"))):
        place = Place(here / part)
        place.home.mkdir(parents=True)
        (place.root / "work").mkdir()
        COMMANDS["config set"].prepare(place)
        done = run(place.inside(action), place.home)
        assert done.code == 0, done.err
        names.append([call.name for call in done.calls])

    assert names[0] == names[1]


# Writers as they are found in the wild --------------------------------------------------------------------------------

TEXT = "version: 2\nperformance:\n  batch_size: 5000\n"


def in_place(file: Path) -> None:
    file.write_text(TEXT)


def not_flushed(file: Path) -> None:
    temporary = file.with_name(".mdm.yaml.1.00000000.tmp")
    temporary.write_text(TEXT)
    temporary.replace(file)


def folder_not_flushed(file: Path) -> None:
    temporary = file.with_name(".mdm.yaml.1.00000000.tmp")
    with temporary.open("w") as stream:
        stream.write(TEXT)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def removed_first(file: Path) -> None:
    file.unlink()
    folder_not_flushed(file)


def silent(file: Path) -> None:
    with suppress(OSError):
        folder_not_flushed(file)


@pytest.mark.parametrize(
    ("write", "kind", "expected"),
    [
        pytest.param(in_place, "killed", "neither old nor new", id="written in place"),
        pytest.param(not_flushed, "killed", "was not flushed before it became", id="not flushed"),
        pytest.param(folder_not_flushed, "killed", "mdm.yaml in .* was not flushed", id="folder not flushed"),
        pytest.param(removed_first, "killed", r"mdm.yaml \(missing\)", id="removed first"),
        pytest.param(in_place, "ENOSPC", "a traceback", id="refusals not caught"),
        pytest.param(silent, "EIO", "exit code 0 although", id="refusals not told"),
    ],
)
def test_a_faulty_writer_is_found(
    here: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], kind: str, expected: str
) -> None:
    def act() -> int:
        write(Path(os.environ["HOME"], ".mdm", "mdm.yaml"))
        return 0

    monkeypatch.setenv(sweeping.FOLDER_VARIABLE, str(here))
    monkeypatch.setitem(COMMANDS, "faulty", Command(act, COMMANDS["config set"].prepare))
    found = sweeping.sweep("faulty", lambda sites: ((kind, number) for number in range(len(sites))))

    assert re.search(expected, "\n".join(found.bad))
