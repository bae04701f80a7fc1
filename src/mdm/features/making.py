"""Makes the feature table of a dataset, and keeps beside it what was fitted: both in one transaction, or neither."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.core.file_errors import file_error
from mdm.core.log import log
from mdm.errors import DatasetError, Problem
from mdm.features.computing import by_engine
from mdm.features.custom.fitting import failed
from mdm.features.custom.working import CustomError
from mdm.features.engines.engine import engine_for
from mdm.features.feature import fit_of_dict
from mdm.features.fitting import Work
from mdm.features.table import Table
from mdm.features.wish import basis_of, families_of
from mdm.features.workspace import workspace
from mdm.storage.info import DATA
from mdm.storage.names import check_columns
from mdm.storage.types import type_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mdm.config.models import MDMConfig
    from mdm.features.computing import Computer, Opener
    from mdm.features.feature import Fit
    from mdm.features.wish import Wish
    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage

TABLE: Final = "features"
"""The table of a dataset that holds its features, a row for each row of its data."""

NOTE: Final = "features"
"""Note of a dataset: what was fitted, as `Fit.as_dict` gives it."""


@dataclass(frozen=True, slots=True)
class Made:
    """The features of a dataset; *reused*: they were there already."""

    name: str
    rows: int
    fit: Fit
    reused: bool


def make(storage: Storage, name: str, config: MDMConfig, wish: Wish, opener: Opener = by_engine) -> Made:
    """Make the feature table of a dataset, or find that it is there: from the same data, settings and custom files.

    Rows that were added since it was fitted get their features from what was fitted then, unless *wish* says
    otherwise; where these are split, the training part is another one, and all is fitted anew. *opener* gives who does
    the work. Raises DatasetError where no column makes a feature.
    """
    begun = perf_counter()
    info = storage.info(name)
    table = table_of(storage, info)
    families = families_of(wish, config)
    basis = basis_of(info, table, families, config)
    kept = kept_fit(info)
    reasons = list(_reasons(kept, basis, config, wish)) if kept else []
    known = None if reasons else kept
    if known and _is_there(info, known):
        return Made(name, table.rows, known, reused=True)
    if reasons:
        log("INFO", "features of {dataset} are fitted anew: {reasons}", dataset=name, reasons=", ".join(reasons))
    table = table.measured()
    chosen = wish.engine or (known.engine if known else engine_for(table, config))
    done = _Making(storage, info, Work(table, families, config), opener).make(chosen, basis, known)
    _log_made(name, done, perf_counter() - begun)
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
    work: Work
    opener: Opener

    def make(self, engine: str, basis: Mapping[str, str], known: Fit | None) -> Fit:
        paths = self.work.config.paths
        with workspace(paths.temp_path) as folder, self.opener(self.work, engine, folder) as computer:
            found = known or replace(computer.fit(), fitted=datetime.now(UTC).isoformat(timespec="seconds"))
            fitted = replace(found, basis=basis, revision=self.info.revision)
            check_columns([feature.name for feature in fitted.features], self.storage.backend)
            fitted, spool = self._spooled(fitted, computer, folder)
            with pa.memory_map(str(spool)) as file, pa.ipc.open_stream(file) as rows:
                self.storage.put(self.info.name, TABLE, rows, lambda now: self._with_fit(now, fitted))
        return fitted

    def _spooled(self, fitted: Fit, computer: Computer, folder: Path) -> tuple[Fit, Path]:
        """Compute all rows into a file, so that no lock is held meanwhile; a custom function that fails is left out."""
        while True:
            try:
                return fitted, self._spool(fitted, computer, folder / "features.arrow")
            except CustomError as error:
                fitted = _without(fitted, error)

    def _spool(self, fitted: Fit, computer: Computer, path: Path) -> Path:
        try:
            with path.open("wb") as file:
                _write(computer.computed(fitted), file)
        except OSError as error:
            raise file_error(error, path, "write") from error
        return path

    def _with_fit(self, now: DatasetInfo, fitted: Fit) -> DatasetInfo:
        if now.revision != self.info.revision:
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


def _is_there(info: DatasetInfo, fitted: Fit) -> bool:
    return info.table(TABLE) is not None and fitted.revision == info.revision


def _reasons(kept: Fit, basis: Mapping[str, str], config: MDMConfig, wish: Wish) -> Iterator[str]:
    """Yield why what was fitted before does not count."""
    if wish.refit:
        yield "it was asked for"
    if not config.performance.cache_enabled:
        yield "performance.cache_enabled is off"
    if wish.engine not in {None, kept.engine}:
        yield f"by {wish.engine}, before by {kept.engine}"
    yield from (f"other {thing}" for thing in basis if kept.basis.get(thing) != basis[thing])


def _log_made(name: str, fitted: Fit, seconds: float) -> None:
    for each in fitted.left_out:
        if each.family == "custom":
            log("WARNING", "left out the custom feature {what}: {reason}", what=each.column, reason=each.reason)
    features = len(fitted.features)
    log(
        "INFO",
        "made {features} features of {dataset} in {seconds:.2f} s",
        features=features,
        dataset=name,
        seconds=seconds,
    )
