"""Features of rows that are in no dataset, by what was fitted on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mdm.errors import DatasetError, Problem
from mdm.features.applying import Applier
from mdm.features.table import plain
from mdm.storage.types import type_of_text

if TYPE_CHECKING:
    from mdm.config.models import MDMConfig
    from mdm.features.feature import Fit


def transform(fitted: Fit, rows: Any, config: MDMConfig) -> pa.Table:
    """Return the features of *rows*, a frame of Polars or pandas or a table of Arrow; more columns do no harm.

    Raises DatasetError for columns that are not there, or hold other values than those of the dataset.
    """
    batches = _arranged(fitted, _table(rows)).to_batches(config.performance.feature_batch_size)
    empty = pa.schema([(name, type_of_text(type_)) for name, type_ in fitted.columns.items()]).empty_table()
    plain_batches = [plain(batch) for batch in batches or _one_batch(empty)]
    settings = config.performance
    with Applier(fitted, config.paths.custom_features_path, settings.feature_n_jobs, new=True) as applier:
        return pa.Table.from_batches(list(applier.stream(plain_batches)))


def _one_batch(table: pa.Table) -> list[pa.RecordBatch]:
    return [pa.record_batch([column.combine_chunks() for column in table.columns], schema=table.schema)]


def _table(rows: Any) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    if hasattr(rows, "to_arrow"):
        return pa.table(rows.to_arrow())
    return pa.Table.from_pandas(rows, preserve_index=False)


def _arranged(fitted: Fit, table: pa.Table) -> pa.Table:
    problems, columns = [], []
    for name, text in fitted.columns.items():
        if name not in table.schema.names:
            problems.append(Problem(f"the rows lack the column {name!r}", hint="features are made of it"))
            continue
        try:
            columns.append(table.column(name).cast(type_of_text(text)))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            problems.append(Problem(f"not {text}: {str(error).splitlines()[0]}", f"column {name!r}"))
    if problems:
        raise DatasetError(*problems)
    return pa.table(columns, names=list(fitted.columns))
