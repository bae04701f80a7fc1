"""Spark: the table as files of Parquet in ``paths.temp_path``, which every machine of a cluster has to reach.

The session is the active one, or that of Spark's own configuration (``SPARK_REMOTE``, ``spark-defaults.conf``), on this
machine alone where it says nothing. Texts and custom features, which are computed by Python in one process, are not
for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from mdm.errors import MdmError, Problem, UsageError
from mdm.features.engines.rows import numbered, numbered_schema, training_rows, with_folds
from mdm.features.feature import Family
from mdm.features.table import ROW, SPLIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mdm.config.models import MDMConfig
    from mdm.features.feature import Fit
    from mdm.features.table import Table

_ROWS_OF_A_FILE: Final = 1_000_000


class Spark:
    """Has the work done by the machines of a session."""

    families: frozenset[Family] = frozenset({"numeric", "categorical", "datetime"})

    def __init__(self, config: MDMConfig) -> None:
        self._rows = config.performance.chunk_size

    @contextmanager
    def staged(self, table: Table, folder: Path) -> Iterator[_Distributed]:
        """Give the table as files of Parquet; a session that is started here ends with the block."""
        names = [name for name in table.inputs if table.family(name) in {*self.families, "text"}]
        names += [*filter(None, [table.target]), *[SPLIT][: table.is_split]]
        _check_names(names)
        _write(numbered(table.batches(names, self._rows)), numbered_schema(table, names), folder / "staged")
        active = SparkSession.getActiveSession()
        try:
            session = active or _started()
            yield _Distributed(table, session.newSession(), folder)
        except PySparkException as error:
            message = f"Spark: {str(error).partition(chr(10))[0]}"
            raise MdmError(Problem(message, hint="Spark needs Java 17: see JAVA_HOME and its own messages")) from error
        finally:
            if active is None and (begun := SparkSession.getActiveSession()) is not None:
                begun.stop()


@dataclass(frozen=True, slots=True)
class _Distributed:
    table: Table
    session: SparkSession
    folder: Path

    def training(self, columns: Sequence[str]) -> Iterator[tuple[Sequence[str], nw.LazyFrame[Any]]]:
        if columns:
            yield columns, training_rows(self._frame(), self.table)

    def computed(self, fitted: Fit) -> Iterator[pa.RecordBatch]:
        from mdm.features.applying import expressions

        rows = with_folds(self._frame(), split=self.table.is_split, fitted=fitted.rows)
        made = rows.select(nw.col(ROW), *expressions(fitted.features)).sort(ROW).to_native()
        made.write.parquet(str(self.folder / "made"))
        for path in sorted((self.folder / "made").glob("*.parquet")):
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    yield batch.drop_columns([ROW])

    def _frame(self) -> nw.LazyFrame[Any]:
        self.session.conf.set("spark.sql.session.timeZone", "UTC")
        frame: nw.LazyFrame[Any] = nw.from_native(self.session.read.parquet(str(self.folder / "staged")))
        return frame


def _check_names(names: Sequence[str]) -> None:
    """Raise UsageError for columns whose names Spark takes for a path into nested values."""
    hint = "rename the columns, or use another engine"
    if problems := [
        Problem(f"Spark cannot read the column {name!r}", hint=hint) for name in names if set(name) & {*".`"}
    ]:
        raise UsageError(*problems)


def _started() -> SparkSession:
    quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    builder: SparkSession.Builder = SparkSession.builder.appName("mdm")
    for name, value in quiet.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _write(batches: Iterator[pa.RecordBatch], schema: pa.Schema, folder: Path) -> None:
    """Write files of a million rows each, which the machines read side by side."""
    folder.mkdir()
    number, rows, writer = 0, 0, pq.ParquetWriter(folder / "00000.parquet", schema)
    for batch in batches:
        if rows >= _ROWS_OF_A_FILE:
            writer.close()
            number, rows = number + 1, 0
            writer = pq.ParquetWriter(folder / f"{number:05}.parquet", schema)
        writer.write_batch(batch)
        rows += len(batch)
    writer.close()
