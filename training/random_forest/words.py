"""Fills random-forest's feature tables: word2vec vectors trimmed to 8 bits, and linear models on TF-IDF of words and pairs.

Imports the service's features, so that words are split, hashed and weighted here as they will be there. Knows nothing of trees.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from random_forest.features import PREFIX, Tables, TextFeatures, hash_grams, hash_prefixes, hash_words, words_of
from training.command_line.log import log
from training.data.document_counts import COUNTED, document_counts
from training.engines.parallel import in_threads
from training.random_forest.samples import Fitted, Samples

Floats = npt.NDArray[np.float64]
Inputs = npt.NDArray[np.float32]
SEED = 42
DEAR = 150.0  # USD: what the fifth linear model tells apart


@dataclass(frozen=True)
class LinearTarget:
    """One linear model: what it predicts, how strongly dear rows count (balance), how strongly it is held to zero (alpha)."""

    name: str
    of_price: Callable[[Floats], Floats]
    balance: float
    alpha: float


# Chosen on held-out rows: the forest with all five was 1.3 dollars better than with the first two. Of 1, 0.5 and 0.3 as alpha of
# the second the two lower are alike (brand goods 0.380, 0.366, 0.362; listings 0.652, 0.644, 0.644).
TARGETS = (
    LinearTarget("log price, dear rows count more", np.log, 0.7, 0.3),
    LinearTarget("log price", np.log, 0.0, 0.3),
    LinearTarget("log price, by price", np.log, 1.0, 0.6),
    LinearTarget("root of price", np.sqrt, 0.3, 0.3),
    LinearTarget("dear or not", lambda price: np.asarray(price > DEAR, np.float64), 0.3, 0.3),
)


@dataclass(frozen=True)
class Vocabulary:
    """What is learnt of words: `dimensions` of a vector, `epochs` of word2vec, `min_count` occurrences that it wants.

    Vectors are kept of `words` words, and mean ones of `prefixes` beginnings of rarer ones; the linear models know words and pairs
    that `min_texts` texts have, at most `grams` of them: every text brings new ones, and the file has a limit. `jobs`: threads.
    """

    dimensions: int
    epochs: int
    min_count: int
    words: int
    prefixes: int
    min_texts: int
    grams: int
    jobs: int = 2


def fit_tables(fit: Samples, fitted: Fitted, corpus: Sequence[str], known: Vocabulary) -> tuple[Tables, Inputs]:
    """The feature tables, and what linear models say of the fitted rows without having seen their fold.

    SystemExit where a number does not fit into half precision.
    """
    vectors = train_word2vec([*corpus, *fit.texts], known)  # the fitted rows twice: they are the nearest
    log("word2vec knows", len(vectors), "words")
    tables = add_grams(word_tables(vectors, fit.texts, known), fit.texts, known)
    grams = gram_matrix(TextFeatures(tables), fitted.texts)
    said = out_of_fold(grams, fitted, known.jobs)
    tables = add_scores(tables, grams, fitted, known.jobs)
    if not is_finite(tables):
        raise SystemExit("a table overflowed half precision")
    log("tables:", len(tables.word_keys), "word vectors,", len(tables.gram_keys), "words and pairs")
    return tables, said


class _Sentences:
    """The words of all texts in a shuffled order, split anew in each pass: as lists they would take some 8 KB a text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)
        random.Random(SEED).shuffle(self._texts)

    def __iter__(self) -> Iterator[list[str]]:
        return ([word.decode() for word in words_of(text).body] for text in self._texts)


def train_word2vec(texts: Sequence[str], known: Vocabulary) -> Any:
    """gensim's keyed vectors, words by falling frequency. Several threads share one table: a second run differs a little."""
    from gensim.models import Word2Vec

    shape = {"vector_size": known.dimensions, "window": 5, "min_count": known.min_count}
    return Word2Vec(_Sentences(texts), **shape, sample=1e-4, epochs=known.epochs, workers=known.jobs, seed=SEED).wv


def inverse_frequency(count: npt.ArrayLike, documents: int) -> Floats:
    """Smoothed IDF, 1 for what occurs everywhere."""
    return np.asarray(np.log((1 + documents) / (1 + np.asarray(count, np.float64))) + 1)


def _quantised(vectors: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-9).astype(np.float32) / 127
    return np.round(vectors / scales[:, None]).astype(np.int8), scales


def _prefix_vectors(vectors: Any, rare: Sequence[str], most: int) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Mean vectors of rare words that begin alike, for the beginnings that most of them share."""
    groups: dict[str, list[str]] = {}
    for word in rare:
        if len(word) > PREFIX:
            groups.setdefault(word[:PREFIX], []).append(word)
    chosen = sorted(groups, key=lambda prefix: (-len(groups[prefix]), prefix))[:most]
    return chosen, np.array([np.mean([vectors[word] for word in groups[prefix]], axis=0) for prefix in chosen], np.float32)


def word_tables(vectors: Any, texts: Sequence[str], known: Vocabulary) -> Tables:
    """Tables with words only. Kept are the words of most fitted texts; the others live on in the vectors of their beginnings."""
    seen = Counter(word.decode() for text in texts for word in set(words_of(text).body))
    ranked = sorted(vectors.index_to_key, key=lambda word: (-seen[word], vectors.key_to_index[word]))
    kept, rare = ranked[: known.words], ranked[known.words :]
    prefixes, means = _prefix_vectors(vectors, rare, known.prefixes)
    every = np.concatenate([np.array([vectors[word] for word in kept]), means.reshape(-1, known.dimensions)])
    keys = np.concatenate([hash_words(word.encode() for word in kept), hash_prefixes(word.encode() for word in prefixes)])
    idf = inverse_frequency([*(seen[word] for word in kept), *(0 for _ in prefixes)], len(texts))
    distinct, first = np.unique(keys, return_index=True)
    codes, scales = _quantised(every[first])
    none = np.zeros(0, np.uint32)
    empty = np.zeros((0, len(TARGETS)), np.float16)
    bias = np.zeros(len(TARGETS), np.float32)
    return Tables(distinct, idf[first].astype(np.float16), codes, scales, none, np.zeros(0, np.float16), empty, bias)


def add_grams(tables: Tables, texts: Sequence[str], known: Vocabulary) -> Tables:
    """Tables that also know words, pairs and title words of at least known.min_texts texts; their scores are still zero.

    Where there are more than known.grams of them, those of most texts.
    """
    keys, counts = document_counts(hash_grams(words_of(text)) for text in texts)
    kept = np.flatnonzero(counts >= known.min_texts)
    if len(kept) > known.grams:
        log(len(kept), "words and pairs are in", known.min_texts, "texts or more; the", known.grams, "of most texts are kept")
        kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")[: known.grams]])
    idf = inverse_frequency(counts[kept], len(texts)).astype(np.float16)
    return replace(tables, gram_keys=keys[kept], gram_idf=idf, gram_scores=np.zeros((len(kept), len(TARGETS)), np.float16))


def gram_matrix(features: TextFeatures, texts: Sequence[str]) -> csr_matrix:
    """TF-IDF of all texts, (n, grams), as the service weighs them."""
    columns, values, counts = [], [], [0]
    for start in range(0, len(texts), COUNTED):
        rows = [features.gram_weights(words_of(text)) for text in texts[start : start + COUNTED]]
        counts += [len(positions) for positions, _ in rows]
        columns.append(np.concatenate([positions for positions, _ in rows]).astype(np.int32))
        values.append(np.concatenate([weights for _, weights in rows]))
    parts = (np.concatenate(values), np.concatenate(columns), np.cumsum(counts))
    return csr_matrix(parts, shape=(len(texts), len(features.tables.gram_keys)))


def balance(prices: Floats, power: float) -> Floats:
    """Sample weights of the linear models: price ** power, bounded below."""
    return np.clip(prices / 30.0, 0.05, None) ** power


def _fit(target: LinearTarget, grams: csr_matrix, prices: Floats, shares: Floats) -> Ridge:
    weights = shares * balance(prices, target.balance)
    return Ridge(alpha=target.alpha).fit(grams, target.of_price(prices), sample_weight=weights)


def out_of_fold(grams: csr_matrix, fitted: Fitted, jobs: int) -> npt.NDArray[np.float32]:
    """What the linear models say of each row when fitted without its fold, (n, targets); `jobs` of them are fitted at a time."""
    prices, folds, shares = fitted.prices, fitted.folds, fitted.shares
    said = np.zeros((len(prices), len(TARGETS)), np.float32)
    with in_threads(jobs) as pool:
        for fold in np.unique(folds):
            inside = folds == fold
            fit, asked = partial(_fit, grams=grams[~inside], prices=prices[~inside], shares=shares[~inside]), grams[inside]
            for column, model in enumerate(pool.map(fit, TARGETS)):
                said[inside, column] = model.predict(asked)
    return said


def add_scores(tables: Tables, grams: csr_matrix, fitted: Fitted, jobs: int) -> Tables:
    """Tables with the linear models fitted on all rows."""
    with in_threads(jobs) as pool:
        models = list(pool.map(partial(_fit, grams=grams, prices=fitted.prices, shares=fitted.shares), TARGETS))
    scores = np.stack([model.coef_ for model in models], axis=1).astype(np.float16)
    return replace(tables, gram_scores=scores, score_bias=np.array([model.intercept_ for model in models], np.float32))


def score_columns(features: TextFeatures) -> slice:
    """Where the linear models' scores stand in a row of features."""
    return slice(2 * features.dimensions, 2 * features.dimensions + len(TARGETS))


def is_finite(tables: Tables) -> bool:
    """Whether rounding to half precision left every number a number."""
    return all(math.isfinite(float(np.abs(values).max(initial=0))) for values in (tables.gram_scores, tables.word_scales))
