"""Which family takes which column, now that the values of the training part are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyarrow import types as kinds

from mdm.features.feature import LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw

    from mdm.config.models import FeaturesConfig
    from mdm.features.feature import Family
    from mdm.features.table import Table


def assign(
    frame: nw.LazyFrame[Any], columns: Sequence[str], table: Table, settings: FeaturesConfig
) -> dict[str, Family | LeftOut]:
    """Return the family of each column of the training rows *frame*, or why there is none.

    Texts with at most ``features.categorical_max_cardinality`` different values, each there twice on average, are
    categories, not free text. Integers with more of them are numbers, not categories.
    """
    found: dict[str, Family | LeftOut] = {name: family for name in columns if (family := table.family(name))}
    uncertain = [name for name in columns if found.get(name) in {"categorical", "text"}]
    for name, (count, distinct) in _counts(frame, uncertain).items():
        found[name] = _taker(name, count, distinct, table, settings)
    return found


def _taker(name: str, count: int, distinct: int, table: Table, settings: FeaturesConfig) -> Family | LeftOut:
    most = settings.categorical_max_cardinality
    if not count:
        return LeftOut(name, str(table.family(name)), "all missing")
    if table.family(name) == "text":
        return "categorical" if distinct <= most and 2 * distinct <= count else "text"
    if distinct <= most:
        return "categorical"
    if kinds.is_integer(table.schema.field(name).type) or kinds.is_floating(table.schema.field(name).type):
        return "numeric"
    return LeftOut(name, "categorical", f"{distinct} different values, above features.categorical_max_cardinality")


def _counts(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many values there are, and how many different ones, without missing ones."""
    import narwhals as nw

    if not columns:
        return {}
    asked: dict[str, nw.Expr] = {}
    for place, column in enumerate(columns):
        asked |= {f"{place} count": nw.col(column).count(), f"{place} distinct": nw.col(column).n_unique()}
        asked[f"{place} rows"] = nw.len()
    [row] = frame.select(**asked).collect("pyarrow").rows(named=True)
    return {
        column: (n := row[f"{place} count"], row[f"{place} distinct"] - (n < row[f"{place} rows"]))
        for place, column in enumerate(columns)
    }
