"""Datasets from Python: the verbs of ``mdm dataset``."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mdm.dataset.datasets import Datasets, frame_of
from mdm.dataset.detection import Overrides
from mdm.dataset.exporting import export, target_of
from mdm.dataset.progress import watched, watched_reading
from mdm.dataset.reading import open_source
from mdm.dataset.registration import Registration
from mdm.dataset.splitting import recipe_of, split, tested_by_files
from mdm.dataset.updating import Amendment, add_rows, amend
from mdm.errors import DatasetError, Problem
from mdm.routes import open_storage, registrar
from mdm.storage.info import DATA
from mdm.storage.names import check_dataset_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from mdm.config.models import MDMConfig
    from mdm.dataset.detection import ProblemType
    from mdm.dataset.exporting import Compression, Exported, Format, Target
    from mdm.dataset.progress import Progress
    from mdm.dataset.reading import ReadingOptions
    from mdm.dataset.splitting import Split
    from mdm.features.feature import Family
    from mdm.features.making import Made
    from mdm.routes.features import FeatureMaker
    from mdm.storage.info import DatasetInfo
    from mdm.storage.store import Storage


class Client(Datasets):
    """Makes, changes, removes and exports datasets; `Datasets` says how they are found and read."""

    def __init__(self, config: MDMConfig | None = None, progress: Progress | None = None) -> None:
        super().__init__(config, progress, open_storage)
        self._register = registrar(self.config)

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
        ids = None if id_columns is None else tuple(id_columns)
        said = Overrides(types or {}, target, problem_type, ids)
        order = Registration(
            name, paths, storage, self.config, said, options, tuple(tags), description, force, self._progress
        )
        return self._register(order)

    def update(  # noqa: PLR0913 (what can be said of a dataset)
        self,
        name: str,
        *paths: Path | str,
        description: str | None = None,
        add_tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
        target: str | None = None,
        problem_type: ProblemType | None = None,
        id_columns: Sequence[str] | None = None,
        force: bool = False,
        options: ReadingOptions | None = None,
        backend: str | None = None,
    ) -> DatasetInfo:
        """Add the rows of files to a dataset, and change what is known of it: all that is said, or nothing.

        The values have to fit the types that are stored; a dataset that was split is split again by its recipe. A file
        whose rows are there already is refused unless *force*. Raises FileError for values that do not fit,
        DatasetError for other columns, UsageError for a target or identifiers that are no columns.
        """
        storage = self._catalog.find(name, backend)
        opened = open_source(paths, self.config.performance, options) if paths else None
        ids = None if id_columns is None else tuple(id_columns)
        said = Amendment(description, tuple(add_tags), tuple(remove_tags), target, problem_type, ids)
        with storage.change(name) as change:
            if opened is not None:
                add_rows(change, watched_reading(opened, self._progress, "rows added"), force=force)
            amend(change, said, self.config, again=opened is not None)
        return change.info

    def split(  # noqa: PLR0913 (what can be said of a split)
        self,
        name: str,
        *,
        test: float | None = None,
        validation: float | None = None,
        folds: int | None = None,
        stratify: str | None = None,
        time: str | None = None,
        group: str | None = None,
        seed: int = 0,
        backend: str | None = None,
    ) -> Split:
        """Put every row into a part, whose name is stored in the column ``mdm_split``, in place of a split before.

        The parts are ``train`` and, as far as a share of the rows is given for them, ``validation`` and ``test``, or
        ``fold1``, ``fold2`` ...; without either, a fifth of the rows is the test part. Which row goes where is said by
        `mdm.dataset.splitting.Recipe`. Test rows that a competition came with stay what they are. Raises UsageError
        for what does not go together, DatasetError where there are too few rows.
        """
        with self._catalog.find(name, backend).change(name) as change:
            tested = tested_by_files(change)
            ways = {"stratify": stratify, "time": time, "group": group}
            recipe = recipe_of(test, validation, folds, **ways, seed=seed, tested=tested)
            return split(change, recipe, tested=tested)

    @cached_property
    def _features(self) -> FeatureMaker:
        from mdm.routes.features import FeatureMaker

        return FeatureMaker(self.config)

    def remove(self, name: str, backend: str | None = None) -> None:
        """Remove a dataset; the files that it was read from stay."""
        self._catalog.find(name, backend).drop(name)

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
        from mdm.features.wish import Wish

        return self._features.make(self._catalog.find(name, backend), name, Wish(families, engine, refit))

    def features(
        self, name: str, rows: Any = None, backend: str | None = None, *, part: str | None = None
    ) -> pl.DataFrame:
        """Return the feature table of a dataset, or of a part; it is made where it is not up to date.

        It has a row for each row of the data, in the same order.

        With *rows*, a frame of Polars or pandas or a table of Arrow, return the features of these, by what was fitted
        on the dataset. Raises DatasetError where columns are missing in them, or hold values of another type.
        """
        from mdm.features.making import TABLE, kept_fit
        from mdm.features.new_rows import table_of_rows
        from mdm.features.wish import Wish

        storage = self._catalog.find(name, backend)
        kept = kept_fit(storage.info(name))
        if rows is not None and kept is not None:
            return frame_of(self._features.transform(name, kept, table_of_rows(rows)))
        made = self._features.make(storage, name, Wish(kept.families if kept else None))
        if rows is not None:
            return frame_of(self._features.transform(name, made.fit, table_of_rows(rows)))
        return frame_of(self.reader(name, backend=backend, part=part, table=TABLE).read_all())

    def export_target(
        self,
        name: str,
        output: Path | str | None = None,
        form: Format | None = None,
        compression: Compression | None = None,
        part: str | None = None,
    ) -> Target:
        """Return which file `export` would write, and as what; nothing is written."""
        check_dataset_name(name)
        path = None if output is None else Path(output)
        called = name if part is None else f"{name}-{part}"
        return target_of(called, path, form, compression, self.config.export)

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
        part: str | None = None,
    ) -> Exported:
        """Write a dataset, or a *part*, into a file; what is not said the name of *output* tells, then the settings.

        *table* is ``data``, or ``features`` where these were made.

        *metadata* (none: ``export.include_metadata``) puts a description in a file beside it. A file that is there is
        replaced when all is written. Raises FileError where it cannot be written.
        """
        target = self.export_target(name, output, form, compression, part)
        storage = self._catalog.find(name, backend)
        described = self.config.export.include_metadata if metadata is None else metadata
        info = storage.info(name) if described else None
        rows = self.reader(name, backend=backend, part=part, table=table)
        if self._progress is not None:
            known = storage.info(name).table(table)
            total = known.rows if known and part is None else None
            shown = watched(rows, self._progress, "rows written", total)
            rows = pa.RecordBatchReader.from_batches(rows.schema, shown)
        return export(rows, target, self.config.performance.compression_level, info)

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
