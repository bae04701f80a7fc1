"""DuckDB: a table that does not fit the memory, in a temporary file; what queries need more goes to the disk."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb
import narwhals as nw
import pyarrow as pa

from mdm.errors import Problem, StorageError
from mdm.features.engines.rows import numbered, numbered_schema, training_rows
from mdm.features.feature import FAMILIES
from mdm.features.table import SPLIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mdm.config.models import MDMConfig
    from mdm.features.feature import Fit
    from mdm.features.table import Table

_OWN_SHARE: Final = 0.6 * 2**20
"""Of a megabyte of the limit what DuckDB may use: the rest is for the rows that go in and come out."""


class Spilling:
    """Puts the table into a file of DuckDB, which answers all queries under its memory limit."""

    families = frozenset(FAMILIES)

    def __init__(self, config: MDMConfig) -> None:
        self._rows = config.performance.chunk_size
        most = min(config.database.duckdb_memory_limit.bytes, int(config.performance.memory_limit_mb * _OWN_SHARE))
        self._options: dict[str, str | bool | int | float | list[str]] = {"memory_limit": f"{most}B"}
        if config.database.duckdb_threads is not None:
            self._options["threads"] = config.database.duckdb_threads

    @contextmanager
    def staged(self, table: Table, folder: Path) -> Iterator[_Copied]:
        """Give a copy of the table."""
        options = {**self._options, "temp_directory": str(folder / "spill")}
        try:
            with duckdb.connect(folder / "staged.duckdb", config=options) as connection:
                names = [*table.inputs, *filter(None, [table.target]), *[SPLIT][: table.is_split]]
                rows = pa.RecordBatchReader.from_batches(
                    numbered_schema(table, names), numbered(table.batches(names, self._rows))
                )
                connection.register("incoming", rows)
                connection.execute("CREATE TABLE staged AS FROM incoming")
                yield _Copied(table, connection)
        except duckdb.OutOfMemoryException as error:
            hint = "raise database.duckdb_memory_limit and performance.memory_limit_mb"
            raise StorageError(Problem("the features do not fit the memory limit", hint=hint)) from error


@dataclass(frozen=True, slots=True)
class _Copied:
    table: Table
    connection: duckdb.DuckDBPyConnection

    def training(self, columns: Sequence[str]) -> Iterator[tuple[Sequence[str], nw.LazyFrame[Any]]]:
        if columns:
            yield columns, training_rows(nw.from_native(self.connection.table("staged")), self.table)

    def computed(self, fitted: Fit) -> None:  # noqa: ARG002
        return None
