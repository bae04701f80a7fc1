"""Computes features of rows, batch by batch, by several workers; the batches come out in their order."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa

from mdm.features import categorical, datetimes, numeric, text
from mdm.features.custom.calling import Caller
from mdm.features.engines.rows import numbered
from mdm.features.plan import Plans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    import narwhals as nw

    from mdm.features.feature import Feature, Fit

_EXPRESSIONS: Final[dict[str, Callable[[Feature], nw.Expr]]] = {
    "numeric": numeric.expression,
    "categorical": categorical.expression,
    "datetime": datetimes.expression,
}
_AHEAD: Final = 2
"""Batches that wait for each worker."""

_BYTES_OF_A_NUMBER: Final = 8


def expressions(features: Iterable[Feature]) -> list[nw.Expr]:
    """Return how a frame gives those of *features* that a frame can give, under their names."""
    return [
        _EXPRESSIONS[feature.family](feature).alias(feature.name)
        for feature in features
        if feature.family in _EXPRESSIONS
    ]


class Applier:
    """Computes the features of *fit*; custom functions are those of *folder*.

    Rows are those that were fitted, followed by those added since; *new* ones are none of them, whatever their place.
    """

    def __init__(self, fit: Fit, folder: Path, jobs: int, *, new: bool = False) -> None:
        self.fit = fit
        self._jobs = jobs if jobs > 0 else os.cpu_count() or 1
        asked = expressions(fit.features)
        self._plans = Plans(asked, 0 if new else fit.rows) if asked else None
        of_texts = (feature for feature in fit.features if feature.family == "text")
        self._texts = {
            column: text.Vectorizer(list(features)) for column, features in groupby(of_texts, lambda each: each.column)
        }
        self._custom = Caller([feature for feature in fit.features if feature.family == "custom"], folder)

    def __enter__(self) -> Self:
        """Return this; the processes of custom features end with the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes of custom features."""
        self._custom.close()

    def rows(self, wanted: int, room: int) -> int:
        """Return how many rows a batch has: *wanted*, or less, so that those that wait take *room* bytes at most."""
        a_row = _BYTES_OF_A_NUMBER * len(self.fit.features) * (_AHEAD + 1) * self._jobs
        return max(1, min(wanted, room // a_row))

    def stream(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the features of *batches*, which are in plain types, from the first row of the table on."""
        waiting: deque[Future[pa.RecordBatch]] = deque()
        with ThreadPoolExecutor(self._jobs, "mdm-features") as pool:
            try:
                for batch in numbered(batches):
                    waiting.append(pool.submit(self.batch, batch))
                    if len(waiting) > _AHEAD * self._jobs:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def batch(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Return the features of *rows*, which have their places."""
        arrays = self._plans.run(rows) if self._plans else []
        for column, vectorizer in self._texts.items():
            arrays += vectorizer.columns(rows.column(column))
        arrays += self._custom.columns(rows.select([name for name in self.fit.columns if name in rows.schema.names]))
        return pa.record_batch(arrays, [feature.name for feature in self.fit.features])
