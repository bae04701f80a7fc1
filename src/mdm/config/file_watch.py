"""Following the files of a configuration: a thread looks at them, reads them anew and says what has changed.

Files are asked for their state by path, links followed. So a file that an editor replaces, a link that Kubernetes
swaps, and a file that comes or goes are all the same: the answer is another one than before.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Final, Self

from mdm.config.layers import Notice
from mdm.config.legacy_files import FLAGS_FILE, legacy_files
from mdm.config.models import MDMConfig
from mdm.config.section import warn_of
from mdm.config.selection import Surroundings, candidates, chosen_file
from mdm.core.home import expand
from mdm.core.url import Location, Url
from mdm.errors import MdmError, Problem

_SETTLING: Final = 0.1  # seconds for which nothing may change before files count as written: some are first emptied
_LEAST: Final = 0.01  # seconds between two looks
_REMOTE: Final = 30.0  # seconds between two questions to a server
_Stamps = tuple[tuple[str, tuple[int, ...] | None], ...]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A configuration that was read anew: the one before, the one that counts now, the keys whose values differ."""

    old: MDMConfig
    new: MDMConfig
    keys: tuple[str, ...]


class Watch:
    """Looks at files every *interval* seconds until it is stopped; made by `ConfigurationManager.watch`.

    *files* returns the paths to look at, which need not exist. When one of them has changed and all have settled,
    *reread* is called; what it raises goes to *on_error*, once. *on_change* is called when values differ.
    """

    def __init__(  # noqa: PLR0913  # what it looks at, and whom it tells
        self,
        config: MDMConfig,
        *,
        files: Callable[[], Iterable[Location]],
        reread: Callable[[], MDMConfig],
        on_change: Callable[[Reloaded], object] | None,
        on_error: Callable[[MdmError], object] | None,
        interval: float,
    ) -> None:
        self._config = config
        self._files = files
        self._reread = reread
        self._on_change = on_change
        self._on_error = on_error or _warn
        self._interval = max(interval, _LEAST)
        self._read: _Stamps | None = None
        self._seen: _Stamps | None = None
        self._told: tuple[Problem, ...] = ()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mdm-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and return when a callback that is running has ended; it may itself call this."""
        self._stopped.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            try:
                self._look()
            except Exception:  # noqa: BLE001 (of a callback; the next change is told all the same)
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), self._thread)))
            pause = self._interval if self._seen == self._read else _SETTLING

    def _look(self) -> None:
        before, self._seen = self._seen, _stamps(self._files())
        if self._seen == before and self._seen != self._read:
            self._read = self._seen  # before the files are read, so that no later change is missed
            self._reload()

    def _reload(self) -> None:
        try:
            new = self._reread()
        except MdmError as error:
            if error.problems != self._told:
                self._told = error.problems
                self._on_error(error)
            return
        self._told = ()
        old, self._config = self._config, new
        keys = tuple(key for key in new.schema() if old.value(key) != new.value(key))
        if keys and self._on_change is not None:
            self._on_change(Reloaded(old, new, keys))


def files_in_use(around: Surroundings, chosen: Location | None) -> Iterator[Location]:
    """Yield every path that a configuration is, or might be, read from; *chosen* stands in for those searched for."""
    environ = around.environ
    named = chosen_file(around, chosen)
    yield from [named] if named else [*candidates(around), *legacy_files(around.home, around.folder, environ)]
    yield around.home / FLAGS_FILE
    if name := environ.get("MDM_ENV_FILE"):
        yield expand(name)
    if name := environ.get("MDM_SECRETS_DIR"):
        yield from _secrets(expand(name))


def _secrets(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return [folder]


def _stamps(files: Iterable[Location]) -> _Stamps:
    return tuple((str(path), _stamp(path)) for path in files)


def _stamp(path: Location) -> tuple[int, ...] | None:
    if isinstance(path, Url):
        return (int(monotonic() // _REMOTE),)  # asked again when this changes; an unchanged one is not sent again
    try:
        info = path.stat()
    except (OSError, ValueError):
        return None
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def _warn(error: MdmError) -> None:
    told = "; ".join(map(str, error.problems))
    warn_of((Notice("kept", f"the configuration stays as it was, because the new one is refused: {told}"),))
