"""Boosters become the arrays that the service walks, with the library's own decisions at the thresholds."""

from typing import Any

import numpy as np
import pytest

from training.frontier_rag.trees import pack


def leaf(value: float) -> dict[str, Any]:
    return {"leaf_value": value}


def split(feature: int, threshold: float, left: dict[str, Any], right: dict[str, Any], kind: str = "<=") -> dict[str, Any]:
    return {"split_feature": feature, "threshold": threshold, "decision_type": kind, "left_child": left, "right_child": right}


class Booster:
    """As much of LightGBM's as is asked for."""

    def __init__(self, *trees: dict[str, Any]) -> None:
        self.trees = trees

    def dump_model(self) -> dict[str, Any]:
        return {"tree_info": [{"tree_structure": tree} for tree in self.trees]}


def test_the_answer_is_the_mean_of_the_boosters_each_the_sum_of_its_trees() -> None:
    one = Booster(split(0, 1.5, leaf(10), split(1, 0.5, leaf(20), leaf(30))), leaf(1))
    two = Booster(leaf(100))
    trees = pack([one, two])
    rows = np.array([[1, 0], [2, 0], [2, 1]], np.float32)
    assert trees.predict(rows).tolist() == [(11 + 100) / 2, (21 + 100) / 2, (31 + 100) / 2]
    assert trees.depth == 2


@pytest.mark.parametrize("threshold", [0.1, 0.3, 1 / 3, 1e-7, 16777217.0])
def test_a_value_at_the_threshold_goes_the_way_it_goes_in_double_precision(threshold: float) -> None:
    trees = pack([Booster(split(0, threshold, leaf(0), leaf(1)))])
    near = np.float32(threshold)
    values = np.array([np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))], np.float32)
    expected = [0.0 if float(value) <= threshold else 1.0 for value in values]
    assert trees.predict(values[:, None]).tolist() == expected


def test_a_decision_that_the_service_does_not_walk_is_refused() -> None:
    with pytest.raises(ValueError, match="=="):
        pack([Booster(split(0, 1, leaf(0), leaf(1), kind="=="))])


def test_real_boosters_answer_alike() -> None:
    pytest.importorskip("lightgbm", reason="needs lightgbm (make training)")
    from training.frontier_rag.trees import PRICE, fit_model, mean_prediction

    rng = np.random.default_rng(1)
    features = rng.normal(size=(400, 6)).astype(np.float32)
    logs = 3 + features[:, 0] - np.abs(features[:, 1]).astype(np.float64)
    boosters = [fit_model(features, logs, np.ones(400), seed, 1, **{**PRICE, "n_estimators": 30}) for seed in (1, 2)]
    assert pack(boosters).predict(features) == pytest.approx(mean_prediction(boosters, features), abs=1e-4)
