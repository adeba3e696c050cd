"""Fits the trees and networks of frontier-rag's local estimator, and asks them for rows that they have not seen."""

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
from training.frontier_rag.parts import Part
from training.frontier_rag.trees import fit_all, mean_prediction, pack

Floats = npt.NDArray[np.float32]
FOLDS = 4


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


def fit_models(features: Floats, logs: npt.NDArray[np.float64], how: Fitting) -> Models:
    """Trees and networks, checked against the library that made them."""
    boosters = fit_all(features, logs, how.seed, how.threads)
    trees = {name: pack(each) for name, each in boosters.items()}
    check(trees, boosters, features[:200])
    return Models(trees, fit_network(features, logs, how.seed))


def unseen(fit: Part, features: Floats, how: Fitting) -> Raw:
    """What models say of the fitting rows that saw nothing of their groups, fold by fold."""
    folds = np.random.default_rng(how.seed).integers(0, FOLDS, fit.groups.max() + 1)[fit.groups]
    answers = np.empty((3, len(fit.rows)))
    for fold in range(FOLDS):
        out = folds == fold
        models = fit_models(features[~out], fit.logs[~out], how)
        answers[:, out] = models.answer(features[out], NETWORK_SHARE)
        log(f"fold {fold + 1} of {FOLDS} answered")
    return Raw(answers[0], answers[1], answers[2], fit.logs)
