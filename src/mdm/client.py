"""Datasets from Python: the verbs of ``mdm dataset``."""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from mdm.config import get_config
from mdm.dataset.catalog import Catalog
from mdm.dataset.detection import Overrides, detect
from mdm.dataset.exporting import export, target_of
from mdm.dataset.reading import open_source
from mdm.dataset.registration import description_of, rows_of
from mdm.dataset.statistics import read_statistics
from mdm.errors import DatasetError, Problem, StorageError
from mdm.integrations.extras import MissingExtraError
from mdm.storage.info import DATA
from mdm.storage.names import check_dataset_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl
    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.dataset.detection import ProblemType
    from mdm.dataset.exporting import Compression, Exported, Format, Target
    from mdm.dataset.reading import ReadingOptions
    from mdm.dataset.statistics import ColumnStatistics
    from mdm.features.feature import Family
    from mdm.features.making import Made
    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage


class Client:
    """The datasets of one configuration; without *config* the active one.

    A dataset is looked for in the files of SQLite and DuckDB, then in PostgreSQL where that is the default backend;
    *backend* names one instead. All methods that take a name raise DatasetError where there is no such dataset.
    """

    def __init__(self, config: MDMConfig | None = None) -> None:
        self.config = config or get_config()
        self._catalog = Catalog(self.config)

    def __enter__(self) -> Self:
        """Return this; it is closed when the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up connections."""
        self.close()

    def close(self) -> None:
        """Give up connections that are kept for the next use."""
        self._catalog.close()

    def register(  # noqa: PLR0913 (what can be said of a dataset)
        self,
        name: str,
        *paths: Path | str,
        backend: str | None = None,
        target: str | None = None,
        problem_type: ProblemType | None = None,
        types: Mapping[str, str] | None = None,
        id_columns: Sequence[str] | None = None,
        tags: Sequence[str] = (),
        description: str = "",
        force: bool = False,
        options: ReadingOptions | None = None,
    ) -> DatasetInfo:
        """Read files, detect what is in them, and store them as one dataset: whole, or not at all.

        *target*, *problem_type*, *types* (by column, each of `mdm.dataset.detection.TYPES`) and *id_columns* stand in
        place of what would be detected; a target of ``""`` means none. With *force* a dataset of this name is
        replaced, in the backend where it lies. Raises FileError for what cannot be read, UsageError for columns and
        types that do not exist, DatasetError where the name is taken.
        """
        storage = self._place(name, backend, force=force)
        opened = open_source(paths, self.config.performance, options)
        ids = None if id_columns is None else tuple(id_columns)
        detection = detect(opened, self.config.datasets, Overrides(types or {}, target, problem_type, ids))
        info = replace(description_of(name, opened, detection), tags=tuple(tags), description=description)
        return storage.create(info, {DATA: rows_of(opened, detection)}, replace=force)

    def list(self, backend: str | None = None) -> tuple[DatasetInfo, ...]:
        """Return every dataset, by name; one that cannot be read is left out with a warning."""
        found = [info for storage in self._catalog.storages(backend) for info in _readable(storage)]
        return tuple(sorted(found, key=lambda info: info.name))

    def info(self, name: str, backend: str | None = None) -> DatasetInfo:
        """Return what is known of a dataset."""
        return self._catalog.find(name, backend).info(name)

    def size(self, name: str, backend: str | None = None) -> int:
        """Return the bytes that a dataset takes on disk."""
        return self._catalog.find(name, backend).size(name)

    def remove(self, name: str, backend: str | None = None) -> None:
        """Remove a dataset; the files that it was read from stay."""
        self._catalog.find(name, backend).drop(name)

    def reader(
        self, name: str, columns: Sequence[str] | None = None, rows: int | None = None, backend: str | None = None
    ) -> pa.RecordBatchReader:
        """Stream a dataset, or some *columns* of it, *rows* at a time (none: ``performance.chunk_size``)."""
        return self._catalog.find(name, backend).read(name, columns=columns, rows=rows)

    def iter_batches(
        self, name: str, columns: Sequence[str] | None = None, rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Yield a dataset in batches of *rows*, in the order of the source; see `reader`."""
        yield from self.reader(name, columns, rows)

    def arrow(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a dataset as a table of Arrow; all of it is in memory then."""
        return self.reader(name, columns).read_all()

    def load(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return a dataset as a frame of Polars; all of it is in memory then."""
        return _frame(self.arrow(name, columns))

    def pandas(self, name: str, columns: Sequence[str] | None = None) -> Any:
        """Return a dataset as a frame of pandas, which has to be installed."""
        try:
            import_module("pandas")
        except ImportError:
            raise MissingExtraError(Problem("the package pandas is not installed", hint="pip install pandas")) from None
        return self.arrow(name, columns).to_pandas()

    def sql(self, name: str, query: str) -> pl.DataFrame:
        """Return the result of one query that reads; the table is ``data``, the language that of the backend."""
        return _frame(self.query(name, query).read_all())

    def query(self, name: str, query: str, rows: int | None = None, backend: str | None = None) -> pa.RecordBatchReader:
        """Stream what `sql` returns, *rows* at a time; raises DatasetError for two columns of one name."""
        reader = self._catalog.find(name, backend).query(name, query.rstrip("; \n"), rows)
        names = reader.schema.names
        if twice := sorted({column for column in names if names.count(column) > 1}):
            hint = "give each a name of its own, with AS"
            raise DatasetError(Problem(f"columns of one name in the result: {', '.join(twice)}", hint=hint))
        return reader

    def stats(
        self, name: str, columns: Sequence[str] | None = None, backend: str | None = None
    ) -> tuple[ColumnStatistics, ...]:
        """Return what the values of each column, or of some, are like; ``features.numeric_aggregations`` says how."""
        return read_statistics(self._catalog.find(name, backend), name, columns, self.config)

    def make_features(
        self,
        name: str,
        families: Sequence[Family] | None = None,
        engine: str | None = None,
        *,
        refit: bool = False,
        backend: str | None = None,
    ) -> Made:
        """Make the feature table of a dataset beside its data, and return what was fitted and left out.

        Without *families* those that the settings enable. *engine* is ``polars``, ``duckdb`` or ``pyspark``; unless it
        is named, DuckDB for tables above ``performance.memory_limit_mb``, otherwise Polars. What was fitted before is
        used again while settings and columns are as they were, unless *refit*.
        """
        from mdm.features.making import make
        from mdm.features.wish import Wish

        return make(self._catalog.find(name, backend), name, self.config, Wish(families, engine, refit))

    def features(self, name: str, rows: Any = None, backend: str | None = None) -> pl.DataFrame:
        """Return the feature table of a dataset, a row for each of its rows; it is made where it is not up to date.

        With *rows*, a frame of Polars or pandas or a table of Arrow, return the features of these, by what was fitted
        on the dataset. Raises DatasetError where columns are missing in them, or hold values of another type.
        """
        from mdm.features.making import TABLE, kept_fit, make
        from mdm.features.new_rows import transform
        from mdm.features.wish import Wish

        storage = self._catalog.find(name, backend)
        kept = kept_fit(storage.info(name))
        if rows is not None and kept is not None:
            return _frame(transform(kept, rows, self.config))
        made = make(storage, name, self.config, Wish(kept.families if kept else None))
        return _frame(storage.read(name, TABLE).read_all() if rows is None else transform(made.fit, rows, self.config))

    def export_target(
        self,
        name: str,
        output: Path | str | None = None,
        form: Format | None = None,
        compression: Compression | None = None,
    ) -> Target:
        """Return which file `export` would write, and as what; nothing is written."""
        check_dataset_name(name)
        path = None if output is None else Path(output)
        return target_of(name, path, form, compression, self.config.export)

    def export(  # noqa: PLR0913 (what can be said of an export)
        self,
        name: str,
        output: Path | str | None = None,
        form: Format | None = None,
        compression: Compression | None = None,
        *,
        table: str = DATA,
        metadata: bool | None = None,
        backend: str | None = None,
    ) -> Exported:
        """Write a dataset into a file, batch by batch; what is not said the name of *output* tells, then the settings.

        *table* is ``data``, or ``features`` where these were made.

        *metadata* (none: ``export.include_metadata``) puts a description in a file beside it. A file that is there is
        replaced when all is written. Raises FileError where it cannot be written.
        """
        target = self.export_target(name, output, form, compression)
        storage = self._catalog.find(name, backend)
        described = self.config.export.include_metadata if metadata is None else metadata
        info = storage.info(name) if described else None
        return export(storage.read(name, table), target, self.config.performance.compression_level, info)

    def _place(self, name: str, backend: str | None, *, force: bool) -> Storage:
        """Return where a dataset is to be stored; raises DatasetError before anything is read."""
        wanted = self._catalog.storage(backend)
        holder = self._catalog.holder(name) or self._catalog.holder(name, wanted.backend.name)
        if holder is None:
            return wanted
        if not force:
            hint = f"choose another name, replace it with --force, or remove it: 'mdm dataset remove {name}'"
            raise DatasetError(Problem(f"the dataset {name!r} exists already", holder.backend.where(name), hint))
        if backend and holder is not wanted:
            hint = f"remove it first ('mdm dataset remove {name}'), or replace it there"
            raise DatasetError(Problem(f"the dataset {name!r} lies in {holder.backend.name}", hint=hint))
        return holder


def _frame(table: pa.Table) -> pl.DataFrame:
    import polars as pl

    return cast("pl.DataFrame", pl.from_arrow(table))


def _readable(storage: Storage) -> Iterator[DatasetInfo]:
    for name in storage.names():
        try:
            yield storage.info(name)
        except StorageError as error:
            warnings.warn(str(error.problems[0]), UserWarning, stacklevel=3)
