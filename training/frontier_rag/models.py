"""Fits the trees and networks of frontier-rag's local estimator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.local_estimator import Models
from frontier_rag.estimator.trees import Trees
from training.command_line.log import log
from training.frontier_rag.calibration import NETWORK_SHARE, Raw
from training.frontier_rag.networks import fit_network
from training.frontier_rag.trees import fit_all, mean_prediction, pack

Floats = npt.NDArray[np.float32]
Logs = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fitting:
    """`seed` of folds and of samples of rows and columns; `threads` are cores."""

    seed: int
    threads: int


def check(trees: Mapping[str, Trees], boosters: Mapping[str, Any], features: Floats) -> None:
    """The arrays must answer as the library does."""
    for name, ensemble in trees.items():
        strays = np.abs(ensemble.predict(features) - mean_prediction(boosters[name], features)).max()
        if strays > 1e-3:
            raise SystemExit(f"trees {name!r} answer otherwise than LightGBM, by up to {strays:.4f}")


def fit_models(features: Floats, logs: Logs, weights: Logs, how: Fitting) -> Models:
    """Trees and networks, checked against the library that made them."""
    boosters = fit_all(features, logs, weights, how.seed, how.threads)
    log("trees fitted")
    trees = {name: pack(each) for name, each in boosters.items()}
    check(trees, boosters, features[:200])
    return Models(trees, fit_network(features, logs, weights, how.seed))


def unseen(features: Floats, logs: Logs, models: Models) -> Raw:
    """What the models say of rows that they were not fitted on, before calibration."""
    return Raw(*models.answer(features, NETWORK_SHARE), logs)
