"""The exported forest answers as scikit-learn's does, and tells the spread of its trees."""

from pathlib import Path

import numpy as np
import pytest

sklearn_ensemble = pytest.importorskip("sklearn.ensemble", reason="needs scikit-learn (make training)")
pytest.importorskip("onnx", reason="needs onnx (make training)")


def test_a_small_forest_survives_the_export(tmp_path: Path) -> None:
    from random_forest.onnx_forest import load_forest
    from training.random_forest.export import build_graph, save_packed

    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 6)).astype(np.float32)
    target = features[:, 0] * 2 + np.abs(features[:, 1]) + rng.normal(0, 0.3, 400)
    weight = rng.uniform(0.2, 3.0, 400)
    forest = sklearn_ensemble.RandomForestRegressor(20, min_samples_leaf=3, random_state=1).fit(features, target, weight)
    save_packed(build_graph(forest, features, target), tmp_path / "forest.onnx.xz")
    asked = np.concatenate([features, rng.normal(size=(2000, 6)).astype(np.float32)])
    mean, spread = load_forest(tmp_path / "forest.onnx.xz").predict(asked)
    assert mean == pytest.approx(forest.predict(asked), abs=1e-4)
    between = np.std([tree.predict(asked) for tree in forest.estimators_], axis=0)
    assert (spread > between - 1e-3).all()  # the leaves' own variance comes on top


def test_a_feature_on_the_threshold_goes_left_as_in_scikit_learn() -> None:
    from training.random_forest.export import thresholds32

    values = np.array([0.1, 1 / 3, 1.0, -0.7])
    rounded = thresholds32(values)
    assert (rounded.astype(np.float64) <= values).all()
    assert (np.nextafter(rounded, np.float32(np.inf)).astype(np.float64) > values).all()


def test_the_benchmarks_scikit_learn_forest_walks_the_exported_trees() -> None:
    from bench.forest_peers import scikit_forest
    from training.random_forest.export import build_graph

    rng = np.random.default_rng(4)
    features = rng.normal(size=(300, 5)).astype(np.float32)
    target = features[:, 0] - features[:, 2] + rng.normal(0, 0.2, 300)
    forest = sklearn_ensemble.RandomForestRegressor(7, max_leaf_nodes=20, random_state=1).fit(features, target)
    again = scikit_forest(build_graph(forest, features, target).SerializeToString())
    assert again.predict(features) == pytest.approx(forest.predict(features), abs=1e-5)
    assert [tree.tree_.n_leaves for tree in again.estimators_] == [tree.tree_.n_leaves for tree in forest.estimators_]
