"""The column that is to be predicted, and what kind of problem that is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pyarrow as pa

from mdm.dataset.detection.kinds import unique

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdm.config.models import DatasetsConfig
    from mdm.dataset.detection.profile import Facts

ProblemType: TypeAlias = Literal["binary", "multiclass", "regression", "none"]

NAMES: Final = (
    *("target", "label", "labels", "y", "class", "outcome", "response", "survived", "saleprice", "price"),
    *("churn", "churned", "exited", "default", "fraud", "isfraud", "diagnosis", "species", "medhousevalue"),
    *("loanstatus", "income", "salary", "quality", "rating", "score"),
)
"""Names of columns that are usually predicted, the surer first, in lower case without separators."""


def target_of(names: Sequence[str]) -> str | None:
    """Return the column whose name says that it is the target; none where no name does."""
    plain = {re.sub(r"[\W_]+", "", name).lower(): name for name in reversed(names)}
    return next((plain[name] for name in NAMES if name in plain), None)


def problem_of(target: Facts, settings: DatasetsConfig) -> ProblemType:
    """Return the kind of problem: two values make it binary, few values or texts multiclass, numbers regression."""
    if target.distinct < 2 or pa.types.is_temporal(target.type):
        return "none"
    if target.distinct == 2:
        return "binary"
    if pa.types.is_floating(target.type):
        return "regression"
    if target.distinct <= settings.categorical_threshold:
        return "multiclass"
    if pa.types.is_integer(target.type):
        return "regression"
    return "none" if unique(target) or target.length >= settings.text_min_avg_length else "multiclass"
