"""From files to what is stored of them: the rows in the types that were detected, and the description."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.dataset.detection import (
    ContradictedError,
    Detection,
    Detector,
    Overrides,
    detected_batches,
    typed_batches,
)
from mdm.dataset.progress import watched_reading
from mdm.dataset.reading import open_source
from mdm.dataset.summing import Summing
from mdm.storage.info import DATA, DatasetInfo
from mdm.storage.names import check_columns

if TYPE_CHECKING:
    from mdm.config.models import MDMConfig
    from mdm.dataset.progress import Progress
    from mdm.dataset.reading import ReadingOptions
    from mdm.dataset.reading import Source as Opened
    from mdm.storage.info import Source
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

    @property
    def info(self) -> DatasetInfo:
        """What is known of the dataset before its files are read."""
        created = datetime.now(UTC).replace(microsecond=0)
        return DatasetInfo(self.name, created, tags=self.tags, description=self.description)

    def prepared(self, opened: Opened) -> Opened:
        """Return *opened* so that its rows are shown to whoever waits, when it is certain that it can be stored.

        Raises DatasetError for columns that the backend cannot have, before a row is read.
        """
        check_columns(opened.schema.names, self.storage.backend)
        self.config.paths.ensure_directories()
        return watched_reading(opened, self.progress, "rows read")


def register(order: Registration) -> DatasetInfo:
    """Read files, detect what is in them, and store them as one dataset: whole, or not at all."""
    opened = open_source(order.paths, order.config.performance, order.options)
    detector = Detector(order.prepared(opened), order.config.datasets, order.said)
    workers = order.config.performance.max_workers
    return store(order.storage, detector, order.info, force=order.replace, workers=workers)


def detection_of(info: DatasetInfo) -> Detection | None:
    """Return what was detected when the dataset was registered; none where that was done in another way."""
    kept = info.notes.get(DETECTION)
    return Detection.from_dict(kept) if kept else None


def store(
    storage: Storage, detector: Detector, info: DatasetInfo, *, force: bool = False, workers: int = 2
) -> DatasetInfo:
    """Store what a fresh *detector* reads as the dataset *info*; return what is known of it then.

    The files are read once where the first rows tell the types of all; otherwise what was stored is undone, and done
    again when all rows have been looked at.
    """

    def described(stored: DatasetInfo) -> DatasetInfo:
        return described_by(detector, summing.sources(), stored)

    with Summing(detector.source, workers) as summing:
        try:
            return storage.create(info, {DATA: detected_batches(detector)}, replace=force, edit=described)
        except ContradictedError:
            detection = detector.finish()
        return storage.create(info, {DATA: rows_of(detector.source, detection)}, replace=force, edit=described)


def rows_of(opened: Opened, detection: Detection) -> pa.RecordBatchReader:
    """Stream the rows in the types of *detection*."""
    return pa.RecordBatchReader.from_batches(detection.schema, typed_batches(opened, detection))


def described_by(detector: Detector, sources: tuple[Source, ...], info: DatasetInfo) -> DatasetInfo:
    """Return *info* with its *sources*, and with what *detector* has found by now."""
    detection = detector.result()
    return replace(
        info,
        sources=sources,
        target=detection.target,
        problem_type=detection.problem_type,
        kinds={column.name: column.kind for column in detection.columns},
        notes={DETECTION: detection.as_dict(), REJECTED: detector.source.rejected},
    )
