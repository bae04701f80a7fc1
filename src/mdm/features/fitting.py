"""Fits the families on the training part of a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from mdm.errors import DatasetError, Problem
from mdm.features import categorical, datetimes, numeric, text
from mdm.features.columns import assign
from mdm.features.custom import fitting as custom
from mdm.features.feature import FAMILIES, Feature, Fit, LeftOut
from mdm.features.naming import with_free_names
from mdm.features.outcomes import outcomes_of
from mdm.features.table import SPLIT, TRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import narwhals as nw
    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.features.engines.engine import Staged
    from mdm.features.feature import Family
    from mdm.features.table import Table

_SHARE = 4
"""The terms of a text take a quarter of the memory."""

_NEIGHBOURS = {"categorical": {"categorical", "numeric"}, "text": {"text", "categorical"}}
"""Families that may take a column in the end which one of them takes first."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be fitted: *families* of the features of *table*, by the settings of *config*."""

    table: Table
    families: Sequence[Family]
    config: MDMConfig


def fit(work: Work, staged: Staged, engine: str) -> Fit:
    """Return what is found in the training part; raises DatasetError where that is nothing."""
    trained = _trained(work)
    found = list(_of_columns(work, staged))
    if "custom" in work.families:
        found += custom.fit(work.table, work.config)
    return fit_of(work, found, trained, engine)


def fit_of(work: Work, found: list[Feature | LeftOut], trained: int, engine: str) -> Fit:
    """Return what was *found* in *trained* rows, in its order and with free names; DatasetError for no feature."""
    order = {name: place for place, name in enumerate(work.table.schema.names)}
    found.sort(key=lambda each: (_rank(each), order.get(each.column, -1)))
    features = with_free_names(each for each in found if isinstance(each, Feature))
    left_out = (*work.table.without_family(), *(each for each in found if isinstance(each, LeftOut)))
    if not features:
        reasons = "; ".join(f"{each.column}: {each.reason}" for each in left_out[:5])
        raise DatasetError(Problem("no column makes a feature", hint=reasons or "no family takes its columns"))
    columns = _inputs(work.table, features)
    return Fit(features, left_out, tuple(work.families), columns, work.table.rows, trained, engine)


def _rank(found: Feature | LeftOut) -> int:
    return FAMILIES.index(found.family) if found.family in FAMILIES else -1


def _inputs(table: Table, features: Sequence[Feature]) -> dict[str, str]:
    """Return the columns that *features* are made of, all that there are where a custom one is."""
    all_of_them = any(feature.family == "custom" for feature in features)
    used = {feature.column for feature in features}
    return {name: str(table.schema.field(name).type) for name in table.inputs if all_of_them or name in used}


def _trained(work: Work) -> int:
    """Return how many rows the training part has."""
    table = work.table
    if not table.is_split:
        return table.rows
    splits = table.batches([SPLIT], work.config.performance.chunk_size)
    rows: int = sum(pc.sum(pc.equal(batch.column(0), TRAIN)).as_py() or 0 for batch in splits)
    check_trained(rows)
    return rows


def check_trained(rows: int) -> None:
    """Raise DatasetError where the training part has no rows."""
    if not rows:
        hint = "features are fitted on these rows; folds have none, see 'mdm dataset split --help'"
        raise DatasetError(Problem(f"no row has {TRAIN!r} in {SPLIT}", hint=hint))


def _of_columns(work: Work, staged: Staged) -> Iterator[Feature | LeftOut]:
    wanted = set(work.families)
    first = {name: work.table.family(name) for name in work.table.inputs}
    columns = [name for name, family in first.items() if family and wanted & _NEIGHBOURS.get(family, {family})]
    for group, frame in staged.training(columns):
        takers = assign(frame, group, work.table, work.config.features)
        yield from (each for each in takers.values() if isinstance(each, LeftOut) and each.family in wanted)
        for family in work.families:
            names = [name for name in group if takers[name] == family]
            yield from _of_family(family, names, frame, work) if names else ()


def _of_family(
    family: Family, names: Sequence[str], frame: nw.LazyFrame[Any], work: Work
) -> Iterator[Feature | LeftOut]:
    settings = work.config.features
    match family:
        case "numeric":
            yield from numeric.fit(frame, names, settings)
        case "categorical":
            encoded = settings.categorical_encoding == "target"
            yield from categorical.fit(
                frame, names, settings, outcomes_of(frame, work.table, settings) if encoded else ()
            )
        case "datetime":
            yield from datetimes.fit(frame, names, settings)
        case "text":
            for name in names:
                room = work.config.performance.memory_limit_mb * 2**20 // _SHARE
                yield from text.fit(name, partial(_texts, name, work), settings, room)


def _texts(name: str, work: Work) -> Iterator[pa.Array]:
    """Yield a column of the training part as a stream."""
    columns = [name, SPLIT] if work.table.is_split else [name]
    for batch in work.table.batches(columns, work.config.performance.chunk_size):
        rows = batch.filter(pc.equal(batch.column(1), TRAIN)) if work.table.is_split else batch
        yield rows.column(0)
