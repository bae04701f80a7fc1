"""Polars: as many columns at once as fit the memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import polars as pl
import pyarrow as pa

from mdm.features.engines.engine import HELD
from mdm.features.engines.rows import numbered, numbered_schema, training_rows
from mdm.features.feature import FAMILIES
from mdm.features.table import SPLIT, TRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mdm.config.models import MDMConfig
    from mdm.features.feature import Fit
    from mdm.features.table import Table


class InMemory:
    """Loads groups of columns."""

    families = frozenset(FAMILIES)

    def __init__(self, config: MDMConfig) -> None:
        self._room = config.performance.memory_limit_mb * 2**20 // HELD
        self._rows = config.performance.chunk_size

    @contextmanager
    def staged(self, table: Table, folder: Path) -> Iterator[_Loaded]:  # noqa: ARG002
        """Give the table as it is: it is read column by column."""
        yield _Loaded(table, self._room, self._rows)


@dataclass(frozen=True, slots=True)
class _Loaded:
    table: Table
    room: int
    rows: int

    def training(self, columns: Sequence[str]) -> Iterator[tuple[Sequence[str], nw.LazyFrame[Any]]]:
        for group in self._groups(columns):
            yield group, self._frame(group)

    def computed(self, fitted: Fit) -> None:  # noqa: ARG002
        return None

    def _groups(self, columns: Sequence[str]) -> Iterator[list[str]]:
        group: list[str] = []
        for column in columns:
            if group and self.table.bytes([*group, column]) > self.room:
                yield group
                group = []
            group.append(column)
        if group:
            yield group

    def _frame(self, group: Sequence[str]) -> nw.LazyFrame[Any]:
        names = list(dict.fromkeys([*group, *filter(None, [self.table.target]), *[SPLIT][: self.table.is_split]]))
        batches = numbered(self.table.batches(names, self.rows))
        rows = pa.Table.from_batches(batches, numbered_schema(self.table, names))
        frame = cast("pl.DataFrame", pl.from_arrow(rows))
        if self.table.is_split:
            frame = frame.filter(pl.col(SPLIT) == TRAIN)
        return training_rows(nw.from_native(frame.rechunk().lazy()), self.table)
