"""Who fits and computes features: what making them asks for, and the way by an engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from mdm.features.applying import Applier
from mdm.features.engines.engine import open_engine
from mdm.features.fitting import Work, fit
from mdm.features.table import SPLIT
from mdm.features.wish import check_able

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from mdm.features.engines.engine import Engine, Staged
    from mdm.features.feature import Fit

_SHARE: Final = 4
"""Features that wait to be written take a quarter of the memory."""


class Computer(Protocol):
    """Fits and computes the features of one table."""

    def fit(self) -> Fit:
        """Return what is found in the training part; raises DatasetError where that is nothing."""

    def computed(self, fitted: Fit) -> Iterator[pa.RecordBatch]:
        """Yield the features of all rows, in their order."""


Opener: TypeAlias = Callable[[Work, str, "Path"], AbstractContextManager[Computer]]
"""Gives who does the work, from the name of an engine and an empty folder."""


@contextmanager
def by_engine(work: Work, engine: str, folder: Path) -> Iterator[Computer]:
    """Give the work to an engine; raises UsageError, before it begins, for what this one cannot do."""
    opened: Engine = open_engine(engine, work.config)
    check_able(engine, opened, work)
    with opened.staged(work.table, folder) as staged:
        yield _ByEngine(work, engine, staged)


@dataclass(frozen=True, slots=True)
class _ByEngine:
    work: Work
    engine: str
    staged: Staged

    def fit(self) -> Fit:
        return fit(self.work, self.staged, self.engine)

    def computed(self, fitted: Fit) -> Iterator[pa.RecordBatch]:
        if (batches := self.staged.computed(fitted)) is not None:
            yield from batches
            return
        config, table = self.work.config, self.work.table
        columns = [*fitted.columns, *[SPLIT][: table.is_split]]
        with Applier(fitted, config.paths.custom_features_path, config.performance.feature_n_jobs) as applier:
            room = config.performance.memory_limit_mb * 2**20 // _SHARE
            rows = applier.rows(config.performance.feature_batch_size, room)
            yield from applier.stream(table.batches(columns, rows))
