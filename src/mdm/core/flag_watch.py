"""Keeps the flags' present state fresh, and tells who wants to know of changes and of what is wrong."""

from __future__ import annotations

import os
import threading
import warnings
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakSet

from mdm.core import flag_state
from mdm.core.flag_catalogue import FLAGS, FlagValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Callback: TypeAlias = "Callable[[str, FlagValue, FlagValue], object]"
Provider: TypeAlias = "Callable[[], Mapping[str, object]]"

LOOK_EVERY: Final = 0.001
"""Seconds between two looks at the flags file. A look takes some microseconds, so reading in a loop pays under 1 % for
it, and what another process has set is seen 1 ms later at most: before that process could have told anybody."""


class FlagWarning(UserWarning):
    """A source of flags cannot be used as it is; the next source counts and the program goes on."""


class FlagWatch:
    """The present state, looked at anew when it may have changed. Any number of threads may use it."""

    def __init__(self, path: Path | None, environ: Mapping[str, str] | None) -> None:
        self.state: flag_state.State | None = None
        self.until = 0.0
        self._path = path
        self._environ = environ
        self.lock = threading.Lock()
        self._asking = threading.local()
        self._callbacks: list[tuple[str, Callback]] = []
        self._told: set[str] = set()
        _watches.add(self)

    def look(self, providers: Mapping[str, Provider | None]) -> flag_state.State:
        """Return the present state; before that, tell of what has changed and of what is wrong now."""
        if getattr(self._asking, "now", False):  # the provider itself reads a flag
            return self.state or self._see(None, {})
        given, problems = self._ask(providers)
        with self.lock:
            before = self.state
            after = self.state = self._see(before, given)
            self.until = monotonic() + LOOK_EVERY
        if after is not before:
            problems += [*after.problems, *self._notify(before, after)]
        self.tell(problems)
        return after

    def subscribe(self, name: str, callback: Callback) -> Callable[[], None]:
        """Call *callback* with name, old and new at each change; return what ends that."""
        entry = (name, callback)
        self._callbacks.append(entry)

        def unsubscribe() -> None:
            self._callbacks[:] = [kept for kept in self._callbacks if kept is not entry]

        return unsubscribe

    def tell(self, problems: Iterable[str]) -> None:
        """Warn of each problem, once."""
        for problem in problems:
            if problem not in self._told:
                self._told.add(problem)
                warnings.warn(problem, FlagWarning, stacklevel=4)

    def _see(self, before: flag_state.State | None, given: flag_state.Given) -> flag_state.State:
        environ = os.environ if self._environ is None else self._environ
        return flag_state.look(before, environ, self._path, given, datetime.now(UTC))

    def _ask(self, providers: Mapping[str, Provider | None]) -> tuple[flag_state.Given, list[str]]:
        """Ask without holding the lock: a provider may wait for a thread that reads a flag."""
        given, problems = {}, []
        self._asking.now = True
        try:
            for source, provider in providers.items():
                try:
                    given[source] = dict(provider()) if provider else {}
                except Exception as error:  # noqa: BLE001 (flags must be readable whatever state a source is in)
                    told = f"the {source} gives no flags ({type(error).__name__}), what it sets does not count"
                    problems.append(told)
        finally:
            self._asking.now = False
        return given, problems

    def _notify(self, before: flag_state.State | None, after: flag_state.State) -> list[str]:
        problems = []
        for name, callback in tuple(self._callbacks):
            old, new = before.values[name] if before else FLAGS[name].default, after.values[name]
            if old != new:
                try:
                    callback(name, old, new)
                except Exception as error:  # noqa: BLE001 (whoever changes a flag cannot mend who listens)
                    problems.append(f"{name}: a callback failed on the change to {new} ({type(error).__name__})")
        return problems


def look_again() -> None:
    """Let every watch of this process look at its next read: a flag was stored."""
    for watch in tuple(_watches):
        watch.until = 0.0


def _unlock() -> None:
    """Give a forked child locks of its own: the thread that holds one does not exist there."""
    for watch in tuple(_watches):
        watch.lock = threading.Lock()


_watches: WeakSet[FlagWatch] = WeakSet()
os.register_at_fork(after_in_child=_unlock)
