"""The datasets of one configuration: found, looked at and read. Nothing here changes one."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self, cast

from mdm import __version__
from mdm.config import get_config
from mdm.core.cache import Cache
from mdm.dataset.catalog import Catalog
from mdm.dataset.reading.source import SPLIT_COLUMN
from mdm.dataset.searching import search
from mdm.dataset.splitting import read_part, read_part_beside
from mdm.dataset.statistics import read_statistics
from mdm.dataset.statistics_kept import STATISTICS
from mdm.errors import DatasetError, Problem, StorageError
from mdm.integrations.extras import MissingExtraError
from mdm.storage.info import DATA
from mdm.storage.registry import open_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl
    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.dataset.progress import Progress
    from mdm.dataset.searching import Found
    from mdm.dataset.statistics import ColumnStatistics
    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage


class Datasets:
    """The datasets of one configuration; without *config* the active one.

    A dataset is looked for in the files of SQLite and DuckDB, then in PostgreSQL where that is the default backend;
    *backend* names one instead. All methods that take a name raise DatasetError where there is no such dataset.
    *progress* is told how far long work is; *opener* opens a backend.
    """

    def __init__(
        self,
        config: MDMConfig | None = None,
        progress: Progress | None = None,
        opener: Callable[[MDMConfig, str], Storage] = open_storage,
    ) -> None:
        self.config = config or get_config()
        self._progress = progress
        self.cache = Cache(self.config.paths.cache_path / "results", self.config.performance.cache_size_mb * 2**20)
        self._catalog = Catalog(self.config, opener)

    def __enter__(self) -> Self:
        """Return this; it is closed when the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up connections."""
        self.close()

    def close(self) -> None:
        """Give up connections that are kept for the next use."""
        self._catalog.close()

    def list(self, backend: str | None = None) -> tuple[DatasetInfo, ...]:
        """Return every dataset, by name; one that cannot be read is left out with a warning."""
        found = [info for storage in self._catalog.storages(backend) for info in _readable(storage)]
        return tuple(sorted(found, key=lambda info: info.name))

    def search(self, text: str, backend: str | None = None) -> tuple[Found, ...]:
        """Return the datasets in which every word of *text* is found, and where, the best first."""
        return search(self.list(backend), text)

    def info(self, name: str, backend: str | None = None) -> DatasetInfo:
        """Return what is known of a dataset."""
        return self._catalog.find(name, backend).info(name)

    def size(self, name: str, backend: str | None = None) -> int:
        """Return the bytes that a dataset takes on disk."""
        return self._catalog.find(name, backend).size(name)

    def reader(  # noqa: PLR0913 (what can be said of a reading)
        self,
        name: str,
        columns: Sequence[str] | None = None,
        rows: int | None = None,
        backend: str | None = None,
        *,
        part: str | None = None,
        table: str = DATA,
    ) -> pa.RecordBatchReader:
        """Stream a dataset, or some *columns* of it, *rows* at a time (none: ``performance.chunk_size``).

        *part* is the name of a part that `mdm.Client.split` has made, or that the files of a competition had. *table*
        is ``data``, or ``features`` where these were made.
        """
        storage = self._catalog.find(name, backend)
        chunk = rows or self.config.performance.chunk_size
        if part is None:
            return storage.read(name, table, columns, rows)
        if table != DATA:
            return read_part_beside(storage, name, part, table, chunk)
        return read_part(storage, name, part, columns, chunk)

    def iter_batches(
        self, name: str, columns: Sequence[str] | None = None, rows: int | None = None, part: str | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Yield a dataset in batches of *rows*, in the order of the source; see `reader`."""
        yield from self.reader(name, columns, rows, part=part)

    def arrow(self, name: str, columns: Sequence[str] | None = None, part: str | None = None) -> pa.Table:
        """Return a dataset, or a part, as a table of Arrow; all of it is in memory then."""
        return self.reader(name, columns, part=part).read_all()

    def load(self, name: str, columns: Sequence[str] | None = None, part: str | None = None) -> pl.DataFrame:
        """Return a dataset, or a part, as a frame of Polars; all of it is in memory then."""
        return frame_of(self.arrow(name, columns, part))

    def folds(self, name: str) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Yield, for each fold of a dataset that was split into folds, the rows to train on and those to test on."""
        frame = self.load(name)
        parts = frame[SPLIT_COLUMN] if SPLIT_COLUMN in frame.columns else None
        names = [] if parts is None else [each for each in parts.unique() if str(each).startswith("fold")]
        if parts is None or not names:
            hint = f"mdm dataset split {name} --folds 5"
            raise DatasetError(Problem(f"the dataset {name!r} is not split into folds", hint=hint))
        rows = frame.drop(SPLIT_COLUMN)
        for each in sorted(names, key=lambda fold: (len(fold), fold)):
            yield rows.filter((parts != each) & (parts != "test")), rows.filter(parts == each)

    def pandas(self, name: str, columns: Sequence[str] | None = None, part: str | None = None) -> Any:
        """Return a dataset as a frame of pandas, which has to be installed."""
        try:
            import_module("pandas")
        except ImportError:
            raise MissingExtraError(Problem("the package pandas is not installed", hint="pip install pandas")) from None
        return self.arrow(name, columns, part).to_pandas()

    def sql(self, name: str, query: str) -> pl.DataFrame:
        """Return the result of one query that reads; the table is ``data``, the language that of the backend."""
        return frame_of(self.query(name, query).read_all())

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
        """Return what the values of each column, or of some, are like; ``features.numeric_aggregations`` says how.

        With ``performance.cache_enabled`` they are computed once for these rows and settings.
        """
        storage = self._catalog.find(name, backend)
        revision = storage.info(name).revision

        def compute() -> tuple[ColumnStatistics, ...]:
            return read_statistics(storage, name, columns, self.config, self._progress)

        if not (self.config.performance.cache_enabled and revision):
            return compute()
        asked = {"columns": columns and list(columns), "aggregations": self.config.features.numeric_aggregations}
        facts = {"result": "statistics", "version": __version__, "revision": revision, **asked}
        return self.cache.remembered(facts, STATISTICS, compute)


def frame_of(table: pa.Table) -> pl.DataFrame:
    """Return a table of Arrow as a frame of Polars."""
    import polars as pl

    return cast("pl.DataFrame", pl.from_arrow(table))


def _readable(storage: Storage) -> Iterator[DatasetInfo]:
    for name in storage.names():
        try:
            yield storage.info(name)
        except StorageError as error:
            warnings.warn(str(error.problems[0]), UserWarning, stacklevel=3)
