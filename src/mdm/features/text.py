"""Features of free text: words and runs of words, as scikit-learn's CountVectorizer and TfidfVectorizer have them.

Terms are runs of ``features.text_ngram_range`` words, in lower case; a word has two letters or digits at least. Of the
terms that are in at least the share ``features.text_min_df`` of the training rows, the ``features.text_max_features``
most frequent ones are kept. A column ``x`` gives ``x__word_<term>`` for each: with ``features.text_use_tfidf`` a float,
the number of times that the term is in the row, by ln((1 + n) / (1 + df)) + 1 (n training rows, df of them with the
term), all terms of a row then divided by their Euclidean length; otherwise that number, as an integer. A missing text
counts as an empty one.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mdm.config.models import FeaturesConfig

    Texts: TypeAlias = Callable[[], Iterable[pa.Array]]

_BYTES_OF_A_TERM: Final = 512
"""Of one that is counted, about."""

_MOST_PARTS: Final = 1024


def fit(column: str, texts: Texts, settings: FeaturesConfig, room: int) -> Iterator[Feature | LeftOut]:
    """Yield the features of *column*, whose training rows stream as *texts*, with *room* bytes for terms."""
    from sklearn.feature_extraction.text import CountVectorizer

    terms_of = CountVectorizer(ngram_range=settings.text_ngram_range).build_analyzer()
    seen = _seen(texts, terms_of, settings.text_min_df, max(1, room // _BYTES_OF_A_TERM))
    if not seen.documents:
        yield LeftOut(column, "text", "no term is in the share features.text_min_df of the rows")
        return
    for term in _most_frequent(sorted(seen.documents), seen.total, settings.text_max_features):
        values: dict[str, Any] = {"term": term, "ngrams": list(settings.text_ngram_range)}
        if settings.text_use_tfidf:
            values["idf"] = math.log((1 + seen.rows) / (1 + seen.documents[term])) + 1
        yield Feature(f"{column}__word_{term}", "text", column, "tfidf" if settings.text_use_tfidf else "count", values)


class Vectorizer:
    """Computes all *features* of one column."""

    def __init__(self, features: Sequence[Feature]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        terms = [feature.values["term"] for feature in features]
        low, high = features[0].values["ngrams"]
        self._counts = CountVectorizer(ngram_range=(low, high), vocabulary=terms)
        self._weights = [feature.values["idf"] for feature in features] if features[0].kind == "tfidf" else None

    def columns(self, texts: pa.Array) -> list[pa.Array]:
        """Return the features of *texts*, in their order."""
        import numpy as np
        from sklearn.preprocessing import normalize

        counts = self._counts.transform(texts.fill_null("").to_pylist())
        if self._weights is None:
            table = counts.toarray(order="F").astype(np.int64)
        else:
            weighted = counts.multiply(np.array(self._weights)).tocsr()
            table = (normalize(weighted) if len(texts) else weighted).toarray(order="F")
        return [pa.array(table[:, place]) for place in range(table.shape[1])]


def _seen(texts: Texts, terms_of: Callable[[str], list[str]], share: float, most: int) -> _Seen:
    """Return the terms that are in the *share* of the rows, holding about *most* at once: otherwise part by part."""
    parts, part, all_of_them = 1, 0, _Seen()
    while part < parts:
        seen = _Seen()
        for array in texts():
            seen.take(array, lambda text: [term for term in terms_of(text) if hash(term) % parts == part])  # noqa: B023
            if len(seen.documents) > most and parts < _MOST_PARTS:
                parts, part, all_of_them = parts * 4, -1, _Seen()
                break
        else:
            all_of_them.add(seen, share)
        part += 1
    return all_of_them


@dataclass(slots=True)
class _Seen:
    """How many *rows* there are, how many of them have a term, and how often it is there."""

    rows: int = 0
    documents: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def take(self, texts: pa.Array, terms_of: Callable[[str], list[str]]) -> None:
        self.rows += len(texts)
        for text in texts.drop_null().to_pylist():
            found = terms_of(text)
            self.total.update(found)
            self.documents.update(set(found))

    def add(self, part: _Seen, share: float) -> None:
        self.rows = part.rows
        kept = [term for term, n in part.documents.items() if n >= share * part.rows]
        self.documents.update({term: part.documents[term] for term in kept})
        self.total.update({term: part.total[term] for term in kept})


def _most_frequent(terms: Sequence[str], total: Counter[str], most: int) -> list[str]:
    """Return the *most* frequent of the sorted *terms*, sorted; of equals those that scikit-learn takes."""
    import numpy as np

    order = (-np.array([total[term] for term in terms])).argsort()[:most]
    return [terms[place] for place in sorted(order.tolist())]
