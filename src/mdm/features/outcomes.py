"""What a target encoding averages: the target as a number, or the share of each class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mdm.errors import DatasetError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw

    from mdm.config.models import FeaturesConfig
    from mdm.features.table import Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """One number a row, missing where the target is: *label* is the end of the feature's name."""

    label: str
    number: nw.Expr


def outcomes_of(frame: nw.LazyFrame[Any], table: Table, settings: FeaturesConfig) -> tuple[Outcome, ...]:
    """Return a regression's target itself, the greater class of two, or every class of more.

    Raises DatasetError where there is no target, or none with so few classes.
    """
    import narwhals as nw

    target = nw.col(target_of(table))
    number = frame.collect_schema()[target_of(table)].is_numeric()
    if number and table.problem_type not in {"binary", "multiclass"}:
        value = target.cast(nw.Float64())
        return (Outcome("target", nw.when(value.abs() < nw.lit(math.inf)).then(value)),)  # neither NaN nor infinite
    found = frame.select(target.alias("class")).filter(~nw.col("class").is_null()).unique("class")
    classes = sorted(found.head(settings.categorical_max_cardinality + 1).collect("pyarrow")["class"].to_list())
    check_classes(classes, table, settings)
    if len(classes) == 2:
        return (Outcome("target", _is(target, classes[1])),)
    return tuple(Outcome(f"target_{each}", _is(target, each)) for each in classes)


def target_of(table: Table) -> str:
    """Return the target's column; raises DatasetError where there is none."""
    if table.target is None:
        hint = "name it: mdm dataset register ... --target COLUMN --force; or choose another encoding"
        raise DatasetError(Problem("features.categorical_encoding is target, and the dataset has none", hint=hint))
    return table.target


def check_classes(classes: Sequence[Any], table: Table, settings: FeaturesConfig) -> None:
    """Raise DatasetError where there are too many classes to encode categories by."""
    if len(classes) > settings.categorical_max_cardinality:
        message = f"the target {table.target!r} has too many classes for features.categorical_encoding = target"
        raise DatasetError(
            Problem(message, hint="choose another encoding, or raise features.categorical_max_cardinality")
        )


def _is(target: nw.Expr, value: Any) -> nw.Expr:
    import narwhals as nw

    return nw.when(~target.is_null()).then((target == value).cast(nw.Float64()))
