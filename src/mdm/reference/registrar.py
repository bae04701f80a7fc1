"""The plain registrar: files are read by the standard library, and each value is looked at on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mdm.dataset.detection.detect import Detector
from mdm.dataset.reading import open_source
from mdm.dataset.reading.rejects import shown
from mdm.reference.candidates import PlainCandidates
from mdm.reference.formats import VALUE_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
    detection = detect(source, order.config.datasets, order.said)
    return order.store(source, detection, rows_of(source, detection))


def open_plain(
    paths: Sequence[Path | str], performance: PerformanceConfig, options: ReadingOptions | None = None
) -> Source:
    """Open files for the readers that are made of the standard library, where it has such."""
    return open_source(paths, performance.model_copy(update={"use_arrow": False}), options)


def detect(source: Source, settings: DatasetsConfig, said: Overrides) -> Detection:
    """Return what `mdm.dataset.detection.detect` returns."""
    detector = _PlainDetector(source, settings, said)
    forms = {name: form for name in source.schema.names if (form := said.fixed(name))}
    for batch in _typed(source, forms):
        detector.take(batch)
    return detector.result()


def rows_of(source: Source, detection: Detection) -> pa.RecordBatchReader:
    """Stream the rows in the types of *detection*."""
    forms = {column.name: (column.format, column.arrow_type) for column in detection.columns}
    return pa.RecordBatchReader.from_batches(detection.schema, _typed(source, forms))


class _PlainDetector(Detector):
    """Judges as the fast one does, of what is found by looking at each text."""

    def _profile(self, column: pa.Field) -> ColumnProfile:
        profile = super()._profile(column)
        profile.candidates = PlainCandidates(profile.candidates.plain, profile.candidates.dated)  # type: ignore[assignment]
        return profile


def _typed(source: Source, forms: Mapping[str, tuple[str, pa.DataType]]) -> Iterator[pa.RecordBatch]:
    """Read *source* with the columns of *forms* in their formats and types; rows that do not fit are set aside."""
    types = {each.name: forms[each.name][1] if each.name in forms else each.type for each in source.schema}
    number = 0
    for batch in source.batches():
        rows = []
        for row in batch.to_pylist():
            number += 1
            try:
                rows.append({name: _value(row[name], batch.schema.field(name), forms.get(name)) for name in row})
            except _MisfitError as misfit:
                source.rejects.add(source.where, number, str(misfit), list(row.values()))
        yield pa.RecordBatch.from_pylist(rows, pa.schema(list(types.items())))


class _MisfitError(Exception):
    """A value that is not of the type of its column."""


def _value(value: Any, column: pa.Field, form: tuple[str, pa.DataType] | None) -> Any:
    """Return *value* as *form* has it; none stays none."""
    if value is None or form is None:
        return value
    if not pa.types.is_string(column.type):
        return _cast(value, column, form[1])
    found = VALUE_OF[form[0]](value)
    if found is None:
        raise _misfit(value, column.name, form[1])
    return found.date() if pa.types.is_date(form[1]) and hasattr(found, "date") else found


def _cast(value: Any, column: pa.Field, kind: pa.DataType) -> Any:
    try:
        return pa.scalar(value, column.type).cast(kind).as_py()
    except pa.ArrowInvalid:
        raise _misfit(value, column.name, kind) from None


def _misfit(value: object, column: str, kind: pa.DataType) -> _MisfitError:
    return _MisfitError(f"column {column}: {shown(value)} is not of type {kind}")
