"""What an engine has to do, and which there are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from mdm.errors import Problem, UsageError
from mdm.integrations.extras import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import narwhals as nw
    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.features.feature import Family, Fit
    from mdm.features.table import Table

EngineName: TypeAlias = Literal["polars", "duckdb", "pyspark"]


HELD: Final = 8
"""Columns that are held at once take an eighth of the memory limit: what is done with them takes several times more."""


class Staged(Protocol):
    """A table where the engine reads it."""

    def training(self, columns: Sequence[str]) -> Iterator[tuple[Sequence[str], nw.LazyFrame[Any]]]:
        """Yield *columns* in groups that fit the memory, each with a frame of the training rows.

        The frame has the columns of the group, the target, and the fold of each row (`folds.FOLD`).
        """

    def computed(self, fitted: Fit) -> Iterator[pa.RecordBatch] | None:
        """Yield the features of all rows, in their order; none where rows are better streamed through this process."""


class Engine(Protocol):
    """Computes what the families ask for."""

    @property
    def families(self) -> frozenset[Family]:
        """What it can compute."""

    def staged(self, table: Table, folder: Path) -> AbstractContextManager[Staged]:
        """Bring *table* to where the engine reads it; *folder* is empty, and for it alone."""


_PLACES: Final = {
    "polars": ("in_memory", "InMemory", "data"),
    "duckdb": ("spilling", "Spilling", "data"),
    "pyspark": ("spark", "Spark", "spark"),
}


def open_engine(name: str, config: MDMConfig) -> Engine:
    """Return the engine of this name; raises UsageError where there is none, MissingExtraError where it lacks."""
    if name not in _PLACES:
        raise UsageError(Problem(f"unknown engine {name}", hint=f"choose one of {', '.join(_PLACES)}"))
    module, kind, extra = _PLACES[name]
    try:
        engine: Engine = getattr(import_module(f"mdm.features.engines.{module}"), kind)(config)
    except ImportError as error:
        hint = f"pip install 'ml-data-manager[{extra}]'"
        message = f"the engine {name} needs the package {(error.name or '').partition('.')[0]}"
        raise MissingExtraError(Problem(message, hint=hint)) from None
    return engine


def engine_for(table: Table, config: MDMConfig) -> EngineName:
    """Return what computes a table unless the user says: Polars, but DuckDB where memory is short.

    That is where the table takes more than ``performance.memory_limit_mb``, or a column too much of it to be held.
    """
    limit = config.performance.memory_limit_mb * 2**20
    widest = max((table.bytes([name]) for name in table.schema.names), default=0)
    return "duckdb" if table.bytes() > limit or widest > limit // HELD else "polars"
