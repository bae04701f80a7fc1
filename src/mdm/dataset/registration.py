"""From files to what is stored of them: the rows in the types that were detected, and the description."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.core.file_errors import file_error
from mdm.dataset.detection import Detection, Overrides, detect, typed_batches
from mdm.dataset.progress import watched_reading
from mdm.dataset.reading import checksum, open_source
from mdm.storage.info import DATA, DatasetInfo, Source

if TYPE_CHECKING:
    from mdm.config.models import MDMConfig
    from mdm.dataset.progress import Progress
    from mdm.dataset.reading import ReadingOptions
    from mdm.dataset.reading import Source as Opened
    from mdm.storage.store import Storage

DETECTION: Final = "detection"
"""Note of a dataset: what was detected, as `Detection.as_dict` gives it."""

REJECTED: Final = "rejected"
"""Note of a dataset: how many bad rows were left out."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What is to be registered: the files of *paths*, under *name*, in *storage*; *said* is what is not detected."""

    name: str
    paths: tuple[Path | str, ...]
    storage: Storage
    config: MDMConfig
    said: Overrides = field(default_factory=Overrides)
    options: ReadingOptions | None = None
    tags: tuple[str, ...] = ()
    description: str = ""
    replace: bool = False
    progress: Progress | None = None

    def watched(self, opened: Opened, doing: str, total: int | None = None) -> Opened:
        """Return *opened* so that its rows are shown to whoever waits."""
        return watched_reading(opened, self.progress, doing, total)

    def described(self, opened: Opened, detection: Detection) -> DatasetInfo:
        """Return what is known of the dataset before it is stored."""
        info = description_of(self.name, opened, detection)
        return replace(info, tags=self.tags, description=self.description)

    def store(self, opened: Opened, detection: Detection, rows: pa.RecordBatchReader) -> DatasetInfo:
        """Store *rows*: the whole dataset, or nothing."""
        self.config.paths.ensure_directories()
        return self.storage.create(self.described(opened, detection), {DATA: rows}, replace=self.replace)


def register(order: Registration) -> DatasetInfo:
    """Read files, detect what is in them, and store them as one dataset: whole, or not at all."""
    opened = open_source(order.paths, order.config.performance, order.options)
    detection = detect(order.watched(opened, "rows read"), order.config.datasets, order.said)
    rows = rows_of(order.watched(opened, "rows stored", detection.rows), detection)
    return order.store(opened, detection, rows)


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
