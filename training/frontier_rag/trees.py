"""Boosted trees for frontier-rag's local estimator: trained by LightGBM, turned into the flat arrays that the service walks."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.trees import Trees

Floats = npt.NDArray[np.float32]
Logs = npt.NDArray[np.float64]
COMMON = {
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.3,
    "min_child_samples": 20,
    "reg_lambda": 5.0,
    "max_depth": 9,
}
PRICE = {"n_estimators": 700, "learning_rate": 0.05, "num_leaves": 63, "objective": "huber", "alpha": 0.5}
QUANTILE = {"n_estimators": 250, "learning_rate": 0.06, "num_leaves": 31, "objective": "quantile"}
SEEDS = 2  # models whose mean is the price


def fit_model(features: Floats, logs: Logs, weights: Logs, seed: int, threads: int, **how: object) -> Any:
    """One boosted model of the log price."""
    import lightgbm

    settings: dict[str, Any] = {
        **COMMON,
        **how,
        "n_jobs": threads,
        "random_state": seed,
        "verbose": -1,
        "deterministic": True,
        "force_row_wise": True,
    }
    return lightgbm.LGBMRegressor(**settings).fit(features, logs, sample_weight=weights).booster_


def fit_all(features: Floats, logs: Logs, weights: Logs, seed: int, threads: int) -> dict[str, list[Any]]:
    """Boosters for the price and for the 10 % and 90 % quantiles; the mean of a list's predictions is the answer."""
    return {
        "price": [fit_model(features, logs, weights, seed + i, threads, **PRICE) for i in range(SEEDS)],
        "low": [fit_model(features, logs, weights, seed, threads, **QUANTILE, alpha=0.1)],
        "high": [fit_model(features, logs, weights, seed, threads, **QUANTILE, alpha=0.9)],
    }


def mean_prediction(boosters: Sequence[Any], features: Floats) -> npt.NDArray[np.float64]:
    """The library's own answer."""
    return np.asarray(np.mean([booster.predict(features) for booster in boosters], axis=0))


def _below(threshold: float) -> np.float32:
    """The largest float32 that is not above the threshold: a float32 feature then goes the same way as in the library."""
    near = np.float32(threshold)
    return np.float32(near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf)))


class _Builder:
    """Collects nodes. A leaf is (0, +inf, itself, itself, value)."""

    def __init__(self) -> None:
        self.nodes: list[list[float]] = []
        self.depth = 0

    def add(self, node: dict[str, Any], share: float, level: int = 0) -> int:
        """Add a node and what is below it; its number."""
        number = len(self.nodes)
        self.depth = max(self.depth, level)
        self.nodes.append([0, np.inf, number, number, 0.0])
        if "leaf_value" in node:
            self.nodes[number][4] = node["leaf_value"] * share
            return number
        if node["decision_type"] != "<=":
            raise ValueError(f"a decision {node['decision_type']!r} is not one that the service walks")
        left = self.add(node["left_child"], share, level + 1)
        right = self.add(node["right_child"], share, level + 1)
        self.nodes[number] = [node["split_feature"], float(_below(node["threshold"])), left, right, 0.0]
        return number


def _roots(boosters: Sequence[Any]) -> Iterator[dict[str, Any]]:
    return (tree["tree_structure"] for booster in boosters for tree in booster.dump_model()["tree_info"])


def pack(boosters: Sequence[Any]) -> Trees:
    """All trees of the boosters as one ensemble whose sum is the boosters' mean."""
    builder = _Builder()
    roots = [builder.add(root, 1 / len(boosters)) for root in _roots(boosters)]
    feature, threshold, left, right, value = zip(*builder.nodes, strict=True)
    return Trees(
        np.array(feature, np.int16),
        np.array(threshold, np.float32),
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(value, np.float32),
        np.array(roots, np.int32),
        builder.depth,
    )
