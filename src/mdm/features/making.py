"""Makes the feature table of a dataset, and keeps beside it what was fitted: both in one transaction, or neither."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.core.file_errors import file_error
from mdm.errors import DatasetError, Problem, UsageError
from mdm.features.applying import Applier
from mdm.features.custom.fitting import failed
from mdm.features.custom.scripts import find_scripts
from mdm.features.custom.working import CustomError
from mdm.features.engines.engine import engine_for, open_engine
from mdm.features.feature import FAMILIES, FORMAT, fit_of_dict
from mdm.features.fitting import Work, fit
from mdm.features.table import SPLIT, Table
from mdm.features.workspace import workspace
from mdm.storage.info import DATA
from mdm.storage.names import check_columns
from mdm.storage.types import type_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mdm.config.models import MDMConfig
    from mdm.features.engines.engine import Engine, Staged
    from mdm.features.feature import Family, Fit
    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage

TABLE: Final = "features"
"""The table of a dataset that holds its features, a row for each row of its data."""

NOTE: Final = "features"
"""Note of a dataset: what was fitted, as `Fit.as_dict` gives it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which features are wanted, and how they are computed.

    *families* (none: those that the settings enable), by *engine* (none: as the size of the table suggests). With
    *refit*, what was fitted before does not count.
    """

    families: Sequence[Family] | None = None
    engine: str | None = None
    refit: bool = False


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
    families = _families(wish, config)
    basis = _basis(info, table, families, config)
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
        _check_able(engine_name, engine, work)
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
            yield from applier.stream(self.table.batches(columns, settings.feature_batch_size))

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


def _families(wish: Wish, config: MDMConfig) -> tuple[Family, ...]:
    if wish.families is None:
        chosen = tuple(family for family in FAMILIES if getattr(config.features, f"enable_{family}"))
    elif unknown := [family for family in wish.families if family not in FAMILIES]:
        raise UsageError(
            *(Problem(f"unknown family {each}", hint=f"choose of {', '.join(FAMILIES)}") for each in unknown)
        )
    else:
        chosen = tuple(family for family in FAMILIES if family in wish.families)
    if not chosen:
        raise UsageError(
            Problem("no family of features is chosen", hint="see --families, and features.enable_numeric ...")
        )
    return chosen


def _check_able(name: str, engine: Engine, work: Work) -> None:
    """Raise UsageError where there is work that the engine cannot do, before it begins."""
    firsts = {work.table.family(column) for column in work.table.inputs}
    if find_scripts(work.config.paths.custom_features_path)[0]:
        firsts.add("custom")
    able = ", ".join(family for family in FAMILIES if family in engine.families)
    if unable := [family for family in work.families if family in firsts and family not in engine.families]:
        hint = f"leave them out with --families {able.replace(' ', '')}, or use another engine"
        raise UsageError(Problem(f"the engine {name} cannot make features of {' and '.join(unable)}", hint=hint))


def _is_there(info: DatasetInfo, fitted: Fit, rows: int) -> bool:
    table = info.table(TABLE)
    names = [feature.name for feature in fitted.features]
    return table is not None and table.rows == rows and [column.name for column in table.columns] == names


def _basis(info: DatasetInfo, table: Table, families: Sequence[Family], config: MDMConfig) -> str:
    """Return a digest of all that a fit depends on, but for rows that are added."""
    scripts = find_scripts(config.paths.custom_features_path)[0] if "custom" in families else ()
    parts = [
        FORMAT,
        config.features.model_dump(mode="json"),
        list(families),
        [(field.name, str(field.type), table.kinds.get(field.name)) for field in table.schema],
        [table.target, table.problem_type, list(table.ids)],
        [info.created.isoformat(), *(source.checksum for source in info.sources)],
        [(script.path.name, script.digest) for script in scripts],
    ]
    return sha256(json.dumps(parts, default=str).encode()).hexdigest()
