"""Counts of hashed terms over many documents, against a plain count; and the vocabulary that is found by them."""

import random
from collections import Counter

import numpy as np
import pytest

from training.baseline.vocabulary import frequent_terms
from training.data import document_counts as module
from training.data.document_counts import document_counts


def test_counts_are_those_of_a_plain_count_however_many_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COUNTED", 7)
    draw = random.Random(1)
    documents = [np.array([draw.randrange(40) for _ in range(draw.randrange(30))], np.uint32) for _ in range(50)]
    plain = Counter(key for document in documents for key in set(document.tolist()))
    keys, counts = document_counts(documents)
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == plain
    assert (np.diff(keys.astype(np.int64)) > 0).all()
    assert [len(part) for part in document_counts([])] == [0, 0]


def test_the_vocabulary_is_that_of_terms_in_several_texts() -> None:
    draw = random.Random(2)
    texts = [" ".join(f"w{draw.randrange(300)}" for _ in range(20)) for _ in range(60)]
    plain = Counter(word for text in texts for word in set(text.split()))
    for least in (2, 3):
        assert frequent_terms(texts, str.split, least) == sorted(word for word, count in plain.items() if count >= least)


def test_the_vocabulary_is_what_scikit_learn_leaves() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="needs scikit-learn (make training)")
    draw = random.Random(3)
    texts = [" ".join(f"w{draw.randrange(60)}" for _ in range(12)) for _ in range(40)]
    plain = text.TfidfVectorizer(ngram_range=(1, 2), min_df=2).fit(texts)
    assert frequent_terms(texts, plain.build_analyzer(), 2) == plain.get_feature_names_out().tolist()
