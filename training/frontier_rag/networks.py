"""Small networks for frontier-rag's local estimator: fitted by scikit-learn, as the arrays that the service answers from."""

from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.network import REACH, Network

Floats = npt.NDArray[np.float32]
COUNT = 3  # networks whose mean is the answer
HIDDEN, PENALTY, EPOCHS, RATE, BATCH = (128, 48), 3.0, 8, 1e-3, 256


def fit_network(features: Floats, logs: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], seed: int) -> Network:
    """Networks of the log price."""
    centre, scale = features.mean(0), features.std(0) + np.float32(1e-6)
    standard = np.clip((features - centre) / scale, -REACH, REACH)
    models = [_fit_one(standard, logs - logs.mean(), weights, seed + i) for i in range(COUNT)]
    layers = [np.stack([model.coefs_[i] for model in models]).astype(np.float32) for i in range(3)]
    biases = [np.stack([model.intercepts_[i][None] for model in models]).astype(np.float32) for i in range(3)]
    biases[2] = biases[2] + np.float32(logs.mean())
    return Network(centre, scale, layers[0], biases[0], layers[1], biases[1], layers[2], biases[2])


def _fit_one(features: Floats, target: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], seed: int) -> Any:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    model = MLPRegressor(
        hidden_layer_sizes=HIDDEN,
        alpha=PENALTY,
        max_iter=EPOCHS,
        learning_rate_init=RATE,
        batch_size=min(BATCH, len(target)),
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it stops early on purpose
        return model.fit(features, target, sample_weight=weights)
