"""Following the files: every way in which they change, what is told of it, and what a broken one changes (nothing)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import pytest

from mdm.config.file_watch import Reloaded
from mdm.config.manager import ConfigurationManager
from mdm.config.section import ConfigWarning
from mdm.errors import InvalidConfigError, MdmError

from .conftest import Home

FILE = 'version: "2.0.0"\nperformance:\n  batch_size: {}\n'
KEY = "performance.batch_size"


class Watched:
    """A manager that is watched; what it tells is waited for."""

    def __init__(self) -> None:
        self.manager = ConfigurationManager()
        self.changes: Queue[Reloaded] = Queue()
        self.errors: Queue[MdmError] = Queue()

    def value(self) -> tuple[object, object]:
        """The old and the new batch size of the next change; the configuration that is shared has the new one."""
        change = self.changes.get(timeout=10)
        assert KEY in change.keys
        assert self.manager.get_config() == change.new
        assert self.manager.get(KEY) == change.new.value(KEY)
        return change.old.value(KEY), change.new.value(KEY)

    def silent(self) -> bool:
        with pytest.raises(Empty):
            self.changes.get(timeout=0.3)
        return self.errors.empty()


@contextmanager
def watching(interval: float = 0.02) -> Iterator[Watched]:
    watched = Watched()
    with watched.manager.watch(watched.changes.put, on_error=watched.errors.put, interval=interval):
        yield watched


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)


def replace(path: Path, text: str) -> None:
    """As editors do, and MDM itself."""
    other = path.with_name("other")
    other.write_text(text)
    other.replace(path)


def remove_and_write(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


@pytest.mark.parametrize("write", [rewrite, replace, remove_and_write])
def test_a_file_that_changes(home: Home, write: Callable[[Path, str], None]) -> None:
    home.write(FILE.format(500))
    with watching() as watched:
        write(home.file, FILE.format(600))
        assert watched.value() == (500, 600)
        write(home.file, FILE.format(700))
        assert watched.value() == (600, 700)


def test_a_file_that_comes_goes_and_comes_back(home: Home) -> None:
    with watching() as watched:
        home.write(FILE.format(500))
        assert watched.value() == (10_000, 500)
        home.file.unlink()
        assert watched.value() == (500, 10_000)
        home.write(FILE.format(600))
        assert watched.value() == (10_000, 600)


def test_a_link_that_kubernetes_swaps(home: Home) -> None:
    for name, size in (("..one", 500), ("..two", 600)):
        home.write(FILE.format(size), f"mount/{name}/mdm.yaml")
    mount = home.folder / "mount"
    (mount / "..data").symlink_to("..one")
    (mount / "mdm.yaml").symlink_to("..data/mdm.yaml")
    home.setenv(MDM_CONFIG_FILE=str(mount / "mdm.yaml"))
    with watching() as watched:
        (mount / "..new").symlink_to("..two")
        (mount / "..new").rename(mount / "..data")
        assert watched.value() == (500, 600)


def test_every_layer_is_followed(home: Home) -> None:
    dotenv, secrets = home.write("", "production.env"), home.folder / "secrets"
    secrets.mkdir()
    home.setenv(MDM_ENV_FILE=str(dotenv), MDM_SECRETS_DIR=str(secrets))
    with watching() as watched:
        (secrets / "MDM_PERFORMANCE__BATCH_SIZE").write_text("500")
        assert watched.value() == (10_000, 500)
        dotenv.write_text("MDM_PERFORMANCE__BATCH_SIZE=600\n")
        assert watched.value() == (500, 600)
        home.write(FILE.format(700))  # counts for nothing under the two above
        assert watched.silent()


def test_a_broken_file_changes_nothing_and_is_told_once(home: Home) -> None:
    home.write(FILE.format(500))
    with watching() as watched:
        for text in (FILE.format(5), FILE.format(5) + "# still\n"):
            home.write(text)
            threading.Event().wait(0.2)
        error = watched.errors.get(timeout=10)
        assert isinstance(error, InvalidConfigError)
        assert str(error.problems[0]) == "~/.mdm/mdm.yaml:3:15: performance.batch_size: 5 is below the minimum 100"
        assert watched.manager.get_config().performance.batch_size == 500
        home.write(FILE.format(600))
        assert watched.value() == (500, 600)
        assert watched.errors.empty()


def test_a_file_is_read_when_it_is_whole(home: Home) -> None:
    home.write(FILE.format(500))
    whole = FILE.format(600)
    with watching(interval=0.1) as watched:
        with home.file.open("w") as file:
            for part in (whole[:20], whole[20:40], whole[40:]):
                file.write(part)
                file.flush()
                threading.Event().wait(0.03)
        assert watched.value() == (500, 600)


def test_what_changes_no_value_is_not_told(home: Home) -> None:
    home.write(FILE.format(500))
    with watching() as watched:
        home.write("# moved down\n" + FILE.format(500))
        assert watched.silent()
        assert str(watched.manager.get_config().candidates(KEY)[0].origin).endswith("mdm.yaml:4:15")


def test_what_is_set_through_the_manager_is_told_and_stays(home: Home) -> None:
    home.write(FILE.format(500))
    with watching() as watched:
        watched.manager.set(KEY, 600)
        assert watched.manager.get(KEY) == 600
        assert watched.value() == (500, 600)


def test_the_configuration_before_the_watch_may_be_old(home: Home) -> None:
    home.write(FILE.format(500))
    watched = Watched()
    assert watched.manager.get(KEY) == 500
    home.write(FILE.format(600))
    with watched.manager.watch(watched.changes.put, interval=0.02):
        assert watched.value() == (500, 600)


def test_a_callback_that_fails_or_stops_the_watch(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    told: Queue[str] = Queue()
    monkeypatch.setattr(threading, "excepthook", lambda failed: told.put(str(failed.exc_value)))
    home.write(FILE.format(500))

    def on_change(change: Reloaded) -> None:
        if change.new.value(KEY) == 600:
            raise RuntimeError("a defect of the caller")
        watch.stop()
        told.put("stopped")

    watch = ConfigurationManager().watch(on_change, interval=0.02)
    home.write(FILE.format(600))
    assert told.get(timeout=10) == "a defect of the caller"
    home.write(FILE.format(700))
    assert told.get(timeout=10) == "stopped"
    watch.stop()
    assert not any(thread.name == "mdm-watch" for thread in threading.enumerate())


def test_nobody_who_reads_sees_an_old_value_after_a_new_one(home: Home) -> None:
    home.write(FILE.format(500))
    seen: list[list[int]] = [[], [], []]
    done = threading.Event()
    with watching() as watched:

        def read(found: list[int]) -> None:
            while not done.is_set():
                found.append(watched.manager.get(KEY))

        threads = [threading.Thread(target=read, args=(found,)) for found in seen]
        for thread in threads:
            thread.start()
        for size in (600, 700):
            replace(home.file, FILE.format(size))
            watched.value()
        done.set()
        for thread in threads:
            thread.join()
    assert all(found == sorted(found) for found in seen)


def follow_to_a_broken_file(home: Home, manager: ConfigurationManager, caught: Sized) -> None:
    with manager.watch(interval=0.02):
        home.write(FILE.format(5))
        for _ in range(1000):
            if caught:
                break
            threading.Event().wait(0.02)


def test_without_a_callback_for_errors_a_warning_says_it(home: Home) -> None:
    home.write(FILE.format(500))
    manager = ConfigurationManager()
    with pytest.warns(ConfigWarning, match="stays as it was.*below the minimum") as caught:
        follow_to_a_broken_file(home, manager, caught)


def test_there_has_to_be_a_configuration_to_begin_with(home: Home) -> None:
    home.write(FILE.format(5))
    with pytest.raises(InvalidConfigError):
        ConfigurationManager().watch()
