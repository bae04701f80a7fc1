"""Changes a dataset: more rows of the same kind, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as kinds

from mdm.dataset.detection import Detection, Overrides, detect
from mdm.dataset.detection.typed import converted
from mdm.dataset.reading import Source
from mdm.dataset.reading.source import SPLIT_COLUMN
from mdm.dataset.registration import DETECTION, REJECTED, detection_of
from mdm.dataset.splitting import split_again
from mdm.dataset.summing import sources_of
from mdm.errors import DatasetError, Problem
from mdm.storage.types import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdm.config.models import MDMConfig
    from mdm.dataset.detection import ProblemType
    from mdm.storage.change import Change
    from mdm.storage.info import DatasetInfo


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is to be known of a dataset from now on; none: what is known. A *target* of ``""`` means none."""

    description: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    target: str | None = None
    problem_type: ProblemType | None = None
    id_columns: tuple[str, ...] | None = None

    @property
    def is_of_columns(self) -> bool:
        """Whether it says what columns are for."""
        return any(said is not None for said in (self.target, self.problem_type, self.id_columns))


def add_rows(change: Change, opened: Source, *, force: bool = False) -> None:
    """Add the rows of *opened*, read as the files before; raises FileError for the first value that does not fit."""
    if (detection := detection_of(change.info)) is None:
        raise DatasetError(Problem(f"the dataset {change.info.name!r} was not made of files", hint="register it anew"))
    added = sources_of(opened)
    known = {source.checksum for source in change.info.sources}
    if not force and (again := [source.path for source in added if source.checksum in known]):
        hint = "--force adds its rows once more"
        raise DatasetError(*(Problem("the rows of this file are there already", path, hint) for path in again))
    _check(opened, detection, change.info)
    change.append(_rows(opened, detection, change.info))
    rejected = change.info.notes.get(REJECTED, 0) + opened.rejected
    change.edit(lambda info: replace(info, sources=(*info.sources, *added), notes={**info.notes, REJECTED: rejected}))


def amend(change: Change, said: Amendment, config: MDMConfig, *, again: bool) -> None:
    """Change what is known as *said*; with *again*, or another target, what follows from the rows is found anew."""
    change.edit(lambda info: _described(info, said))
    if again or said.is_of_columns:
        detection = _detected(change, said, config)
        change.edit(
            lambda info: replace(
                info,
                target=detection.target,
                problem_type=detection.problem_type,
                notes={**info.notes, DETECTION: detection.as_dict()},
            )
        )
        split_again(change)


def _check(opened: Source, detection: Detection, info: DatasetInfo) -> None:
    """Raise DatasetError, with every problem, unless the columns are those of the dataset and can have its types."""
    wanted = {each.name: each.arrow_type for each in detection.columns}
    given = {each.name: each.type for each in opened.schema if each.name != SPLIT_COLUMN or each.name in wanted}
    hint = f"columns of {info.name}: {', '.join(list(wanted)[:20])}"
    problems = [
        Problem(f"lacks the column {name}", opened.where, _near(name, given) or hint)
        for name in wanted
        if name not in given and name != SPLIT_COLUMN
    ]
    problems += [
        Problem(f"has a column {name}, which the dataset has not", opened.where, _near(name, wanted) or hint)
        for name in given
        if name not in wanted
    ]
    problems += [
        Problem(f"column {name} holds {kind}, but {wanted[name]} is stored", opened.where, "convert it in the file")
        for name, kind in given.items()
        if name in wanted and not _may_fit(kind, wanted[name])
    ]
    if problems:
        raise DatasetError(*problems)


def _near(name: str, names: dict[str, pa.DataType]) -> str:
    close = get_close_matches(name, names, 1)
    return f"is it {close[0]}?" if close else ""


def _may_fit(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Say whether it depends on the values, which are looked at one by one, or is certain, that they fit."""
    if kinds.is_string(given) or fits(given, wanted):
        return True
    return bool(
        (kinds.is_floating(given) and kinds.is_integer(wanted)) or (kinds.is_integer(given) and kinds.is_string(wanted))
    )


def _rows(opened: Source, detection: Detection, info: DatasetInfo) -> pa.RecordBatchReader:
    """Stream the rows in the stored types; where the dataset has parts, new rows are ``train`` until it is split."""
    forms = {each.name: (each.format, each.arrow_type) for each in detection.columns}
    names = [name for name in forms if name in opened.schema.names]
    schema = pa.schema([(name, forms[name][1]) for name in names])
    table = info.table()
    lacks_part = SPLIT_COLUMN not in names and table and SPLIT_COLUMN in {each.name for each in table.columns}
    full = schema.append(pa.field(SPLIT_COLUMN, pa.string())) if lacks_part else schema

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in converted(opened, {name: forms[name] for name in names}):
            arrays = [batch.column(name) for name in names]
            arrays += [pa.repeat("train", len(batch))] if lacks_part else []
            yield pa.RecordBatch.from_arrays(arrays, schema=full)

    return pa.RecordBatchReader.from_batches(full, batches())


def _described(info: DatasetInfo, said: Amendment) -> DatasetInfo:
    tags = [tag for tag in dict.fromkeys([*info.tags, *said.add_tags]) if tag not in said.remove_tags]
    description = info.description if said.description is None else said.description
    return replace(info, description=description, tags=tuple(tags))


def _detected(change: Change, said: Amendment, config: MDMConfig) -> Detection:
    """Return what is detected of the rows that are stored; types and kinds stay what they are."""
    if (before := detection_of(change.info)) is None:
        raise DatasetError(Problem(f"the dataset {change.info.name!r} was not made of files", hint="register it anew"))
    stored = Source((), before.schema, lambda _rows, _bytes: change.read(before.schema.names), config.performance, True)
    target = (change.info.target or "") if said.target is None else said.target
    kept = before.problem_type if said.target is None else None
    ids = before.id_columns if said.id_columns is None else said.id_columns
    found = detect(stored, config.datasets, Overrides({}, target, said.problem_type or kept, ids))
    columns = tuple(
        replace(old, missing=new.missing, distinct=new.distinct, exact=new.exact)
        for old, new in zip(before.columns, found.columns, strict=True)
    )
    return replace(found, columns=columns)
