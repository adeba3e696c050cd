"""Fills random-forest's feature tables: word2vec vectors trimmed to 8 bits, and linear models on TF-IDF of words and pairs.

Imports the service's features, so that words are split, hashed and weighted here as they will be there. Knows nothing of trees.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from random_forest.features import PREFIX, Tables, TextFeatures, hash_grams, hash_prefixes, hash_words, words_of

Floats = npt.NDArray[np.float64]
SEED = 42
DEAR = 150.0  # USD: what the fifth linear model tells apart


@dataclass(frozen=True)
class LinearTarget:
    """One linear model: what it predicts, how strongly dear rows count (balance), how strongly it is held to zero (alpha)."""

    name: str
    of_price: Callable[[Floats], Floats]
    balance: float
    alpha: float


# Chosen on held-out rows: the forest with all five was 1.3 dollars better than with the first two.
TARGETS = (
    LinearTarget("log price, dear rows count more", np.log, 0.7, 1.0),
    LinearTarget("log price", np.log, 0.0, 1.0),
    LinearTarget("log price, by price", np.log, 1.0, 2.0),
    LinearTarget("root of price", np.sqrt, 0.3, 1.0),
    LinearTarget("dear or not", lambda price: np.asarray(price > DEAR, np.float64), 0.3, 1.0),
)


def train_word2vec(texts: Sequence[str], args: Any) -> Any:
    """gensim's keyed vectors, words by falling frequency. Two workers share one table: a second run differs a little."""
    from gensim.models import Word2Vec

    sentences = [[word.decode() for word in words_of(text).body] for text in texts]
    random.Random(SEED).shuffle(sentences)
    shape = {"vector_size": args.dimensions, "window": 5, "min_count": args.min_count}
    return Word2Vec(sentences, **shape, sample=1e-4, epochs=args.epochs, workers=2, seed=SEED).wv


def document_counts(documents: Iterable[npt.NDArray[np.uint32]]) -> dict[int, int]:
    """In how many documents each key occurs."""
    return Counter(key for document in documents for key in set(document.tolist()))


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


def word_tables(vectors: Any, texts: Sequence[str], args: Any) -> Tables:
    """Tables with words only. Kept are the words of most fitted texts; the others live on in the vectors of their beginnings."""
    seen = Counter(word.decode() for text in texts for word in set(words_of(text).body))
    ranked = sorted(vectors.index_to_key, key=lambda word: (-seen[word], vectors.key_to_index[word]))
    kept, rare = ranked[: args.words], ranked[args.words :]
    prefixes, means = _prefix_vectors(vectors, rare, args.prefixes)
    every = np.concatenate([np.array([vectors[word] for word in kept]), means.reshape(-1, args.dimensions)])
    keys = np.concatenate([hash_words(word.encode() for word in kept), hash_prefixes(word.encode() for word in prefixes)])
    idf = inverse_frequency([*(seen[word] for word in kept), *(0 for _ in prefixes)], len(texts))
    distinct, first = np.unique(keys, return_index=True)
    codes, scales = _quantised(every[first])
    none = np.zeros(0, np.uint32)
    empty = np.zeros((0, len(TARGETS)), np.float16)
    bias = np.zeros(len(TARGETS), np.float32)
    return Tables(distinct, idf[first].astype(np.float16), codes, scales, none, np.zeros(0, np.float16), empty, bias)


def add_grams(tables: Tables, texts: Sequence[str], least: int) -> Tables:
    """Tables that also know words, pairs and title words of at least `least` texts; their scores are still zero."""
    found = document_counts(hash_grams(words_of(text)) for text in texts)
    keys = np.array(sorted(key for key, count in found.items() if count >= least), np.uint32)
    idf = inverse_frequency([found[int(key)] for key in keys], len(texts)).astype(np.float16)
    return replace(tables, gram_keys=keys, gram_idf=idf, gram_scores=np.zeros((len(keys), len(TARGETS)), np.float16))


def gram_matrix(features: TextFeatures, texts: Sequence[str]) -> csr_matrix:
    """TF-IDF of all texts, (n, grams), as the service weighs them."""
    rows = [features.gram_weights(words_of(text)) for text in texts]
    ends = np.cumsum([0, *(len(positions) for positions, _ in rows)])
    values, columns = (np.concatenate([row[part] for row in rows]) for part in (1, 0))
    return csr_matrix((values, columns, ends), shape=(len(texts), len(features.tables.gram_keys)))


def balance(prices: Floats, power: float) -> Floats:
    """Sample weights of the linear models: price ** power, bounded below."""
    return np.clip(prices / 30.0, 0.05, None) ** power


def _fit(target: LinearTarget, grams: csr_matrix, prices: Floats) -> Ridge:
    weights = balance(prices, target.balance)
    return Ridge(alpha=target.alpha).fit(grams, target.of_price(prices), sample_weight=weights)


def out_of_fold(grams: csr_matrix, prices: Floats, folds: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """What the linear models say of each row when fitted without its fold, (n, targets)."""
    said = np.zeros((len(prices), len(TARGETS)), np.float32)
    for column, target in enumerate(TARGETS):
        for fold in np.unique(folds):
            inside = folds == fold
            said[inside, column] = _fit(target, grams[~inside], prices[~inside]).predict(grams[inside])
    return said


def add_scores(tables: Tables, grams: csr_matrix, prices: Floats) -> Tables:
    """Tables with the linear models fitted on all rows."""
    models = [_fit(target, grams, prices) for target in TARGETS]
    scores = np.stack([model.coef_ for model in models], axis=1).astype(np.float16)
    return replace(tables, gram_scores=scores, score_bias=np.array([model.intercept_ for model in models], np.float32))


def score_columns(features: TextFeatures) -> slice:
    """Where the linear models' scores stand in a row of features."""
    return slice(2 * features.dimensions, 2 * features.dimensions + len(TARGETS))


def is_finite(tables: Tables) -> bool:
    """Whether rounding to half precision left every number a number."""
    return all(math.isfinite(float(np.abs(values).max(initial=0))) for values in (tables.gram_scores, tables.word_scales))
