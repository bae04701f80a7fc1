"""From files to what is stored of them: the rows in the types that were detected, and the description."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.core.file_errors import file_error
from mdm.dataset.detection import ContradictedError, Detection, detected_batches, typed_batches
from mdm.dataset.reading import checksum
from mdm.storage.info import DATA, DatasetInfo, Source
from mdm.storage.names import check_columns

if TYPE_CHECKING:
    from pathlib import Path

    from mdm.dataset.detection import Detector
    from mdm.storage.store import Storage

DETECTION: Final = "detection"
"""Note of a dataset: what was detected, as `Detection.as_dict` gives it."""

REJECTED: Final = "rejected"
"""Note of a dataset: how many bad rows were left out."""


def detection_of(info: DatasetInfo) -> Detection | None:
    """Return what was detected when the dataset was registered; none where that was done in another way."""
    kept = info.notes.get(DETECTION)
    return Detection.from_dict(kept) if kept else None


def store(storage: Storage, detector: Detector, info: DatasetInfo, *, force: bool = False) -> DatasetInfo:
    """Store what a fresh *detector* reads as the dataset *info*; return what is known of it then.

    The files are read once where the first rows tell the types of all; otherwise what was stored is undone, and done
    again when all rows have been looked at. Raises DatasetError for columns that the backend cannot have, unread.
    """
    check_columns(detector.source.schema.names, storage.backend)

    def described(stored: DatasetInfo) -> DatasetInfo:
        return _described(stored, detector)

    try:
        return storage.create(info, {DATA: detected_batches(detector)}, replace=force, edit=described)
    except ContradictedError:
        detection = detector.finish()
    rows = pa.RecordBatchReader.from_batches(detection.schema, typed_batches(detector.source, detection))
    return storage.create(info, {DATA: rows}, replace=force, edit=described)


def _described(info: DatasetInfo, detector: Detector) -> DatasetInfo:
    detection, opened = detector.result(), detector.source
    return replace(
        info,
        sources=tuple(_source(path) for path in opened.paths),
        target=detection.target,
        problem_type=detection.problem_type,
        kinds={column.name: column.kind for column in detection.columns},
        notes={DETECTION: detection.as_dict(), REJECTED: opened.rejected},
    )


def _source(path: Path) -> Source:
    digest = checksum((path,))
    try:
        return Source(str(path.absolute()), f"sha256:{digest}", path.stat().st_size)
    except OSError as error:
        raise file_error(error, path, "read") from error
