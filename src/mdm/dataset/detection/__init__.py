"""What is in a table: types, kinds of columns, the target, the kind of problem, and what looks wrong."""

from __future__ import annotations

from mdm.dataset.detection.detect import Detector, detect
from mdm.dataset.detection.kinds import Kind
from mdm.dataset.detection.one_pass import ContradictedError, detected_batches
from mdm.dataset.detection.overrides import TYPES, Overrides
from mdm.dataset.detection.result import Column, Detection
from mdm.dataset.detection.target import ProblemType
from mdm.dataset.detection.typed import typed_batches

__all__ = [
    "TYPES",
    "Column",
    "ContradictedError",
    "Detection",
    "Detector",
    "Kind",
    "Overrides",
    "ProblemType",
    "detect",
    "detected_batches",
    "typed_batches",
]
