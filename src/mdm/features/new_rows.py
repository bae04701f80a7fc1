"""Features of rows that are in no dataset, by what was fitted on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from mdm.errors import DatasetError, Problem
from mdm.features.applying import Applier
from mdm.features.feature import Fit
from mdm.features.table import plain
from mdm.storage.types import type_of_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdm.config.models import MDMConfig


Computed: TypeAlias = Callable[[Fit, "Iterable[pa.RecordBatch]", "MDMConfig"], "Iterator[pa.RecordBatch]"]


def applied(fitted: Fit, batches: Iterable[pa.RecordBatch], config: MDMConfig) -> Iterator[pa.RecordBatch]:
    """Yield the features of *batches*, none of which was fitted, by as many workers as the settings say."""
    jobs = config.performance.feature_n_jobs
    with Applier(fitted, config.paths.custom_features_path, jobs, new=True) as applier:
        yield from applier.stream(batches)


def transform(fitted: Fit, rows: pa.Table, config: MDMConfig, computed: Computed = applied) -> pa.Table:
    """Return the features of *rows*; more columns do no harm. *computed* does the work.

    Raises DatasetError for columns that are not there, or hold other values than those of the dataset.
    """
    batches = _arranged(fitted, rows).to_batches(config.performance.feature_batch_size)
    empty = pa.schema([(name, type_of_text(type_)) for name, type_ in fitted.columns.items()]).empty_table()
    plain_batches = [plain(batch) for batch in batches or _one_batch(empty)]
    return pa.Table.from_batches(list(computed(fitted, plain_batches, config)))


def table_of_rows(rows: Any) -> pa.Table:
    """Return a frame of Polars or pandas, or a table of Arrow, as the latter."""
    if isinstance(rows, pa.Table):
        return rows
    if hasattr(rows, "to_arrow"):
        return pa.table(rows.to_arrow())
    return pa.Table.from_pandas(rows, preserve_index=False)


def _one_batch(table: pa.Table) -> list[pa.RecordBatch]:
    return [pa.record_batch([column.combine_chunks() for column in table.columns], schema=table.schema)]


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
