"""Feature flags: what each is now, where that comes from, and for whom a rollout has begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Literal, TypeAlias

from mdm.core import flag_state, flag_store
from mdm.core.flag_catalogue import Flag, FlagValue, check, find
from mdm.core.flag_rollout import bucket, host_id
from mdm.core.flag_store import FlagChange, Stored
from mdm.core.flag_watch import Callback, FlagWarning, FlagWatch, Provider, look_again
from mdm.core.log import log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["FeatureFlags", "FlagChange", "FlagDetails", "FlagValue", "FlagWarning", "feature_flags"]

Reason: TypeAlias = Literal["STATIC", "SPLIT", "DISABLED", "TARGETING_MATCH", "DEFAULT", "ERROR"]


@dataclass(frozen=True, slots=True)
class FlagDetails:
    """What a flag is for a subject, and why.

    The reasons are OpenFeature's: DEFAULT nothing sets the flag; STATIC it is set; DISABLED it is set to false; SPLIT
    a percentage decides, by *bucket* (percent); ERROR a higher source is malformed and was passed over;
    TARGETING_MATCH the service decides (none of MDM's own sources has rules). *source* is the name
    of a variable, the path of the flags file, ``service``, ``configuration`` or ``default``.
    """

    name: str
    value: FlagValue
    reason: Reason
    bucket: float | None
    source: str


class FeatureFlags:
    """All flags of one installation. Nothing is read until a flag is; any number of threads may use one instance.

    *path* is the flags file, otherwise ``feature_flags.json`` in MDM's home; *environ* stands in for ``os.environ``;
    *count* is told the name and the answer of each ``is_enabled``.
    """

    def __init__(
        self,
        path: Path | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        count: Callable[[str, bool], object] | None = None,
    ) -> None:
        self.service: Provider | None = None
        """Gives the flags that a service outside decides, for all that was not set here; else as ``configured``."""
        self.configured: Provider | None = None
        """Gives the flags that the configuration file sets, and only those. It is asked at every look, so it must
        answer from memory; a flag that it reads on its way is answered without it."""
        self._watch = FlagWatch(path, environ)
        self._count = count
        self._hosts: dict[Path, str] = {}

    @property
    def path(self) -> Path:
        """The flags file; it need not exist."""
        return self._look().path

    @property
    def host(self) -> str:
        """The subject that stands for this installation: ``MDM_HOST_ID``, otherwise an id made at first use."""
        state = self._look()
        if state.environment.host:
            return state.environment.host
        place = state.path.with_name("host_id")
        if place not in self._hosts:
            self._hosts[place] = host_id(place)
        return self._hosts[place]

    def get(self, name: str, default: FlagValue | None = None) -> FlagValue:
        """Return what the flag is; *default*, when given, stands in for the catalogue's where nothing sets the flag.

        What this process sets is seen at once, what another sets within a millisecond. FlagError for an unknown name.
        """
        watch = self._watch
        state = watch.state
        if state is None or monotonic() >= watch.until or state.environment.is_old(name):
            state = self._look()
        value = state.values.get(name)
        if value is None:
            value = find(name).default  # raises: every flag has a value
        if default is not None and state.resolved[name].source == flag_state.DEFAULT:
            return default
        return value

    def all(self) -> dict[str, FlagValue]:
        """Return every flag with its value, in the order of the catalogue."""
        return dict(self._look().values)

    def source(self, name: str) -> str:
        """Return where the value comes from, in the words of `FlagDetails`. FlagError for an unknown name."""
        return self._look().resolved[find(name).name].source

    def set(self, name: str, value: FlagValue, *, who: str | None = None, when: datetime | None = None) -> None:
        """Store the flag's value for every process, with an entry in the history.

        FlagError for an unknown name or a value that the flag does not take; FileError when it cannot be stored.
        """
        flag = find(name)
        self._store(flag, check(flag, value), who, when)

    def reset(self, name: str, *, who: str | None = None, when: datetime | None = None) -> None:
        """Forget the value that was set, so that the configuration or the default counts again. Errors as for set."""
        self._store(find(name), None, who, when)

    def planned(
        self,
        name: str,
        value: FlagValue,
        *,
        who: str | None = None,
        when: datetime | None = None,
        content: bytes | None = None,
    ) -> bytes:
        """Return what the flags file would hold after ``set``; nothing is written.

        *content* is what the file holds before, otherwise it is read. What is damaged counts for nothing.
        """
        flag = find(name)
        checked = check(flag, value)
        before = flag_store.content(self.path) if content is None else content
        stored = flag_store.decode_anyway(before)
        after = self._changed(stored, flag, checked, who, when)
        return before if after is stored else flag_store.encode(after)

    def history(self, name: str | None = None) -> tuple[FlagChange, ...]:
        """Return the changes of one flag or of all, oldest first; the last 1000 are kept."""
        wanted = None if name is None else find(name).name
        return tuple(change for change in flag_store.changes(self._look().stored) if wanted in (None, change.name))

    def on_change(self, name: str, callback: Callback) -> Callable[[], None]:
        """Call ``callback(name, old, new)`` when the flag becomes something else; return what ends that.

        A change by this process is told of at once, one by another when a flag is next read.
        """
        flag = find(name)
        self._look()
        return self._watch.subscribe(flag.name, callback)

    def is_enabled(self, name: str, subject: str | None = None) -> bool:
        """Say whether the flag is on for *subject* (this installation): set to true, or by its percentage."""
        enabled = bool(self.get(name)) or self._is_in_rollout(name, subject)
        if self._count:
            self._count(name, enabled)
        return enabled

    def explain(self, name: str, subject: str | None = None) -> FlagDetails:
        """Return what ``is_enabled`` answers (for a percentage: its number), and why."""
        flag = find(name)
        state = self._look()
        found = state.resolved[name]
        details = FlagDetails(name, found.value, _reason(flag, state), None, found.source)
        if flag.rollout is None:
            return details
        percentage = state.resolved[flag.rollout]
        if subject is None and percentage.value == 0:
            return details
        place = bucket(name, self.host if subject is None else subject)
        if found.value or percentage.value == 0:
            return FlagDetails(name, found.value, details.reason, place, found.source)
        reason: Reason = "ERROR" if percentage.problems else "SPLIT"
        return FlagDetails(name, place < percentage.value, reason, place, percentage.source)

    def _look(self) -> flag_state.State:
        return self._watch.look({flag_state.SERVICE: self.service, flag_state.CONFIGURATION: self.configured})

    def _is_in_rollout(self, name: str, subject: str | None) -> bool:
        rollout = find(name).rollout
        percentage = self.get(rollout) if rollout else 0
        return percentage > 0 and bucket(name, self.host if subject is None else subject) < percentage

    def _store(self, flag: Flag, value: FlagValue | None, who: str | None, when: datetime | None) -> None:
        path = self.path  # and so we know what the flags were before
        problem = flag_store.update(
            path, lambda stored: self._changed(stored, flag, value, who, when), datetime.now(UTC)
        )
        look_again()
        self._look()
        self._watch.tell([problem] if problem else [])
        log("INFO", "flag {flag}: {value}", flag=flag.name, value="reset" if value is None else value)

    def _changed(
        self, stored: Stored, flag: Flag, value: FlagValue | None, who: str | None, when: datetime | None
    ) -> Stored:
        """Return *stored* with the flag at *value*, or without it for none; *stored* itself when that is so already."""
        if (flag.name not in stored.flags) if value is None else _same(stored.flags.get(flag.name), value):
            return stored
        state = self._look()
        old = flag_state.below(flag, stored.flags, state.given)
        new = flag_state.below(flag, {}, state.given) if value is None else value
        moment = (when or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        change = FlagChange(flag.name, old, new, who or _user(), moment)
        return flag_store.with_change(stored, change, keep=value is not None)


def _same(stored: object, value: FlagValue) -> bool:
    return type(stored) is type(value) and stored == value


def _reason(flag: Flag, state: flag_state.State) -> Reason:
    found = state.resolved[flag.name]
    hidden = state.problem and found.source in (flag_state.SERVICE, flag_state.CONFIGURATION, flag_state.DEFAULT)
    if found.problems or hidden:
        return "ERROR"
    if found.source == flag_state.SERVICE:
        return "TARGETING_MATCH"
    if found.source == flag_state.DEFAULT:
        return "DEFAULT"
    return "DISABLED" if found.value is False else "STATIC"


def _user() -> str:
    """Return the name of whoever runs this process, their number where they have no name."""
    import getpass
    import os

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return str(os.getuid())


def count_evaluation(name: str, enabled: bool) -> None:
    """Add to the metric ``flags.evaluation`` that the flag was found to be on or off for somebody."""
    from mdm.core.metrics import metrics_collector

    metrics_collector.increment("flags.evaluation", flag=name, variant="on" if enabled else "off")


feature_flags = FeatureFlags(count=count_evaluation)
