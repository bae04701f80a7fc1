"""A query of Polars that is made once and run on many batches: making it costs more than running it on a small one."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import polars as pl
from polars.io.plugins import register_io_source

from mdm.features.engines.rows import with_folds
from mdm.features.table import SPLIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa


class Plans:
    """The same query for threads that work side by side: each has one of its own, made when it is needed first."""

    def __init__(self, expressions: Sequence[nw.Expr], fitted: int) -> None:
        self._expressions = expressions
        self._fitted = fitted
        self._idle: SimpleQueue[_Plan] = SimpleQueue()

    def run(self, rows: pa.RecordBatch) -> list[pa.Array]:
        """Return what the expressions make of *rows*; the batches of one instance have one schema."""
        frame = cast("pl.DataFrame", pl.from_arrow(rows))
        try:
            plan = self._idle.get_nowait()
        except Empty:
            plan = _Plan(frame.schema, self._expressions, self._fitted)
        made = plan.run(frame)
        self._idle.put(plan)
        return [column.combine_chunks() for column in made.to_arrow().columns]


class _Plan:
    def __init__(self, schema: pl.Schema, expressions: Sequence[nw.Expr], fitted: int) -> None:
        self._frame = pl.DataFrame(schema=schema)
        source = nw.from_native(register_io_source(self._read, schema=schema))
        rows = with_folds(source, split=SPLIT in schema, fitted=fitted)
        self._query: pl.LazyFrame = rows.select(*expressions).to_native()

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        self._frame = frame
        return self._query.collect()

    def _read(self, columns: list[str] | None, predicate: pl.Expr | None, *_: Any) -> Iterator[pl.DataFrame]:
        assert predicate is None  # the query selects, and neither filters nor cuts
        yield self._frame if columns is None else self._frame.select(columns)
