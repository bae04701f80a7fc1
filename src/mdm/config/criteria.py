"""When it is safe to finish the cutover: every condition, and why it is met or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from mdm.config.layers import shown_path
from mdm.config.manager import ConfigurationManager
from mdm.config.models import MDMConfig
from mdm.config.selection import CONFIG_FILE, legacy_of
from mdm.config.shadow import MISMATCH
from mdm.config.systems import LEGACY, Active
from mdm.config.watching import DEPRECATED, FALLBACK, ROUTE_FALLBACK, ROUTE_MISMATCH, off_during, on_since

if TYPE_CHECKING:
    from mdm.config.status import Status

DAYS = 7
"""For how long nothing may have gone wrong before the cutover is finished, unless another time is chosen."""

FLAG = "use_new_config"


@dataclass(frozen=True, slots=True)
class Window:
    """What has to be quiet: every day from *since* (UTC) on, none for the present alone; but the *accepted* keys."""

    since: date | None
    accepted: frozenset[str] = frozenset()

    @classmethod
    def of_days(cls, days: int, accepted: frozenset[str] = frozenset(), *, today: date | None = None) -> Window:
        """Return the window of the last *days*; 0 is the present alone."""
        today = today or datetime.now(UTC).date()
        return cls(today - timedelta(days) if days else None, accepted)

    def holds(self, day: date | None) -> bool:
        """Say whether *day* lies in it."""
        return self.since is not None and day is not None and day >= self.since

    def __str__(self) -> str:
        return f"since {self.since}" if self.since else "now"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of finishing: whether it is *met*, *why*, and with *hint* what to do where it is not.

    An *essential* one cannot be passed over.
    """

    name: str
    met: bool
    why: str
    hint: str = ""
    essential: bool = False


def judge(status: Status, manager: ConfigurationManager, new: Active | None) -> Iterator[Criterion]:
    """Yield every criterion, by what *status* holds; *new* is the new configuration, where it is valid."""
    yield _in_place(status, manager, new)
    yield _answers(status, manager)
    yield _watched(status, manager)
    yield _equal(status, manager)
    yield _no_fallback(status)
    yield _same_parts(status)
    yield _nothing_deprecated(status)


def _in_place(status: Status, manager: ConfigurationManager, new: Active | None) -> Criterion:
    name = "the new configuration is in place"
    home_file = manager.around.home / CONFIG_FILE
    if new is None:
        problem = status.problems[0]
        return Criterion(name, False, str(problem), problem.hint or "'mdm config validate' lists all", essential=True)
    if not new.files:
        return Criterion(
            name, False, f"there is no {shown_path(home_file)}", "'mdm config migrate' writes it", essential=True
        )
    return Criterion(name, True, f"{shown_path(new.files[0])} is valid", essential=True)


def _answers(status: Status, manager: ConfigurationManager) -> Criterion:
    name = "the new system answers"
    since = on_since(manager.flags, FLAG)
    if status.active is None or status.active.system == LEGACY:
        return Criterion(name, False, "the legacy system does", "mdm config switch --new")
    if not manager.flags.get(FLAG):
        return Criterion(name, False, f"the flag {FLAG} is off", "mdm config switch --new")
    if status.window.since is None or (since is not None and since.date() <= status.window.since):
        return Criterion(name, True, f"since {since.date()}" if since else "now")
    told = f"only since {since.date()}" if since else "since when is not known"
    return Criterion(name, False, f"{told}, not {status.window}", "wait, or choose another time with --days")


def _watched(status: Status, manager: ConfigurationManager) -> Criterion:
    name = "it was watched"
    for flag in ("enable_performance_tracking", "enable_comparison_tests"):
        if off_during(manager.flags, flag, status.window.since):
            told = "was off for a time" if manager.flags.get(flag) else "is off"
            return Criterion(name, False, f"{flag} {told}, so nobody would have noticed", f"mdm flags set {flag} true")
    first = manager.metrics.first_day()
    if status.window.since is not None and (first is None or first > status.window.since):
        told = f"counted only since {first}" if first else "nothing was counted yet"
        return Criterion(name, False, told, "wait, or choose another time with --days")
    return Criterion(name, True, str(status.window))


def _equal(status: Status, manager: ConfigurationManager) -> Criterion:
    name = "both systems answer the same"
    found = [d.key for d in status.differences or () if d.key not in status.window.accepted]
    accept = "make them equal, or accept a difference that is meant with --accept KEY"
    if found:
        return Criterion(name, False, f"they differ now: {', '.join(found)}", accept)
    if status.differences is None and legacy_of(MDMConfig.schema(), manager.around).present:
        return Criterion(name, False, f"not compared: {status.incomparable}")
    seen = [key for key, day in status.counted[MISMATCH].last.items() if status.window.holds(day)]
    if seen:
        days = status.counted[MISMATCH].last
        told = ", ".join(f"{key} on {days[key]}" for key in seen)
        return Criterion(name, False, f"they differed: {told}", accept)
    return Criterion(name, True, status.incomparable or f"no difference {status.window}")


def _no_fallback(status: Status) -> Criterion:
    name = "nothing fell back"
    if status.fell_back:
        return Criterion(name, False, "it does now", "'mdm config validate' says why")
    last = status.counted[FALLBACK].last_day
    if status.window.holds(last):
        return Criterion(name, False, f"it did on {last}", "find out why, then wait, or choose another time")
    return Criterion(name, True, f"{status.window}")


def _same_parts(status: Status) -> Criterion:
    name = "backend, registrar and features do as the legacy ones"
    for metric, told in ((ROUTE_FALLBACK, "failed and the legacy one stood in"), (ROUTE_MISMATCH, "differed")):
        if seen := [
            f"{route} on {day}" for route, day in status.counted[metric].last.items() if status.window.holds(day)
        ]:
            return Criterion(name, False, f"they {told}: {', '.join(seen)}", "find out why, then wait")
    return Criterion(name, True, f"{status.window}")


def _nothing_deprecated(status: Status) -> Criterion:
    name = "nothing deprecated is in use"
    if status.variables:
        names = ", ".join(variable.name for variable in status.variables)
        return Criterion(name, False, f"set here: {names}", "'mdm config analyze' shows what to put in their place")
    last = status.counted[DEPRECATED].last
    seen = [f"{variable} on {day}" for variable, day in last.items() if status.window.holds(day)]
    if seen:
        return Criterion(name, False, f"other processes used {', '.join(seen)}", "find what sets them")
    return Criterion(name, True, f"{status.window}")
