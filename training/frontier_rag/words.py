"""Fits the word model of frontier-rag's local estimator: ridge regressions of the log price and a projection over TF-IDF."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.word_model import BITS, PROJECTED_BITS, WordModel, grams_of, weigh
from training.engines.parallel import in_processes, in_threads
from training.frontier_rag.models import Fitting
from training.frontier_rag.parts import Part

PENALTY, FOLDS, COMPONENTS = 0.7, 5, 48
PRICE_POWERS = (0.0, 0.7)  # of the log price: one regression over all rows alike, one in which dear products weigh more
STEPS = (25.0, 60.0, 150.0, 350.0)  # dollars: a regression for each, of whether the price is higher
STEP_POWER = 0.4
AT_A_TIME = 10_000  # texts whose grams are held one by one
Floats = npt.NDArray[np.float32]


def rarity_of(texts: Sequence[str], bits: int, jobs: int) -> Floats:
    """Inverse document frequency of each bucket [2**bits]; 0 for those that only one text has."""
    seen = np.sum(in_processes(_seen, ((part, bits) for part in _parts(texts)), jobs), axis=0)
    rarity = np.log((1 + len(texts)) / (1 + seen)) + 1
    return np.asarray(np.where(seen > 1, rarity, 0.0), np.float32)


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + AT_A_TIME] for start in range(0, len(texts), AT_A_TIME))


def _seen(texts: Sequence[str], bits: int) -> npt.NDArray[np.int64]:
    """How many of the texts have each bucket."""
    seen = np.zeros(1 << bits, np.int64)
    for text in texts:
        seen[grams_of(text, bits).buckets] += 1
    return seen


def matrix_of(texts: Sequence[str], bits: int, rarity: Floats, jobs: int) -> Any:
    """TF-IDF rows, sparse [len(texts), 2**bits]."""
    from scipy import sparse

    return sparse.vstack(in_processes(_matrix, ((part, bits, rarity) for part in _parts(texts)), jobs), format="csr")


def _matrix(texts: Sequence[str], bits: int, rarity: Floats) -> Any:
    from scipy import sparse

    grams = [grams_of(text, bits) for text in texts]
    starts = np.cumsum([0, *(len(each.buckets) for each in grams)])
    values = np.concatenate([weigh(each, rarity) for each in grams])
    columns = np.concatenate([each.buckets for each in grams]).astype(np.int32)
    return sparse.csr_matrix((values, columns, starts), (len(texts), 1 << bits))


def word_features(words: WordModel, texts: Sequence[str], jobs: int) -> Floats:
    """WordModel.features by `jobs` processes."""
    return np.concatenate(in_processes(WordModel.features, ((words, part) for part in _parts(texts)), jobs))


def price_weights(logs: npt.NDArray[np.float64], power: float) -> npt.NDArray[np.float64]:
    """Weights, mean 1, that grow with the price: cheap products are far more frequent in the data than in use."""
    weights = (np.expm1(logs) + 5.0) ** power
    return np.asarray(weights / weights.mean())


def _targets(logs: npt.NDArray[np.float64]) -> list[tuple[npt.NDArray[np.float64], float]]:
    """What the linear models predict, each with the power by which rows weigh."""
    steps = [((logs > np.log1p(step)).astype(np.float64), STEP_POWER) for step in STEPS]
    return [*((logs, power) for power in PRICE_POWERS), *steps]


def fit_linear(matrix: Any, logs: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], jobs: int) -> list[Any]:
    """Ridge regressions of all targets, `jobs` at a time; `weights` of the rows, beside those by the price."""
    from sklearn.linear_model import Ridge

    def fit_one(target: npt.NDArray[np.float64], power: float) -> Any:
        model = Ridge(alpha=PENALTY, solver="sparse_cg", max_iter=60)
        return model.fit(matrix, target, sample_weight=weights * price_weights(logs, power))

    with in_threads(jobs) as pool:
        return list(pool.map(fit_one, *zip(*_targets(logs), strict=True)))


def fit_words(
    texts: Sequence[str], logs: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], how: Fitting
) -> dict[str, npt.NDArray[Any]]:
    """The word model as the arrays that local_estimator.unpack_words reads."""
    from sklearn.decomposition import TruncatedSVD

    jobs = how.threads
    rarity, narrow = rarity_of(texts, BITS, jobs), rarity_of(texts, PROJECTED_BITS, jobs)
    matrix = matrix_of(texts, BITS, rarity, jobs)
    linear = fit_linear(matrix, logs, weights, jobs)
    svd = TruncatedSVD(COMPONENTS, random_state=how.seed).fit(matrix_of(texts, PROJECTED_BITS, narrow, jobs))
    scale = np.abs(svd.components_).max(1) / 127
    return {
        "rarity": rarity.astype(np.float16),
        "weights": np.column_stack([each.coef_ for each in linear]).astype(np.float16),
        "intercepts": np.array([each.intercept_ for each in linear], np.float32),
        "projected_rarity": narrow.astype(np.float16),
        "projection": np.rint(svd.components_ / scale[:, None]).T.astype(np.int8),
        "projection_scale": scale.astype(np.float32),
    }


def unseen_features(words: WordModel, fit: Part, how: Fitting) -> Floats:
    """WordModel.features of the rows that the model was fitted on, the linear models' from folds that did not see the group."""
    features, logs, groups = word_features(words, fit.texts, how.threads), fit.logs, fit.groups
    matrix = matrix_of(fit.texts, BITS, words.rarity, how.threads)
    folds = np.random.default_rng(how.seed).integers(0, FOLDS, groups.max() + 1)[groups]
    for fold in range(FOLDS):
        out = folds == fold
        for column, model in enumerate(fit_linear(matrix[~out], logs[~out], fit.weights[~out], how.threads)):
            features[out, column] = model.predict(matrix[out])
    return features
