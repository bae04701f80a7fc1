"""Counters, gauges and timers of this process, and how they are added to what all processes have counted."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mdm.core.home import home_folder
from mdm.core.log import log
from mdm.core.metrics_tally import Key, Tally, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

__all__ = ["Kind", "Listener", "MetricsCollector", "metrics_collector"]

Kind: TypeAlias = Literal["counter", "gauge", "timer"]
Listener: TypeAlias = "Callable[[Kind, str, float, Mapping[str, str]], object]"
"""Told of each measurement: its kind, name, number (seconds, for a timer), labels."""

FILE_NAME = "metrics.sqlite"


class MetricsCollector:
    """Counts in memory until ``flush``. Safe with threads, forks and many processes; no error reaches the caller.

    *path* is the file that ``flush`` adds to, otherwise ``metrics.sqlite`` in MDM's home; *environ* stands in for
    ``os.environ``; *enabled* is asked at each call, otherwise the flag ``enable_performance_tracking`` decides. While
    it says no, nothing is measured or written. With *at_exit*, what was counted is flushed when the process ends (not
    when it is killed, nor by a fork that ends without Python's ado), unless there is no folder for the file.
    """

    def __init__(
        self,
        path: Path | None = None,
        environ: Mapping[str, str] | None = None,
        enabled: Callable[[], object] | None = None,
        *,
        at_exit: bool = False,
    ) -> None:
        self._path = path
        self._environ = environ
        self._enabled = enabled
        self._at_exit = at_exit
        self._listeners: tuple[Listener, ...] = ()
        self.observers: list[Callable[[], object]] = []
        """Called before what was counted is read or written: whoever counts elsewhere adds what is new."""
        self._begin()

    @property
    def enabled(self) -> bool:
        """Whether anything is measured or written."""
        try:
            return bool(_tracking() if self._enabled is None else self._enabled())
        except Exception as error:  # noqa: BLE001
            return _failed(error)

    @property
    def path(self) -> Path:
        """The file that ``flush`` adds to; it need not exist."""
        return self._path or home_folder(os.environ if self._environ is None else self._environ) / FILE_NAME

    def increment(self, name: str, value: float = 1, **labels: object) -> None:
        """Add *value* to a counter; each combination of labels counts on its own."""
        self._record("counter", name, value, labels)

    def gauge(self, name: str, value: float, **labels: object) -> None:
        """Say what something is now; the last value stays."""
        self._record("gauge", name, value, labels)

    @contextmanager
    def timer(self, name: str, **labels: object) -> Iterator[None]:
        """Measure, in seconds, how long the block takes, also when it raises."""
        if not self.enabled:
            yield
            return
        start = perf_counter()
        try:
            yield
        finally:
            self._record("timer", name, perf_counter() - start, labels)

    def summary(self, *, stored: bool = False) -> dict[str, dict[str, Any]]:
        """Return ``counters``, ``gauges`` (name -> number) and ``timers`` (name -> count, sum, min, max in seconds).

        They are those of this process since its start or ``reset``; with *stored*, of all processes. Labels are part
        of a name, as in Prometheus: ``config.shadow.mismatch{key="batch_size"}``.
        """
        return self.tally(stored=stored).summary()

    def tally(self, *, stored: bool = False) -> Tally:
        """Return the numbers of ``summary`` by name and labels."""
        self._observe()
        with self._own_lock():
            mine = (Tally() if stored else self._flushed).plus(self._pending)
        return self._read().plus(mine) if stored else mine

    def days(self, name: str) -> list[tuple[date, dict[str, str], float]]:
        """Return what all processes have added to a counter: the day (UTC), the labels, how much; oldest first.

        The days of the last 400 are kept. What was not flushed yet is not among it.
        """
        from mdm.core.metrics_store import read_days

        try:
            return [(day, dict(labels), value) for day, (_, labels), value in read_days(self.path, name)]
        except Exception as error:  # noqa: BLE001
            _failed(error)
            return []

    def first_day(self) -> date | None:
        """Return the first day (UTC) of which a counter is kept; none where there is no such day."""
        from mdm.core.metrics_store import read_first_day

        try:
            return read_first_day(self.path)
        except Exception as error:  # noqa: BLE001
            _failed(error)
            return None

    def export(self, path: Path, *, stored: bool = False) -> bool:
        """Write the summary as JSON; return whether it was written."""
        try:
            return self.enabled and self._export(path, stored=stored)
        except Exception as error:  # noqa: BLE001
            return _failed(error)

    def flush(self) -> bool:
        """Add what was counted since the last flush to the file; return whether nothing is left to add.

        Killed at any instant, everything was added or nothing. What cannot be added now waits for the next flush.
        """
        try:
            return self.enabled and self._flush()
        except Exception as error:  # noqa: BLE001
            return _failed(error)

    def reset(self) -> None:
        """Forget what this process has counted; the file stays."""
        self._observe()
        with self._own_lock():
            self._pending, self._flushed = Tally(), Tally()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell *listener* of everything that is measured from now on; return what ends that."""
        self._listeners = (*self._listeners, listener)

        def end() -> None:
            self._listeners = tuple(kept for kept in self._listeners if kept is not listener)

        return end

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._pending, self._flushed = Tally(), Tally()

    def _own_lock(self) -> threading.Lock:
        if self._process != os.getpid():  # after a fork: what the parent counted is the parent's to flush
            self._begin()
        return self._lock

    def _observe(self) -> None:
        for observer in self.observers:
            try:
                observer()
            except Exception as error:  # noqa: BLE001
                _failed(error)

    def _record(self, kind: Kind, name: str, value: float, labels: Mapping[str, object]) -> None:
        try:
            if self.enabled and isfinite(value):
                key, number = key_of(name, labels), value if type(value) is int else float(value)
                with self._own_lock():
                    _CHANGES[kind](self._pending, key, number)
                if self._at_exit:
                    self._flush_at_exit()
                for listener in self._listeners:
                    listener(kind, key[0], number, dict(key[1]))
        except Exception as error:  # noqa: BLE001
            _failed(error)

    def _flush_at_exit(self) -> None:
        import atexit

        self._at_exit = False  # once is enough
        atexit.register(lambda: self.path.parent.is_dir() and self.flush())

    def _flush(self) -> bool:
        self._observe()
        with self._own_lock():
            taken, self._pending = self._pending, Tally()
        if taken.is_empty():
            return True
        try:
            from mdm.core.metrics_store import add

            add(self.path, taken)
        except BaseException:
            with self._own_lock():
                self._pending = taken.plus(self._pending)
            raise
        with self._own_lock():
            self._flushed = self._flushed.plus(taken)
        return True

    def _read(self) -> Tally:
        from mdm.core.metrics_store import read

        try:
            return read(self.path)
        except Exception as error:  # noqa: BLE001
            _failed(error)
            return Tally()

    def _export(self, path: Path, *, stored: bool) -> bool:
        import json

        from mdm.core.files import write_atomic

        text = json.dumps(self.summary(stored=stored), indent=2)
        write_atomic(path, f"{text}\n".encode(), make_folders=True)
        return True


_CHANGES: Mapping[Kind, Callable[[Tally, Key, float], None]] = {
    "counter": Tally.add,
    "gauge": Tally.put,
    "timer": Tally.time,
}


def _tracking() -> object:
    from mdm.core.feature_flags import feature_flags

    return feature_flags.get("enable_performance_tracking")


def _failed(error: Exception) -> bool:
    """Leave a trace of an error that the caller is not to see, and return false."""
    log("DEBUG", "metrics are not kept: {reason}", reason=type(error).__name__)
    return False


metrics_collector = MetricsCollector(at_exit=True)
