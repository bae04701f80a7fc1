"""The plain features: a column at a time as a list of Python's values, a value at a time, by the definitions."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from mdm.features.custom import fitting as custom
from mdm.features.custom.calling import Caller
from mdm.features.feature import Feature, LeftOut
from mdm.features.fitting import check_trained, fit_of
from mdm.features.making import make
from mdm.features.new_rows import transform
from mdm.features.table import SPLIT, TRAIN
from mdm.reference import features_categorical, features_datetime, features_numeric, features_text
from mdm.reference.features_target import encoding_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from mdm.config.models import MDMConfig
    from mdm.features.feature import Family, Fit
    from mdm.features.fitting import Work
    from mdm.features.making import Made
    from mdm.features.table import Table
    from mdm.features.wish import Wish
    from mdm.storage.store import Storage

FOLDS: Final = 5

_VALUES: Final[dict[str, Callable[[Feature, Sequence[Any], Sequence[int]], list[Any]]]] = {
    "numeric": features_numeric.values,
    "categorical": features_categorical.values,
    "datetime": features_datetime.values,
}


def make_plainly(storage: Storage, name: str, config: MDMConfig, wish: Wish) -> Made:
    """Do what `mdm.features.making.make` does, with the same result; there is one engine only."""
    return make(storage, name, config, wish, plainly)


def transform_plainly(fitted: Fit, rows: pa.Table, config: MDMConfig) -> pa.Table:
    """Do what `mdm.features.new_rows.transform` does, with the same result."""
    return transform(fitted, rows, config, _of_new_rows)


@contextmanager
def plainly(work: Work, engine: str, folder: Path) -> Iterator[PlainComputer]:  # noqa: ARG001 (it needs no folder)
    """Give the work to nobody else; *engine* is who has it when it is not done plainly."""
    yield PlainComputer(work, engine)


@dataclass(frozen=True, slots=True)
class PlainComputer:
    """Fits and computes the features of one table."""

    work: Work
    engine: str

    def fit(self) -> Fit:
        """Return what is found in the training part; raises DatasetError where that is nothing."""
        training = self._training()
        found = [each for column in self.work.table.inputs for each in self._of_column(column, training)]
        if "custom" in self.work.families:
            found += custom.fit(self.work.table, self.work.config)
        return fit_of(self.work, found, len(training), self.engine)

    def computed(self, fitted: Fit) -> Iterator[pa.RecordBatch]:
        """Yield the features of all rows, in their order."""
        table, config = self.work.table, self.work.config
        columns = [*fitted.columns, *[SPLIT][: table.is_split]]
        batches = table.batches(columns, config.performance.feature_batch_size)
        return _stream(fitted, batches, config.paths.custom_features_path, fitted.rows)

    def _training(self) -> list[int]:
        """Return the places of the rows of the training part."""
        table = self.work.table
        if not table.is_split:
            return list(range(table.rows))
        training = [place for place, part in enumerate(self._column(SPLIT)) if part == TRAIN]
        check_trained(len(training))
        return training

    def _of_column(self, column: str, training: Sequence[int]) -> Iterator[Feature | LeftOut]:
        table, settings = self.work.table, self.work.config.features
        if table.family(column) is None:
            return
        values = self._trained(column, training)
        taker = _taker(column, values, self.work)
        if isinstance(taker, LeftOut):
            yield from [taker] if taker.family in self.work.families else []
        elif taker not in self.work.families:
            return
        elif taker == "numeric":
            yield from features_numeric.fit(column, values, settings)
        elif taker == "datetime":
            yield from features_datetime.fit(column, values, settings, table.schema.field(column).type)
        elif taker == "text":
            yield from features_text.fit(column, values, settings)
        elif settings.categorical_encoding == "target":
            target = encoding_target(table, settings, lambda name: self._trained(name, training))
            yield from features_categorical.fit_target(column, values, settings, target, [*map(fold_of, training)])
        else:
            yield from features_categorical.fit(column, values, settings)

    def _column(self, name: str) -> list[Any]:
        batches = self.work.table.batches([name], self.work.config.performance.chunk_size)
        return [value for batch in batches for value in batch.column(0).to_pylist()]

    def _trained(self, name: str, training: Sequence[int]) -> list[Any]:
        values = self._column(name)
        return [values[place] for place in training]


def fold_of(row: int) -> int:
    """Return the fold of a training row, by its place."""
    return (row * 2_654_435_761 + 20_011) % 2**32 // 2**16 % FOLDS


def _taker(name: str, values: Sequence[Any], work: Work) -> Family | LeftOut:
    """Return which family takes a column; see `mdm.features.columns.assign`."""
    table, most = work.table, work.config.features.categorical_max_cardinality
    first = table.family(name)
    assert first is not None
    if first in {"numeric", "datetime"}:
        return first
    present = ["NaN" if value != value else value for value in values if value is not None]  # noqa: PLR0124
    distinct = len(set(present))
    if not present:
        return LeftOut(name, first, "all missing")
    if first == "text":
        return "categorical" if distinct <= most and 2 * distinct <= len(present) else "text"
    if distinct <= most:
        return "categorical"
    if _is_number(table, name):
        return "numeric"
    return LeftOut(name, "categorical", f"{distinct} different values, above features.categorical_max_cardinality")


def _is_number(table: Table, name: str) -> bool:
    type_ = table.schema.field(name).type
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


def _of_new_rows(fitted: Fit, batches: Iterable[pa.RecordBatch], config: MDMConfig) -> Iterator[pa.RecordBatch]:
    return _stream(fitted, batches, config.paths.custom_features_path, 0)


def _stream(fitted: Fit, batches: Iterable[pa.RecordBatch], folder: Path, known: int) -> Iterator[pa.RecordBatch]:
    """Yield the features of *batches*; the first *known* of all rows have a fold, where they are training rows."""
    start = 0
    with closing(Caller([each for each in fitted.features if each.family == "custom"], folder)) as caller:
        for rows in batches:
            folds = _folds(rows, start, known)
            yield pa.record_batch(_arrays(fitted, rows, folds, caller), [each.name for each in fitted.features])
            start += len(rows)


def _folds(rows: pa.RecordBatch, start: int, known: int) -> list[int]:
    parts = rows.column(SPLIT).to_pylist() if SPLIT in rows.schema.names else [TRAIN] * len(rows)
    return [fold_of(place) if part == TRAIN and place < known else -1 for place, part in enumerate(parts, start)]


def _arrays(fitted: Fit, rows: pa.RecordBatch, folds: Sequence[int], caller: Caller) -> list[pa.Array]:
    arrays: list[pa.Array] = []
    for (family, column), group in groupby(fitted.features, lambda each: (each.family, each.column)):
        features = list(group)
        if family == "custom":
            break
        values = rows.column(column).to_pylist()
        if family == "text":
            arrays += map(pa.array, features_text.values(features, values))
        else:
            arrays += [_array(_VALUES[family](each, values, folds), each) for each in features]
    return arrays + caller.columns(rows.select([name for name in fitted.columns if name in rows.schema.names]))


def _array(values: list[Any], feature: Feature) -> pa.Array:
    return pa.array(values, pa.float64() if _is_float(feature) else pa.int64())


def _is_float(feature: Feature) -> bool:
    """Say whether a feature is no integer: flags, codes, counts and parts of dates are."""
    match feature.family:
        case "numeric":
            return feature.kind != "missing"
        case "categorical":
            return feature.kind == "target"
    return feature.kind.endswith(("_sin", "_cos"))
