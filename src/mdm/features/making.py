"""Makes the feature table of a dataset, and keeps beside it what was fitted: both in one transaction, or neither."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.core.file_errors import file_error
from mdm.errors import DatasetError, Problem
from mdm.features.applying import Applier
from mdm.features.custom.fitting import failed
from mdm.features.custom.working import CustomError
from mdm.features.engines.engine import engine_for, open_engine
from mdm.features.feature import fit_of_dict
from mdm.features.fitting import Work, fit
from mdm.features.table import SPLIT, Table
from mdm.features.wish import basis_of, check_able, families_of
from mdm.features.workspace import workspace
from mdm.storage.info import DATA
from mdm.storage.names import check_columns
from mdm.storage.types import type_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mdm.config.models import MDMConfig
    from mdm.features.engines.engine import Staged
    from mdm.features.feature import Fit
    from mdm.features.wish import Wish
    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage

TABLE: Final = "features"
"""The table of a dataset that holds its features, a row for each row of its data."""

NOTE: Final = "features"
"""Note of a dataset: what was fitted, as `Fit.as_dict` gives it."""


_SHARE: Final = 4
"""Features that wait to be written take a quarter of the memory."""


@dataclass(frozen=True, slots=True)
class Made:
    """The features of a dataset; *reused*: they were there already."""

    name: str
    rows: int
    fit: Fit
    reused: bool


def make(storage: Storage, name: str, config: MDMConfig, wish: Wish) -> Made:
    """Make the feature table of a dataset, or find that it is there: from the same data, settings and custom files.

    Rows that were added since it was fitted get their features from what was fitted then, unless *wish* says
    otherwise. Raises DatasetError where no column makes a feature.
    """
    info = storage.info(name)
    table = table_of(storage, info)
    families = families_of(wish, config)
    basis = basis_of(info, table, families, config)
    kept = kept_fit(info)
    if wish.refit or not config.performance.cache_enabled or (kept and wish.engine not in {None, kept.engine}):
        kept = None
    known = kept if kept and kept.basis == basis else None
    if known and _is_there(info, known, table.rows):
        return Made(name, table.rows, known, reused=True)
    chosen = wish.engine or (known.engine if known else engine_for(table, config))
    done = _Making(storage, info, table, config).make(Work(table, families, config), chosen, basis, known)
    return Made(name, table.rows, done, reused=False)


def kept_fit(info: DatasetInfo) -> Fit | None:
    """Return what was fitted when features were made last; none where none were."""
    return fit_of_dict(info.notes[NOTE], info.name) if NOTE in info.notes else None


def table_of(storage: Storage, info: DatasetInfo) -> Table:
    """Return the data of a dataset as what features are made of."""
    [data] = [table for table in info.tables if table.name == DATA]
    schema = pa.schema([(column.name, type_of_text(column.type)) for column in data.columns])
    ids = tuple(info.notes.get("detection", {}).get("id_columns", ()))

    def read(columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        yield from storage.read(info.name, columns=columns, rows=rows)

    return Table(schema, data.rows, read, info.kinds, info.target, info.problem_type, ids)


@dataclass(frozen=True, slots=True)
class _Making:
    storage: Storage
    info: DatasetInfo
    table: Table
    config: MDMConfig

    def make(self, work: Work, engine_name: str, basis: str, known: Fit | None) -> Fit:
        engine = open_engine(engine_name, self.config)
        check_able(engine_name, engine, work)
        with workspace(self.config.paths.temp_path) as folder, engine.staged(self.table, folder) as staged:
            fitted = known or fit(work, staged, engine_name, basis)
            check_columns([feature.name for feature in fitted.features], self.storage.backend)
            fitted, spool = self._spooled(fitted, staged, folder)
            with pa.memory_map(str(spool)) as file, pa.ipc.open_stream(file) as rows:
                self.storage.put(self.info.name, TABLE, rows, lambda now: self._with_fit(now, fitted))
        return fitted

    def _spooled(self, fitted: Fit, staged: Staged, folder: Path) -> tuple[Fit, Path]:
        """Compute all rows into a file, so that no lock is held meanwhile; a custom function that fails is left out."""
        while True:
            try:
                return fitted, self._spool(fitted, staged, folder / "features.arrow")
            except CustomError as error:
                fitted = _without(fitted, error)

    def _spool(self, fitted: Fit, staged: Staged, path: Path) -> Path:
        try:
            with path.open("wb") as file:
                _write(self._computed(fitted, staged), file)
        except OSError as error:
            raise file_error(error, path, "write") from error
        return path

    def _computed(self, fitted: Fit, staged: Staged) -> Iterator[pa.RecordBatch]:
        if (batches := staged.computed(fitted)) is not None:
            yield from batches
            return
        settings = self.config.performance
        columns = [*fitted.columns, *[SPLIT][: self.table.is_split]]
        with Applier(fitted, self.config.paths.custom_features_path, settings.feature_n_jobs) as applier:
            rows = applier.rows(settings.feature_batch_size, settings.memory_limit_mb * 2**20 // _SHARE)
            yield from applier.stream(self.table.batches(columns, rows))

    def _with_fit(self, now: DatasetInfo, fitted: Fit) -> DatasetInfo:
        if now.table(DATA) != self.info.table(DATA) or now.sources != self.info.sources:
            message = f"the dataset {now.name!r} was changed while its features were made"
            raise DatasetError(Problem(message, hint="make them again"))
        return replace(now, notes={**now.notes, NOTE: fitted.as_dict()})


def _write(batches: Iterator[pa.RecordBatch], file: object) -> None:
    first = next(batches)
    with pa.ipc.new_stream(file, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def _without(fitted: Fit, error: CustomError) -> Fit:
    """Return *fitted* without the function that failed; raises the error where nothing else is there."""
    features = tuple(
        each
        for each in fitted.features
        if (each.family, each.column, each.values.get("file")) != ("custom", error.function, error.path.name)
    )
    if not features:
        raise error
    return replace(fitted, features=features, left_out=(*fitted.left_out, failed(error)))


def _is_there(info: DatasetInfo, fitted: Fit, rows: int) -> bool:
    table = info.table(TABLE)
    names = [feature.name for feature in fitted.features]
    return table is not None and table.rows == rows and [column.name for column in table.columns] == names
