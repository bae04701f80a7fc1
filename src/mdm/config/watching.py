"""What was counted while the cutover was watched, day by day, for all processes of one installation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from mdm.core.feature_flags import FeatureFlags
from mdm.core.metrics import MetricsCollector

FALLBACK: Final = "config.fallback"
DEPRECATED: Final = "config.deprecated"
ROUTE_NEW, ROUTE_LEGACY = "route.new", "route.legacy"
ROUTE_FALLBACK, ROUTE_MISMATCH = "route.fallback", "route.mismatch"
ACCESS_NEW, ACCESS_LEGACY = "config.access.new", "config.access.legacy"


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something was counted: by day (UTC), and the last day by its label (a key, a variable)."""

    days: dict[date, float] = field(default_factory=dict)
    last: dict[str, date] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How often on all days that are kept."""
        return round(sum(self.days.values()))

    @property
    def last_day(self) -> date | None:
        """The last day on which it was counted."""
        return max(self.days, default=None)


def counted(metrics: MetricsCollector, name: str, *, without: frozenset[str] = frozenset()) -> Counted:
    """Return what all processes have added to the counter *name*; labels *without* are left out."""
    days: Counter[date] = Counter()
    last: dict[str, date] = {}
    for day, labels, number in metrics.days(name):
        label = next(iter(labels.values()), "")
        if label not in without:
            days[day] += round(number)
            last[label] = day
    return Counted(dict(days), last)


def on_since(flags: FeatureFlags, name: str) -> datetime | None:
    """Return when the flag became true to stay so, as far as its history tells; none where it never did."""
    since = None
    for change in flags.history(name):
        if change.new is not True:
            since = None
        elif since is None:
            since = datetime.fromisoformat(change.when).astimezone(UTC)
    return since


def off_during(flags: FeatureFlags, name: str, since: date | None) -> bool:
    """Say whether the flag is off, or was on a day from *since* on (none: only now counts)."""
    if not flags.get(name):
        return True
    changes = flags.history(name) if since is not None else ()
    return any(
        since is not None and datetime.fromisoformat(change.when).date() >= since and False in (change.old, change.new)
        for change in changes
    )
