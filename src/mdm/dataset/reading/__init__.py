"""Files as streams of Arrow record batches: one file a format."""

from __future__ import annotations

from mdm.dataset.reading.opening import open_source
from mdm.dataset.reading.source import SPLIT_COLUMN, ReadingOptions, Source, checksum

__all__ = ["SPLIT_COLUMN", "ReadingOptions", "Source", "checksum", "open_source"]
