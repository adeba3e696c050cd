"""What the fitted baselines share: the rows they learn from, the rows they answer for, and each text representation made once.

Knows how texts become numbers (word counts, word vectors, TF-IDF components), nothing of the models over them. Heavy libraries
are imported by the representation that needs them, so that the light baselines run without.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from common.product_files.product_text import words_of
from training.baseline.features import Facts, Features, facts_of
from training.baseline.vocabulary import frequent_terms
from training.data.rows import Row, product_text

Floats = npt.NDArray[np.float64]

COUNTED_WORDS = 2_000  # most frequent ones; the published baseline took 1,000 (held-out error 72.9 dollars instead of 72.1)
DIMENSIONS, WINDOW, PASSES = 400, 5, 5  # of word2vec, as published
TWO_TEXTS = 2  # that a word or pair must be in for the linear models
COMPONENTS, FEW_TEXTS = 100, 3  # of the TF-IDF matrix for the trees; words and pairs of fewer texts are left out
FEW_BRANDS = 50  # trees gain nothing from rare brands


@dataclass(frozen=True)
class Pair:
    """One representation of the fitted and of the asked rows: matrices with a row each."""

    fit: Any
    asked: Any


@dataclass(frozen=True)
class Representations:
    """Rows to fit on (all priced) and to answer for. `weights`: of the fitted rows, mean 1."""

    fit: Sequence[Row]
    asked: Sequence[Row]
    weights: Floats
    seed: int = 42
    threads: int = 2

    @cached_property
    def prices(self) -> Floats:
        """Of the fitted rows, USD."""
        return np.array([row.price for row in self.fit], np.float64)

    @cached_property
    def texts(self) -> tuple[list[str], list[str]]:
        """What a pricer sees of the fitted and of the asked rows."""
        return [product_text(row) for row in self.fit], [product_text(row) for row in self.asked]

    @cached_property
    def facts(self) -> tuple[list[Facts], list[Facts]]:
        """Weight, rank, length and brand of the fitted and of the asked rows."""
        return [facts_of(row) for row in self.fit], [facts_of(row) for row in self.asked]

    @cached_property
    def engineered(self) -> Pair:
        """Engineered features, dense."""
        features = Features.fitted(self.facts[0])
        return Pair(features.matrix(self.facts[0]), features.matrix(self.facts[1]))

    @cached_property
    def counts(self) -> Pair:
        """How often each of the most frequent words occurs, sparse."""
        from sklearn.feature_extraction.text import CountVectorizer

        vectorizer = CountVectorizer(max_features=COUNTED_WORDS, stop_words="english", dtype=np.float64)
        return Pair(vectorizer.fit_transform(self.texts[0]), vectorizer.transform(self.texts[1]))

    @cached_property
    def tfidf(self) -> Pair:
        """TF-IDF of words and pairs of words, sparse."""
        vectorizer = _tfidf_vectorizer(self.texts[0], TWO_TEXTS)
        return Pair(vectorizer.fit_transform(self.texts[0]), vectorizer.transform(self.texts[1]))

    @cached_property
    def vectors(self) -> Pair:
        """Mean word2vec vector of each text, dense; the vectors are trained on the fitted texts alone."""
        from gensim.models import Word2Vec

        fit, asked = (_Sentences(texts) for texts in self.texts)
        # One worker: with more, the order of updates and so the result changes from run to run. The hash keeps to the seed too.
        shape = {"vector_size": DIMENSIONS, "window": WINDOW, "min_count": 1, "epochs": PASSES}
        known = Word2Vec(fit, **shape, workers=1, seed=self.seed, hashfxn=_stable_hash).wv
        return Pair(_mean_vectors(known, fit), _mean_vectors(known, asked))

    @cached_property
    def components(self) -> Pair:
        """Leading components of TF-IDF beside the engineered features, dense."""
        from sklearn.decomposition import TruncatedSVD

        vectorizer = _tfidf_vectorizer(self.texts[0], FEW_TEXTS)
        words = vectorizer.fit_transform(self.texts[0])
        svd = TruncatedSVD(min(COMPONENTS, words.shape[1] - 1), random_state=self.seed).fit(words)
        features = Features.fitted(self.facts[0], FEW_BRANDS)
        fit = np.hstack([svd.transform(words), features.matrix(self.facts[0])])
        asked = np.hstack([svd.transform(vectorizer.transform(self.texts[1])), features.matrix(self.facts[1])])
        return Pair(fit, asked)


def _tfidf_vectorizer(texts: Sequence[str], least: int) -> Any:
    """Of the words and pairs of words that at least so many of the texts have."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    shape = {"ngram_range": (1, 2), "sublinear_tf": True, "dtype": np.float32}
    known = frequent_terms(texts, TfidfVectorizer(**shape).build_analyzer(), least)
    # Signs such as "\N{GREEK UPSILON WITH HOOK SYMBOL}" are capitals without a small form, of which the vectorizer would warn.
    return TfidfVectorizer(**shape, vocabulary=[term for term in known if not term.isupper()])


def _stable_hash(text: str) -> int:
    """For word2vec's initial vectors: Python's own hash differs from process to process."""
    import zlib

    return zlib.crc32(text.encode())


@dataclass(frozen=True)
class _Sentences:
    """The words of all texts, split anew in each pass: as lists they would take some 8 KB a text."""

    texts: Sequence[str]

    def __iter__(self) -> Iterator[list[str]]:
        return map(words_of, self.texts)


def _mean_vectors(known: Any, sentences: _Sentences) -> npt.NDArray[np.float32]:
    """[n, DIMENSIONS]; zeros for a text without a known word."""
    result = np.zeros((len(sentences.texts), known.vector_size), np.float32)
    for i, words in enumerate(sentences):
        found = [word for word in words if word in known.key_to_index]
        if found:
            result[i] = known[found].mean(axis=0)
    return result
