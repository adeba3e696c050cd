"""Fits the random forest with scikit-learn, and holds what the service runs against it. Knows nothing of texts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestRegressor

from random_forest.onnx_forest import OnnxForest
from training.random_forest.samples import Fitted

Inputs = npt.NDArray[np.float32]
GREATEST_DIFFERENCE = 1e-4  # of a price, relative


@dataclass(frozen=True)
class ForestShape:
    """How many trees grow and how large; `max_features`: share of the features tried at a split; `jobs`: processes."""

    trees: int
    max_features: float
    min_leaf: int
    max_leaves: int
    jobs: int
    seed: int


def fit_forest(features: Inputs, fitted: Fitted, shape: ForestShape) -> RandomForestRegressor:
    """A random forest on log price; leaves are bounded so that the file stays small."""
    forest = RandomForestRegressor(
        n_estimators=shape.trees,
        max_features=shape.max_features,
        min_samples_leaf=shape.min_leaf,
        max_leaf_nodes=shape.max_leaves,
        n_jobs=shape.jobs,
        random_state=shape.seed,
    )
    return forest.fit(features, np.log(fitted.prices), sample_weight=fitted.weights)


def check_parity(forest: RandomForestRegressor, served: OnnxForest, features: Inputs) -> float:
    """The greatest relative difference in price between scikit-learn and what the service runs.

    SystemExit where it is above GREATEST_DIFFERENCE.
    """
    difference = float(np.abs(np.expm1(served.predict(features)[0] - forest.predict(features))).max())
    if difference > GREATEST_DIFFERENCE:
        raise SystemExit(f"the exported forest differs from scikit-learn's by {difference:.2e}")
    return difference
