"""What a target encoding averages, as `mdm.features.outcomes` defines it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyarrow import types as kinds

from mdm.features.outcomes import check_classes, target_of
from mdm.reference.features_numeric import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdm.config.models import FeaturesConfig
    from mdm.features.table import Table


def encoding_target(
    table: Table, settings: FeaturesConfig, read: Callable[[str], Sequence[Any]]
) -> dict[str, list[float | None]]:
    """Return a regression's target itself, the greater class of two, or every class of more, by the end of the name."""
    name = target_of(table)
    values = read(name)
    type_ = table.schema.field(name).type
    number = any(test(type_) for test in (kinds.is_integer, kinds.is_floating, kinds.is_decimal))
    if number and table.problem_type not in {"binary", "multiclass"}:
        return {"target": [number_of(value) for value in values]}
    classes = sorted({value for value in values if value is not None})
    check_classes(classes, table, settings)
    if len(classes) == 2:
        return {"target": _shares(values, classes[1])}
    return {f"target_{each}": _shares(values, each) for each in classes}


def _shares(values: Sequence[Any], one: Any) -> list[float | None]:
    return [None if value is None else float(value == one) for value in values]
