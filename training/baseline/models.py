"""The fitted baselines: constants and random prices, linear models, a random forest and boosted trees over text and features.

Each regression exists in plain dollars, as the published baselines have it, and (`-log`) in the logarithm of the price. Knows
nothing of how answers are judged. scikit-learn and gensim come with the extra `baselines`.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.baseline.features import least_squares, predict_linear
from training.baseline.representations import Material
from training.data.rows import PRICE_MAX, PRICE_MIN

Floats = npt.NDArray[np.float64]
Regression = Callable[[Material, Floats], Floats]  # values of the fitted rows -> what is predicted for the asked rows

TREES, FEATURE_SHARE = 100, 1 / 3  # all features at every split would take three times as long
SVR_PENALTY, SVR_PASSES = 1.0, 2_000
RIDGE_PENALTY = 1.0
BOOSTING = {"max_iter": 600, "learning_rate": 0.05, "max_leaf_nodes": 31}


def features_linear(material: Material, values: Floats) -> Floats:
    """Linear regression on the engineered features."""
    inputs = material.engineered
    return predict_linear(inputs.asked, least_squares(inputs.fit, values, material.weights))


def words_linear(material: Material, values: Floats) -> Floats:
    """Linear regression on word counts."""
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(material.counts.fit, values, sample_weight=material.weights)
    return np.asarray(model.predict(material.counts.asked))


def tfidf_ridge(material: Material, values: Floats) -> Floats:
    """Ridge regression on TF-IDF of words and pairs of words."""
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=RIDGE_PENALTY).fit(material.tfidf.fit, values, sample_weight=material.weights)
    return np.asarray(model.predict(material.tfidf.asked), np.float64)


def vectors_linear(material: Material, values: Floats) -> Floats:
    """Linear regression on mean word vectors."""
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(material.vectors.fit, values, sample_weight=material.weights)
    return np.asarray(model.predict(material.vectors.asked), np.float64)


def vectors_svr(material: Material, values: Floats) -> Floats:
    """Linear support vector regression on mean word vectors, each dimension scaled to the same spread."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVR

    scaler = StandardScaler().fit(material.vectors.fit)
    fit, asked = (np.asarray(scaler.transform(part), np.float64) for part in (material.vectors.fit, material.vectors.asked))
    model = LinearSVR(C=SVR_PENALTY, dual=True, max_iter=SVR_PASSES, random_state=material.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # ten times the passes gain nothing (dollars) or 1 % (log)
        model.fit(fit, values, sample_weight=material.weights)
    return np.asarray(model.predict(asked))


def vectors_forest(material: Material, values: Floats) -> Floats:
    """Random forest on mean word vectors."""
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(TREES, max_features=FEATURE_SHARE, n_jobs=material.threads, random_state=material.seed)
    model.fit(material.vectors.fit, values, sample_weight=material.weights)
    return np.asarray(model.predict(material.vectors.asked))


def boosting(material: Material, values: Floats) -> Floats:
    """Histogram gradient boosting on TF-IDF components and engineered features."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(**BOOSTING, random_state=material.seed)
    model.fit(material.components.fit, values, sample_weight=material.weights)
    return np.asarray(model.predict(material.components.asked))


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


def answer(name: str, material: Material) -> Floats:
    """Prices for the asked rows, USD. They are kept within the range that all rows have: a line knows no bounds."""
    count = len(material.asked)
    if name == "random":
        return np.random.default_rng(material.seed).integers(1, 1000, count).astype(np.float64)
    if name in CONSTANTS:
        return np.full(count, np.mean(material.prices) if name == "mean" else np.median(material.prices))
    regression = METHODS[name.removesuffix(LOG)].regression
    if name.endswith(LOG):
        # Clipped before exp, which would overflow.
        logs = np.clip(regression(material, np.log(material.prices)), np.log(PRICE_MIN), np.log(PRICE_MAX))
        return np.asarray(np.exp(logs))
    return np.asarray(np.clip(regression(material, material.prices), PRICE_MIN, PRICE_MAX))
