"""Features of free text, as `mdm.features.text` defines them: the terms are those that scikit-learn finds."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdm.config.models import FeaturesConfig

_WORD: Final = re.compile(r"\b\w\w+\b")


def fit(column: str, values: Sequence[Any], settings: FeaturesConfig) -> Iterator[Feature | LeftOut]:
    """Yield the features of a column, whose *values* are those of the training part."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [value or "" for value in values]
    found = CountVectorizer(
        ngram_range=settings.text_ngram_range, min_df=settings.text_min_df, max_features=settings.text_max_features
    )
    try:
        counts = found.fit_transform(texts)
    except ValueError:  # no term is left
        yield LeftOut(column, "text", "no term is in the share features.text_min_df of the rows")
        return
    for place, term in enumerate(found.get_feature_names_out()):
        fitted: dict[str, Any] = {"term": str(term), "ngrams": list(settings.text_ngram_range)}
        if settings.text_use_tfidf:
            with_it = counts[:, place].count_nonzero()
            fitted["idf"] = math.log((1 + len(texts)) / (1 + with_it)) + 1
        yield Feature(f"{column}__word_{term}", "text", column, "tfidf" if settings.text_use_tfidf else "count", fitted)


def values(features: Sequence[Feature], given: Sequence[Any]) -> list[list[float]]:
    """Return the *features* of one column, for the texts *given*."""
    low, high = features[0].values["ngrams"]
    rows = [_row(features, Counter(_terms(text or "", low, high))) for text in given]
    return [[row[place] for row in rows] for place in range(len(features))]


def _row(features: Sequence[Feature], counts: Counter[str]) -> list[float]:
    numbers: list[float] = [counts[feature.values["term"]] for feature in features]
    if features[0].kind == "count":
        return numbers
    weighted = [number * feature.values["idf"] for number, feature in zip(numbers, features, strict=True)]
    length = math.hypot(*weighted) or 1.0
    return [number / length for number in weighted]


def _terms(text: str, low: int, high: int) -> Iterator[str]:
    words = _WORD.findall(text.lower())
    for size in range(low, high + 1):
        yield from (" ".join(words[place : place + size]) for place in range(len(words) - size + 1))
