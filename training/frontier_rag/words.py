"""Fits the word model of frontier-rag's local estimator: ridge regressions of the log price and a projection over TF-IDF."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.word_model import BITS, PROJECTED_BITS, WordModel, grams_of, weigh
from training.frontier_rag.parts import Part

PENALTY, FOLDS, COMPONENTS = 0.7, 5, 48
PRICE_POWERS = (0.0, 0.7)  # of the log price: one regression over all rows alike, one in which dear products weigh more
STEPS = (25.0, 60.0, 150.0, 350.0)  # dollars: a regression for each, of whether the price is higher
STEP_POWER = 0.4
AT_A_TIME = 10_000  # texts whose grams are held one by one
Floats = npt.NDArray[np.float32]


def rarity_of(texts: Sequence[str], bits: int) -> Floats:
    """Inverse document frequency of each bucket [2**bits]; 0 for those that only one text has."""
    seen = np.zeros(1 << bits, np.int64)
    for text in texts:
        seen[grams_of(text, bits).buckets] += 1
    rarity = np.log((1 + len(texts)) / (1 + seen)) + 1
    return np.asarray(np.where(seen > 1, rarity, 0.0), np.float32)


def matrix_of(texts: Sequence[str], bits: int, rarity: Floats) -> Any:
    """TF-IDF rows, sparse [len(texts), 2**bits]."""
    from scipy import sparse

    columns, values, counts = [], [], [0]
    for start in range(0, len(texts), AT_A_TIME):
        grams = [grams_of(text, bits) for text in texts[start : start + AT_A_TIME]]
        counts += [len(each.buckets) for each in grams]
        columns.append(np.concatenate([each.buckets for each in grams]).astype(np.int32))
        values.append(np.concatenate([weigh(each, rarity) for each in grams]))
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), np.cumsum(counts)), (len(texts), 1 << bits))


def price_weights(logs: npt.NDArray[np.float64], power: float) -> npt.NDArray[np.float64]:
    """Weights, mean 1, that grow with the price: cheap products are far more frequent in the data than in use."""
    weights = (np.expm1(logs) + 5.0) ** power
    return np.asarray(weights / weights.mean())


def _targets(logs: npt.NDArray[np.float64]) -> list[tuple[npt.NDArray[np.float64], float]]:
    """What the linear models predict, each with the power by which rows weigh."""
    steps = [((logs > np.log1p(step)).astype(np.float64), STEP_POWER) for step in STEPS]
    return [*((logs, power) for power in PRICE_POWERS), *steps]


def fit_linear(matrix: Any, logs: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> list[Any]:
    """Ridge regressions of all targets; `weights` of the rows, beside those by the price."""
    from sklearn.linear_model import Ridge

    return [
        Ridge(alpha=PENALTY, solver="sparse_cg", max_iter=60).fit(
            matrix, target, sample_weight=weights * price_weights(logs, power)
        )
        for target, power in _targets(logs)
    ]


def fit_words(
    texts: Sequence[str], logs: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], seed: int
) -> dict[str, npt.NDArray[Any]]:
    """The word model as the arrays that local_estimator.unpack_words reads."""
    from sklearn.decomposition import TruncatedSVD

    rarity, narrow = rarity_of(texts, BITS), rarity_of(texts, PROJECTED_BITS)
    matrix = matrix_of(texts, BITS, rarity)
    linear = fit_linear(matrix, logs, weights)
    svd = TruncatedSVD(COMPONENTS, random_state=seed).fit(matrix_of(texts, PROJECTED_BITS, narrow))
    scale = np.abs(svd.components_).max(1) / 127
    return {
        "rarity": rarity.astype(np.float16),
        "weights": np.column_stack([each.coef_ for each in linear]).astype(np.float16),
        "intercepts": np.array([each.intercept_ for each in linear], np.float32),
        "projected_rarity": narrow.astype(np.float16),
        "projection": np.rint(svd.components_ / scale[:, None]).T.astype(np.int8),
        "projection_scale": scale.astype(np.float32),
    }


def unseen_features(words: WordModel, fit: Part, seed: int) -> Floats:
    """WordModel.features of the rows that the model was fitted on, the linear models' from folds that did not see the group."""
    features, logs, groups = words.features(fit.texts), fit.logs, fit.groups
    matrix = matrix_of(fit.texts, BITS, words.rarity)
    folds = np.random.default_rng(seed).integers(0, FOLDS, groups.max() + 1)[groups]
    for fold in range(FOLDS):
        out = folds == fold
        for column, model in enumerate(fit_linear(matrix[~out], logs[~out], fit.weights[~out])):
            features[out, column] = model.predict(matrix[out])
    return features
