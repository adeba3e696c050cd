"""The fitted baselines: constants and random prices, linear models, a random forest and boosted trees over text and features.

Each regression exists in plain dollars, as the published baselines have it, and (`-log`) in the logarithm of the price. Knows
nothing of how answers are judged. scikit-learn and gensim come with the extra `baselines`.
"""

import itertools
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.baseline.features import least_squares, predict_linear
from training.baseline.representations import Representations
from training.data.rows import PRICE_MAX, PRICE_MIN, PUBLISHED_PRICE_MAX
from training.engines.parallel import in_threads

Floats = npt.NDArray[np.float64]
Regression = Callable[[Representations, Floats], Floats]  # values of the fitted rows -> what is predicted for the asked rows

TREES, FEATURE_SHARE = 100, 1 / 3  # all features at every split would take three times as long
SVR_PENALTY, SVR_PASSES = 1.0, 2_000
SVR_VISITS = 32_000_000  # of fitted rows in all passes: 2,000 passes of the published listings
RIDGE_PENALTY = 1.0
NEIGHBOURS, NEIGHBOUR_POWER = 8, 4
AT_A_TIME = 10_000_000  # likenesses of texts to fitted ones that are in memory: some 120 MB
BOOSTING = {"max_iter": 600, "learning_rate": 0.05, "max_leaf_nodes": 31}


def features_linear(inputs: Representations, values: Floats) -> Floats:
    """Linear regression on the engineered features."""
    features = inputs.engineered
    return predict_linear(features.asked, least_squares(features.fit, values, inputs.weights))


def words_linear(inputs: Representations, values: Floats) -> Floats:
    """Linear regression on word counts."""
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(inputs.counts.fit, values, sample_weight=inputs.weights)
    return np.asarray(model.predict(inputs.counts.asked))


def tfidf_ridge(inputs: Representations, values: Floats) -> Floats:
    """Ridge regression on TF-IDF of words and pairs of words."""
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=RIDGE_PENALTY).fit(inputs.tfidf.fit, values, sample_weight=inputs.weights)
    return np.asarray(model.predict(inputs.tfidf.asked), np.float64)


def tfidf_neighbours(inputs: Representations, values: Floats) -> Floats:
    """That ridge regression, drawn to the values of the nearest fitted rows as far as these are near (by TF-IDF).

    Neighbours count as their cosine to the NEIGHBOUR_POWER times their weight; their part of the answer is the nearest's cosine.
    """
    ridge, fit, asked = tfidf_ridge(inputs, values), inputs.tfidf.fit.T.tocsr(), inputs.tfidf.asked
    rows = max(1, AT_A_TIME // fit.shape[1])

    def nearest(start: int) -> list[float]:
        found = (asked[start : start + rows] @ fit).tocsr()
        answers: list[float] = []
        for first, last in itertools.pairwise(found.indptr.tolist()):
            cosines, places = found.data[first:last], found.indices[first:last]
            answers.append(_near_mean(cosines, values[places], inputs.weights[places], ridge[start + len(answers)]))
        return answers

    with in_threads(inputs.threads) as pool:  # the product of sparse matrices takes nearly all of the time
        return np.array(list(itertools.chain.from_iterable(pool.map(nearest, range(0, asked.shape[0], rows)))))


def _near_mean(cosines: npt.NDArray[np.float32], values: Floats, weights: Floats, otherwise: float) -> float:
    """What the NEIGHBOURS nearest say, and for the rest of the way to certainty what is thought `otherwise`."""
    near = np.argpartition(cosines, -NEIGHBOURS)[-NEIGHBOURS:] if len(cosines) > NEIGHBOURS else np.arange(len(cosines))
    pull = cosines[near].astype(np.float64) ** NEIGHBOUR_POWER * weights[near]
    if not pull.sum() > 0:
        return otherwise
    share = float(cosines[near].max())
    return (1 - share) * otherwise + share * float(np.average(values[near], weights=pull))


def vectors_linear(inputs: Representations, values: Floats) -> Floats:
    """Linear regression on mean word vectors."""
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(inputs.vectors.fit, values, sample_weight=inputs.weights)
    return np.asarray(model.predict(inputs.vectors.asked), np.float64)


def vectors_svr(inputs: Representations, values: Floats) -> Floats:
    """Linear support vector regression on mean word vectors, each dimension scaled to the same spread."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVR

    scaler = StandardScaler().fit(inputs.vectors.fit)
    fit, asked = (np.asarray(scaler.transform(part), np.float64) for part in (inputs.vectors.fit, inputs.vectors.asked))
    passes = min(SVR_PASSES, SVR_VISITS // max(len(fit), 1) + 1)
    model = LinearSVR(C=SVR_PENALTY, dual=True, max_iter=passes, random_state=inputs.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # ten times the passes gain nothing (dollars) or 1 % (log)
        model.fit(fit, values, sample_weight=inputs.weights)
    return np.asarray(model.predict(asked))


def vectors_forest(inputs: Representations, values: Floats) -> Floats:
    """Random forest on mean word vectors."""
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(TREES, max_features=FEATURE_SHARE, n_jobs=inputs.threads, random_state=inputs.seed)
    model.fit(inputs.vectors.fit, values, sample_weight=inputs.weights)
    return np.asarray(model.predict(inputs.vectors.asked))


def boosting(inputs: Representations, values: Floats) -> Floats:
    """Histogram gradient boosting on TF-IDF components and engineered features."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(**BOOSTING, random_state=inputs.seed)
    model.fit(inputs.components.fit, values, sample_weight=inputs.weights)
    return np.asarray(model.predict(inputs.components.asked))


@dataclass(frozen=True)
class Method:
    """A regression with the words for tables and charts; `library` is what it needs beside numpy."""

    label: str
    regression: Regression
    library: str = "sklearn"


METHODS = {
    "features-linear": Method("engineered features + linear regression", features_linear, ""),
    "words-linear": Method("bag of words + linear regression", words_linear),
    "word2vec-linear": Method("word2vec + linear regression", vectors_linear, "gensim"),
    "word2vec-svr": Method("word2vec + linear SVR", vectors_svr, "gensim"),
    "word2vec-forest": Method("word2vec + random forest", vectors_forest, "gensim"),
    "tfidf-ridge": Method("TF-IDF + ridge regression", tfidf_ridge),
    "tfidf-neighbours": Method("TF-IDF + ridge regression + nearest neighbours", tfidf_neighbours),
    "boosting": Method("gradient boosting", boosting),
}
CONSTANTS = ("random", "mean", "median")
LOG = "-log"
OFFLINE = (*CONSTANTS, *(name + suffix for name in METHODS for suffix in ("", LOG)))


def label_of(name: str) -> str:
    """A baseline's name in words."""
    if name in CONSTANTS:
        return "random price" if name == "random" else f"constant: {name}"
    method = METHODS[name.removesuffix(LOG)].label
    return f"{method}, log price" if name.endswith(LOG) else method


def library_of(name: str) -> str:
    """The package that a baseline needs beside numpy; "" for none."""
    return "" if name in CONSTANTS else METHODS[name.removesuffix(LOG)].library


def better_targets(held: Mapping[str, float]) -> dict[str, str]:
    """For each regression that was run both ways: which target has the lower error on the held-out rows. `held`: errors by name."""
    pairs = ((name, held.get(name), held.get(name + LOG)) for name in METHODS)
    return {name: "log price" if log_error < plain else "price" for name, plain, log_error in pairs if plain and log_error}


def highest_of(prices: Floats) -> float:
    """The end of the range that fitted rows at `prices` come from."""
    return PUBLISHED_PRICE_MAX if prices.max(initial=0.0) <= PUBLISHED_PRICE_MAX else PRICE_MAX


def answer(name: str, inputs: Representations) -> Floats:
    """Prices for the asked rows, USD, kept within the range that the fitted rows come from: a line knows no bounds."""
    count, highest = len(inputs.asked), highest_of(inputs.prices)
    if name == "random":
        return np.random.default_rng(inputs.seed).integers(1, math.floor(highest) + 1, count).astype(np.float64)
    if name in CONSTANTS:
        return np.full(count, np.mean(inputs.prices) if name == "mean" else np.median(inputs.prices))
    regression = METHODS[name.removesuffix(LOG)].regression
    if name.endswith(LOG):
        # Clipped before exp, which would overflow.
        logs = np.clip(regression(inputs, np.log(inputs.prices)), np.log(PRICE_MIN), np.log(highest))
        return np.asarray(np.exp(logs))
    return np.asarray(np.clip(regression(inputs, inputs.prices), PRICE_MIN, highest))
