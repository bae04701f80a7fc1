"""Features of texts are those of scikit-learn."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from mdm.features import text

from .conftest import Make

WORDS = [f"w{n}" for n in range(60)] + ["Über", "naïve", "a", "the THE"]


def texts(rows: int = 300) -> list[str]:
    chosen = random.Random(2)
    return [" ".join(chosen.choices(WORDS, k=chosen.randrange(1, 14))) + f" end{n}" for n in range(rows)]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"text_max_features": 17},
        {"text_ngram_range": (1, 1), "text_min_df": 0.05},
        {"text_ngram_range": (2, 3), "text_min_df": 0.0, "text_max_features": 100},
    ],
)
@pytest.mark.parametrize("weighted", [True, False])
def test_they_are_those_of_scikit_learn(make: Make, settings: dict[str, Any], weighted: bool) -> None:
    given = [*texts(), *[None] * 5]
    found = make(pl.DataFrame({"t": given}), text_use_tfidf=weighted, categorical_max_cardinality=2, **settings)
    chosen = {"max_features": 1000, "ngram_range": (1, 2), "min_df": 0.01}
    chosen |= {name.removeprefix("text_"): value for name, value in settings.items()}
    vectorizer = (TfidfVectorizer if weighted else CountVectorizer)(**chosen)
    expected = vectorizer.fit_transform([text or "" for text in given]).toarray()
    assert found.frame.columns == [f"t__word_{term}" for term in vectorizer.get_feature_names_out()]
    np.testing.assert_allclose(found.frame.to_numpy(), expected, rtol=1e-9, atol=1e-12)
    unseen = ["w1 w2 never", "", "w3"]
    new = found.client.features("rows", pl.DataFrame({"t": unseen}))
    np.testing.assert_allclose(new.to_numpy(), vectorizer.transform(unseen).toarray(), rtol=1e-9, atol=1e-12)


def test_the_vocabulary_is_that_of_the_training_part(make: Make) -> None:
    frame = pl.DataFrame({"t": ["red apple", "green pear", "blue plum"], "mdm_split": ["train", "train", "test"]})
    found = make(frame, text_ngram_range=(1, 1), text_use_tfidf=False)
    assert found.frame.columns == [f"t__word_{word}" for word in ("apple", "green", "pear", "red")]
    assert found.frame.row(2) == (0, 0, 0, 0)


def test_texts_without_common_words_are_left_out(make: Make) -> None:
    frame = pl.DataFrame({"t": [f"one{n}" for n in range(10)], "s": ["?!"] * 9 + ["-"], "x": range(10)})
    found = make(frame, kinds={"s": "text"}, text_min_df=0.5, categorical_max_cardinality=2)
    assert found.left_out["t"] == "no term is in the share features.text_min_df of the rows"
    assert "t" not in {feature.column for feature in found.made.fit.features}


def test_many_terms_are_counted_part_by_part(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"t": texts()})
    expected = make(frame, home="one").made.fit.features
    monkeypatch.setattr(text, "_BYTES_OF_A_TERM", 2**28 // 50)  # of the default limit, a quarter holds 50 terms
    assert make(frame, home="two").made.fit.features == expected
