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
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mdm.config.models import FeaturesConfig


def fit(column: str, texts: Iterable[pa.Array], settings: FeaturesConfig) -> Iterator[Feature | LeftOut]:
    """Yield the features of *column*, whose training rows stream as *texts*."""
    from sklearn.feature_extraction.text import CountVectorizer

    terms_of = CountVectorizer(ngram_range=settings.text_ngram_range).build_analyzer()
    rows, documents, total = 0, Counter[str](), Counter[str]()
    for array in texts:
        rows += len(array)
        for text in array.drop_null().to_pylist():
            found = terms_of(text)
            total.update(found)
            documents.update(set(found))
    kept = sorted(term for term, n in documents.items() if n >= settings.text_min_df * rows)
    if not kept:
        reason = "no words" if not documents else "no term is in the share features.text_min_df of the rows"
        yield LeftOut(column, "text", reason)
        return
    for term in _most_frequent(kept, total, settings.text_max_features):
        values: dict[str, Any] = {"term": term, "ngrams": list(settings.text_ngram_range)}
        if settings.text_use_tfidf:
            values["idf"] = math.log((1 + rows) / (1 + documents[term])) + 1
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


def _most_frequent(terms: Sequence[str], total: Counter[str], most: int) -> list[str]:
    """Return the *most* frequent of the sorted *terms*, sorted; of equals those that scikit-learn takes."""
    import numpy as np

    order = (-np.array([total[term] for term in terms])).argsort()[:most]
    return [terms[place] for place in sorted(order.tolist())]
