"""The plain registrar: files are read by the standard library, and each value is looked at on its own."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mdm.dataset.detection.detect import Detector
from mdm.dataset.reading import open_source
from mdm.dataset.reading.rejects import shown
from mdm.dataset.registration import described_by
from mdm.dataset.summing import sources_of
from mdm.reference.candidates import PlainCandidates
from mdm.reference.formats import VALUE_OF
from mdm.storage.info import DATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdm.config.models import DatasetsConfig, PerformanceConfig
    from mdm.dataset.detection import Detection, Overrides
    from mdm.dataset.detection.profile import ColumnProfile
    from mdm.dataset.reading import ReadingOptions, Source
    from mdm.dataset.registration import Registration
    from mdm.storage.info import DatasetInfo


def register(order: Registration) -> DatasetInfo:
    """Do what `mdm.dataset.registration.register` does, with the same result."""
    source = open_plain(order.paths, order.config.performance, order.options)
    detector = _PlainDetector(order.prepared(source), order.config.datasets, order.said)
    rows = rows_of(source, detector.finish())
    described = partial(described_by, detector, sources_of(source))
    return order.storage.create(order.info, {DATA: rows}, replace=order.replace, edit=described)


def open_plain(
    paths: Sequence[Path | str], performance: PerformanceConfig, options: ReadingOptions | None = None
) -> Source:
    """Open files for the readers that are made of the standard library, where it has such."""
    return open_source(paths, performance.model_copy(update={"use_arrow": False}), options)


def detect(source: Source, settings: DatasetsConfig, said: Overrides) -> Detection:
    """Return what `mdm.dataset.detection.detect` returns."""
    return _PlainDetector(source, settings, said).finish()


def rows_of(source: Source, detection: Detection) -> pa.RecordBatchReader:
    """Stream the rows in the types of *detection*."""
    forms = {column.name: (column.format, column.arrow_type) for column in detection.columns}
    return pa.RecordBatchReader.from_batches(detection.schema, _typed(source, forms))


class _PlainDetector(Detector):
    """Judges as the fast one does, of what is found by looking at each text."""

    def __post_init__(self) -> None:
        super().__post_init__()
        forms = {name: form for name in self.source.schema.names if (form := self.overrides.fixed(name))}
        self._rows = _typed(self.source, forms)

    def _profile(self, column: pa.Field) -> ColumnProfile:
        profile = super()._profile(column)
        profile.candidates = PlainCandidates(profile.candidates.plain, profile.candidates.dated)  # type: ignore[assignment]
        return profile


def _typed(source: Source, forms: Mapping[str, tuple[str, pa.DataType]]) -> Iterator[pa.RecordBatch]:
    """Read *source* with the columns of *forms* in their formats and types; rows that do not fit are set aside."""
    schema = pa.schema(
        [(each.name, forms[each.name][1] if each.name in forms else each.type) for each in source.schema]
    )
    values_of = {each.name: _values_of(each, forms.get(each.name)) for each in source.schema}
    number = 0
    for batch in source.batches():
        rows = []
        for row in batch.to_pylist():
            number += 1
            try:
                rows.append({name: value_of(row[name]) for name, value_of in values_of.items()})
            except _MisfitError as misfit:
                source.rejects.add(source.where, number, str(misfit), list(row.values()))
        yield pa.RecordBatch.from_pylist(rows, schema)


class _MisfitError(Exception):
    """A value that is not of the type of its column."""


def _values_of(column: pa.Field, form: tuple[str, pa.DataType] | None) -> Callable[[Any], Any]:
    """Return what makes a value as *form* has it of one of *column*; none stays none."""
    if form is None:
        return lambda value: value
    name, kind = form
    is_text, is_day = pa.types.is_string(column.type), pa.types.is_date(kind)

    def value_of(value: Any) -> Any:
        if value is None:
            return None
        found = VALUE_OF[name](value) if is_text else _cast(value, column.type, kind)
        if found is None:
            raise _MisfitError(f"column {column.name}: {shown(value)} is not of type {kind}")
        return found.date() if is_day and isinstance(found, datetime) else found

    return value_of


def _cast(value: Any, given: pa.DataType, kind: pa.DataType) -> Any:
    try:
        return pa.scalar(value, given).cast(kind).as_py()
    except pa.ArrowInvalid:
        return None
