"""A part with two implementations behind one name: a flag picks, the old one stands in, a sample is compared."""

from __future__ import annotations

from copy import deepcopy
from functools import update_wrapper
from itertools import count
from random import randrange
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar

from mdm.core.feature_flags import feature_flags
from mdm.core.log import log
from mdm.core.metrics import MetricsCollector, metrics_collector
from mdm.testing.differences import differences

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


class Flags(Protocol):
    """What a route asks: `mdm.core.feature_flags.FeatureFlags`, or who knows better what they mean here."""

    def is_enabled(self, name: str, subject: Any) -> bool:
        """Say whether the flag is on for *subject*."""

    def get(self, name: str) -> bool | int:
        """Return what the flag is."""


class Route(Generic[P, R]):
    """Calls *new* for the subjects for whom *flag* is on, and *old* for all others.

    *subject* gives the subject of a call from its arguments (a dataset's name, say); without it this installation is
    the subject. Where *new* raises an `Exception` and the flag ``auto_fallback`` is on, *old* answers: let *new*
    undo what it had begun before it raises. *sample* is the share of calls, 0 to 1, in which the other implementation
    is called as well, after the answer is known and with arguments of its own, while ``enable_comparison_tests`` is
    on. Where a call changes anything, leave it at 0, or give *probes*: what the old and the new one make of the same
    arguments without changing anything, which is compared in place of the answers. Nothing that goes wrong there
    reaches the caller.

    Counted, with the label ``route`` (*name*): ``route.new``, ``route.legacy``, ``route.fallback``,
    ``route.compared``, ``route.mismatch``, ``route.shadow_failed``. Measured, with the label ``variant`` too:
    ``route.seconds``, and with ``enable_memory_profiling`` the peak of the process's memory, ``route.memory.bytes``.
    """

    def __init__(  # noqa: PLR0913 (named, and most have a default)
        self,
        flag: str,
        old: Callable[P, R],
        new: Callable[P, R],
        *,
        name: str = "",
        subject: Callable[P, str] | None = None,
        sample: float = 0.0,
        probes: tuple[Callable[P, object], Callable[P, object]] | None = None,
        flags: Flags = feature_flags,
        metrics: MetricsCollector = metrics_collector,
    ) -> None:
        self.flag, self.old, self.new = flag, old, new
        self.name = name or old.__qualname__
        self._subject = subject
        self._every = round(1 / sample) if sample > 0 else 0
        self._calls = count(randrange(self._every) if self._every else 0)  # noqa: S311 (many processes end after one)
        self._probes = probes
        self._flags = flags
        self._metrics = metrics
        self._told: set[str] = set()
        update_wrapper(self, old)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Answer with the implementation that the flag picks."""
        subject = self._subject(*args, **kwargs) if self._subject else None
        is_new = self._flags.is_enabled(self.flag, subject)
        copied = self._copied(args, kwargs)
        result = self._new(*args, **kwargs) if is_new else self._legacy(*args, **kwargs)
        if copied is not None:
            self._compare(result, is_new, *copied)
        return result

    def _new(self, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = self._measured("new", self.new, *args, **kwargs)
        except Exception as error:
            if not self._flags.get("auto_fallback"):
                raise
            result = self._measured("legacy", self.old, *args, **kwargs)
            self._count("fallback")
            self._tell("the old implementation stands in", error)
            return result
        self._count("new")
        return result

    def _legacy(self, *args: P.args, **kwargs: P.kwargs) -> R:
        self._count("legacy")
        return self._measured("legacy", self.old, *args, **kwargs)

    def _measured(self, variant: str, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._metrics.timer("route.seconds", route=self.name, variant=variant):
            result = call(*args, **kwargs)
        if self._flags.get("enable_memory_profiling"):
            self._metrics.gauge("route.memory.bytes", _peak_memory(), route=self.name, variant=variant)
        return result

    def _copied(self, args: Any, kwargs: Any) -> tuple[Any, Any] | None:
        """Return arguments for a call in the shadow; none where there is to be none."""
        if not self._every or next(self._calls) % self._every or not self._flags.get("enable_comparison_tests"):
            return None
        if self._probes:  # they change nothing
            return args, kwargs
        try:
            return deepcopy(args), deepcopy(kwargs)
        except Exception as error:  # noqa: BLE001
            self._shadow_failed(error)
            return None

    def _compare(self, result: R, is_new: bool, args: Any, kwargs: Any) -> None:
        try:
            if self._probes:
                old, new = (probe(*args, **kwargs) for probe in self._probes)
                found = differences(old, new)
            else:
                found = differences(result, (self.old if is_new else self.new)(*args, **kwargs))
        except Exception as error:  # noqa: BLE001
            self._shadow_failed(error)
            return
        self._count("compared")
        if found:
            self._count("mismatch")
            self._tell(f"both implementations differ at {found[0].path or 'the result'}")

    def _shadow_failed(self, error: Exception) -> None:
        self._count("shadow_failed")
        self._tell("not compared", error)

    def _count(self, what: str) -> None:
        self._metrics.increment(f"route.{what}", route=self.name)

    def _tell(self, what: str, error: Exception | None = None) -> None:
        """Log once each; an error by its type alone, its text may hold what is secret."""
        text = f"{self.name}: {what}" + (f" ({type(error).__name__})" if error else "")
        if text not in self._told:
            self._told.add(text)
            log("WARNING", "{route}", route=text)


def _peak_memory() -> int:
    """Return the most memory that this process has had at once, in bytes."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def routed(flag: str, new: Callable[P, R], **options: Any) -> Callable[[Callable[P, R]], Route[P, R]]:
    """Make the decorated function the old implementation of a `Route` whose new one is *new*; options as there:

    @routed("use_new_registrar", new_count, subject=lambda dataset: dataset, sample=0.01)
    def count(dataset: str) -> int: ...
    """
    return lambda old: Route(flag, old, new, **options)
