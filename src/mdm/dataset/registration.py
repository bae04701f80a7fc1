"""From files to what is stored of them: the rows in the types that were detected, and the description."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.core.file_errors import file_error
from mdm.dataset.detection import Detection, typed_batches
from mdm.dataset.reading import checksum
from mdm.storage.info import DatasetInfo, Source

if TYPE_CHECKING:
    from pathlib import Path

    from mdm.dataset.reading import Source as Opened

DETECTION: Final = "detection"
"""Note of a dataset: what was detected, as `Detection.as_dict` gives it."""

REJECTED: Final = "rejected"
"""Note of a dataset: how many bad rows were left out."""


def description_of(name: str, opened: Opened, detection: Detection) -> DatasetInfo:
    """Return what is known of files of which *detection* has read every row."""
    return DatasetInfo(
        name,
        datetime.now(UTC).replace(microsecond=0),
        sources=sources_of(opened),
        target=detection.target,
        problem_type=detection.problem_type,
        kinds={column.name: column.kind for column in detection.columns},
        notes={DETECTION: detection.as_dict(), REJECTED: opened.rejected},
    )


def detection_of(info: DatasetInfo) -> Detection | None:
    """Return what was detected when the dataset was registered; none where that was done in another way."""
    kept = info.notes.get(DETECTION)
    return Detection.from_dict(kept) if kept else None


def rows_of(opened: Opened, detection: Detection) -> pa.RecordBatchReader:
    """Stream the rows in the types of *detection*."""
    return pa.RecordBatchReader.from_batches(detection.schema, typed_batches(opened, detection))


def sources_of(opened: Opened) -> tuple[Source, ...]:
    """Return the files, with their checksums as they are on the disk."""
    return tuple(_source(path) for path in opened.paths)


def _source(path: Path) -> Source:
    digest = checksum((path,))
    try:
        return Source(str(path.absolute()), f"sha256:{digest}", path.stat().st_size)
    except OSError as error:
        raise file_error(error, path, "read") from error
