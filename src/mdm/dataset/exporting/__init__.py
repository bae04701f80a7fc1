"""Datasets as files for other programs: one function a format, one a compression."""

from __future__ import annotations

from mdm.dataset.exporting.export import Exported, export
from mdm.dataset.exporting.target import Compression, Format, Target, target_of

__all__ = ["Compression", "Exported", "Format", "Target", "export", "target_of"]
