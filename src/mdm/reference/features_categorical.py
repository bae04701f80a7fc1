"""Features of categories, as `mdm.features.categorical` defines them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mdm.config.models import FeaturesConfig

_FOLDS: Final = 5
_SMOOTHING: Final = 10


def fit(column: str, values: Sequence[Any], settings: FeaturesConfig) -> Iterator[Feature | LeftOut]:
    """Yield the features of a column, whose *values* are those of the training part, but for a target encoding."""
    if (left_out := _without_signal(column, values)) is not None:
        yield left_out
        return
    counts, kept = _counted(values, settings)
    other = sum(n for value, n in counts.items() if value is not None and value not in kept)
    missing = counts[None]
    match settings.categorical_encoding:
        case "label":
            yield _feature(column, "code", {"kept": kept, "numbers": [*range(len(kept) + 1), -1]})
        case "count":
            numbers = [*(counts[value] for value in kept), other, missing]
            yield _feature(column, "count", {"kept": kept, "numbers": numbers})
        case "onehot":
            for value in kept:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                yield _feature(column, "is", {"value": value}, f"is_{text}")
            if other:
                yield _feature(column, "other", {"kept": kept})
            if missing:
                yield _feature(column, "missing", {"kept": kept})


def fit_target(
    column: str,
    values: Sequence[Any],
    settings: FeaturesConfig,
    target: Mapping[str, Sequence[float | None]],
    folds: Sequence[int],
) -> Iterator[Feature | LeftOut]:
    """Yield the target encoding of a column: *target* has a number a row under the end of each name."""
    if (left_out := _without_signal(column, values)) is not None:
        yield left_out
        return
    _, kept = _counted(values, settings)
    groups = [_group(_clean(value), kept) for value in values]
    for label, numbers in target.items():
        rows = [row for row in zip(groups, numbers, folds, strict=True) if row[1] is not None]
        without = [_means((row for row in rows if row[2] != fold), len(kept)) for fold in range(_FOLDS)]
        yield _feature(column, "target", {"kept": kept, "all": _means(rows, len(kept)), "folds": without}, label)


def values(feature: Feature, given: Sequence[Any], folds: Sequence[int]) -> list[Any]:
    """Return a feature of the values *given*; rows of a fold get a target encoding without it."""
    of = feature.values
    found = [_clean(value) for value in given]
    match feature.kind:
        case "is":
            return [int(value == of["value"] and value is not None) for value in found]
        case "missing":
            return [int(value is None) for value in found]
        case "other":
            return [int(value is not None and value not in of["kept"]) for value in found]
        case "target":
            tables = [*of["folds"], of["all"]]  # -1, the fold of all other rows, is the last one
            return [tables[fold][_group(value, of["kept"])] for value, fold in zip(found, folds, strict=True)]
    return [of["numbers"][_group(value, of["kept"])] for value in found]


def _without_signal(column: str, values: Sequence[Any]) -> LeftOut | None:
    different = {_clean(value) for value in values}
    if different <= {None}:
        return LeftOut(column, "categorical", "all missing")
    return LeftOut(column, "categorical", "constant") if len(different) == 1 else None


def _counted(values: Sequence[Any], settings: FeaturesConfig) -> tuple[Counter[Any], list[Any]]:
    """Return how often each value is there, and which are kept, in ascending order."""
    counts = Counter(_clean(value) for value in values)
    least = settings.categorical_min_frequency * len(values)
    return counts, sorted(value for value, n in counts.items() if value is not None and n >= least)


def _clean(value: Any) -> Any:
    return None if value != value else value  # noqa: PLR0124 (NaN)


def _group(value: Any, kept: Sequence[Any]) -> int:
    """Return the place of a value among those that are *kept*; other and missing are the last two."""
    if value is None:
        return len(kept) + 1
    return kept.index(value) if value in kept else len(kept)


def _means(rows: Iterable[tuple[int, float | None, int]], kept: int) -> list[float]:
    """Return the smoothed mean of each group."""
    numbers: dict[int, list[float]] = defaultdict(list)
    for group, number, _ in rows:
        numbers[group].append(number or 0.0)
    n = sum(map(len, numbers.values()))
    mean = sum(map(sum, numbers.values())) / n if n else 0.0
    return [(sum(numbers[group]) + _SMOOTHING * mean) / (len(numbers[group]) + _SMOOTHING) for group in range(kept + 2)]


def _feature(column: str, kind: str, values: dict[str, Any], label: str = "") -> Feature:
    return Feature(f"{column}__{label or kind}", "categorical", column, kind, values)
