"""The fitted forest is what the service will run, or nothing is made."""

from typing import cast

import numpy as np
import pytest

from random_forest.onnx_forest import OnnxForest

pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")

from training.random_forest.forest import ForestShape, check_parity, fit_forest
from training.random_forest.samples import Fitted

SHAPE = ForestShape(trees=5, max_features=1.0, min_leaf=2, max_leaves=8, jobs=1, seed=1)
FEATURES = np.random.default_rng(3).normal(size=(200, 4)).astype(np.float32)


def fitted() -> Fitted:
    prices = np.where(FEATURES[:, 0] > 0, 200.0, 20.0)
    return Fitted([], [], prices, np.zeros(200, np.int64), np.ones(200), np.ones(200))


class Served:
    """What the service would run: the same forest, off by a factor."""

    def __init__(self, forest: object, factor: float) -> None:
        self.forest, self.factor = forest, factor

    def predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        said = np.asarray(self.forest.predict(features)) + np.log(self.factor)  # type: ignore[attr-defined]
        return said, np.zeros(len(said))


def test_the_forest_has_the_shape_that_was_asked_for_and_learns_log_prices() -> None:
    forest = fit_forest(FEATURES, fitted(), SHAPE)
    assert len(forest.estimators_) == 5
    assert max(tree.get_n_leaves() for tree in forest.estimators_) <= 8
    assert np.exp(forest.predict(FEATURES)) == pytest.approx(fitted().prices, rel=0.2)


def test_the_greatest_difference_is_told_and_too_great_a_one_ends_the_run() -> None:
    forest = fit_forest(FEATURES, fitted(), SHAPE)
    near = check_parity(forest, cast(OnnxForest, Served(forest, 1.00005)), FEATURES)
    assert near == pytest.approx(5e-5, rel=0.01)
    with pytest.raises(SystemExit, match="differs from scikit-learn's"):
        check_parity(forest, cast(OnnxForest, Served(forest, 1.001)), FEATURES)
