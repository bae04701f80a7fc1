"""Features of categories: texts, integers and booleans with few different values.

A value that is in a smaller share of the training rows than ``features.categorical_min_frequency`` falls into *other*,
and so does one that is first met in later rows. ``features.categorical_encoding`` says what a column ``x`` gives:

label
    ``x__code``: the place, from 0, among the kept values in ascending order; other: one more than the last;
    missing: -1.
onehot
    ``x__is_<value>`` for each kept value: 1 in rows that have it, otherwise 0; ``x__other`` and ``x__missing``
    likewise, each where the training part has such a row.
count
    ``x__count``: how many training rows have the value, of all others together, or of missing ones.
target
    ``x__target``: the mean of the target over the training rows with this value (other and missing are values too),
    drawn to the overall mean as by 10 more rows of that mean: (sum + 10 mean) / (n + 10). A training row gets what the
    other four of five folds give, so that it knows nothing of its own target; all other rows get what all folds give.
    Which fold a row is in depends on its place in the table alone. The target is the number itself in a regression, 1
    for the greater of two classes; of more classes each gives a ``x__target_<class>``. Rows whose target is missing
    do not count.

Codes and counts are integers, target encodings floats. A column that is the same in all training rows is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mdm.features.feature import Feature, LeftOut
from mdm.features.folds import FOLD, FOLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import narwhals as nw

    from mdm.config.models import FeaturesConfig
    from mdm.features.outcomes import Outcome

_SMOOTHING: Final = 10


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many training rows have each value (null: missing), and which values are *kept*, in ascending order."""

    column: str
    counts: Mapping[Any, int]
    kept: tuple[Any, ...]

    @property
    def missing(self) -> int:
        return self.counts.get(None, 0)

    @property
    def other(self) -> int:
        return sum(self.counts.values()) - self.missing - sum(self.counts[value] for value in self.kept)


def fit(
    frame: nw.LazyFrame[Any], columns: Sequence[str], settings: FeaturesConfig, outcomes: Sequence[Outcome] = ()
) -> Iterator[Feature | LeftOut]:
    """Yield the features of *columns* of the training rows *frame*; *outcomes* are for a target encoding."""
    for column in columns:
        counted = _count(frame, column, settings.categorical_min_frequency)
        if set(counted.counts) <= {None}:
            yield LeftOut(column, "categorical", "all missing")
        elif len(counted.counts) == 1:
            yield LeftOut(column, "categorical", "constant")
        elif settings.categorical_encoding == "target":
            yield from _targets(frame, counted, outcomes)
        else:
            yield from _ENCODINGS[settings.categorical_encoding](counted)


def expression(feature: Feature) -> nw.Expr:
    """Return how *feature* is computed; a target encoding looks at the column `FOLD`."""
    import narwhals as nw

    of = feature.values
    column = _without_nan(nw.col(feature.column), of["kept"] if "kept" in of else [of["value"]])
    match feature.kind:
        case "is":
            return _flag(column == of["value"])
        case "missing":
            return _flag(column.is_null())
        case "other":
            return _flag(~column.is_null() & ~column.is_in(of["kept"]))
        case "target":
            encoded = _encoded(column, of["kept"], of["all"], nw.Float64())
            for fold in range(FOLDS):
                inside = _encoded(column, of["kept"], of["folds"][fold], nw.Float64())
                encoded = nw.when(nw.col(FOLD) == fold).then(inside).otherwise(encoded)
            return encoded
    return _encoded(column, of["kept"], of["numbers"], nw.Int64())


def _without_nan(column: nw.Expr, kept: Sequence[Any]) -> nw.Expr:
    """Return the values of a column, of which *kept* are some, NaN as missing."""
    return column.fill_nan(None) if any(isinstance(value, float) for value in kept) else column


def _flag(condition: nw.Expr) -> nw.Expr:
    import narwhals as nw

    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64())


def _encoded(column: nw.Expr, kept: Sequence[Any], numbers: Sequence[float], dtype: Any) -> nw.Expr:
    """Return the number of each value: *numbers* are those of *kept*, then of other, then of missing."""
    import narwhals as nw

    other, missing = (nw.lit(number, dtype) for number in numbers[-2:])
    known = column.replace_strict(kept, numbers[:-2], default=other, return_dtype=dtype) if kept else other
    return nw.when(column.is_null()).then(missing).otherwise(known)


def _count(frame: nw.LazyFrame[Any], column: str, least: float) -> _Counted:
    import narwhals as nw

    found = frame.select(_value(frame, column).alias("value")).group_by("value").agg(n=nw.len()).collect("pyarrow")
    counts = {row["value"]: int(row["n"]) for row in found.rows(named=True)}
    rows = sum(counts.values())
    kept = sorted(value for value, n in counts.items() if value is not None and n >= least * rows)
    return _Counted(column, counts, tuple(kept))


def _value(frame: nw.LazyFrame[Any], column: str) -> nw.Expr:
    """Return the values, NaN as missing."""
    import narwhals as nw

    value = nw.col(column)
    return value.fill_nan(None) if frame.collect_schema()[column].is_float() else value


def _label(counted: _Counted) -> Iterator[Feature]:
    numbers = [*range(len(counted.kept)), len(counted.kept), -1]
    yield _feature(counted, "code", {"numbers": numbers})


def _counts(counted: _Counted) -> Iterator[Feature]:
    numbers = [*(counted.counts[value] for value in counted.kept), counted.other, counted.missing]
    yield _feature(counted, "count", {"numbers": numbers})


def _onehot(counted: _Counted) -> Iterator[Feature]:
    for value in counted.kept:
        yield Feature(f"{counted.column}__is_{_text(value)}", "categorical", counted.column, "is", {"value": value})
    if counted.other:
        yield _feature(counted, "other", {})
    if counted.missing:
        yield _feature(counted, "missing", {})


_ENCODINGS: Final[dict[str, Callable[[_Counted], Iterator[Feature]]]] = {
    "label": _label,
    "onehot": _onehot,
    "count": _counts,
}


def _targets(frame: nw.LazyFrame[Any], counted: _Counted, outcomes: Sequence[Outcome]) -> Iterator[Feature]:
    import narwhals as nw

    sums = {f"sum {place}": outcome.number.sum() for place, outcome in enumerate(outcomes)}
    count = outcomes[0].number.count() if outcomes else nw.len()
    value = _value(frame, counted.column).alias("mdm_value")
    found = frame.with_columns(value).group_by("mdm_value", FOLD).agg(n=count, **sums).collect("pyarrow")
    rows = sorted(found.rows(named=True), key=lambda row: (str(row["mdm_value"]), row[FOLD]))
    for place, outcome in enumerate(outcomes):
        seen = [(row["mdm_value"], row[FOLD], row["n"], row[f"sum {place}"] or 0.0) for row in rows]
        without = [[each for each in seen if each[1] != fold] for fold in range(FOLDS)]
        values = {"all": _means(seen, counted), "folds": [_means(each, counted) for each in without]}
        yield _feature(counted, "target", values, outcome.label)


def _means(seen: Sequence[tuple[Any, int, int, float]], counted: _Counted) -> list[float]:
    """Return the smoothed means of kept values, of other and of missing."""
    places = {value: place for place, value in enumerate(counted.kept)}
    counts, sums = [0] * (len(counted.kept) + 2), [0.0] * (len(counted.kept) + 2)
    for value, _, n, total in seen:
        place = len(counted.kept) + 1 if value is None else places.get(value, len(counted.kept))
        counts[place] += n
        sums[place] += total
    mean = sum(sums) / sum(counts) if sum(counts) else 0.0
    return [(total + _SMOOTHING * mean) / (n + _SMOOTHING) for n, total in zip(counts, sums, strict=True)]


def _feature(counted: _Counted, kind: str, values: dict[str, Any], label: str = "") -> Feature:
    name = f"{counted.column}__{label or kind}"
    return Feature(name, "categorical", counted.column, kind, {"kept": list(counted.kept), **values})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
