"""The delivered forest in other runtimes, one request at a time: `python -m bench.forest_peers`, or through bench.forest.

scikit-learn's trees are put together again from the delivered graph, so that all of them walk the same nodes; LightGBM cannot take
them over and gets a forest of its own of the same number of trees and leaves, fitted on what ours says of made-up rows.
"""

import argparse
import json
import lzma
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.forest import spread_of, timed
from common.settings import artifacts_dir
from random_forest.features import TextFeatures, load_tables
from random_forest.onnx_forest import OnnxForest, load_forest

Inputs = npt.NDArray[np.float32]
Predict = Callable[[Inputs], object]
NEEDED = ("sklearn", "onnx")
MADE_UP_ROWS = 12_000


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, help="JSON list of descriptions (default: one short description)")
    parser.add_argument("--requests", type=int, default=200, help="of each runtime (default: %(default)s)")
    arguments = parser.parse_args()
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} not installed (make training, or --peer-python)")
    described = json.loads(arguments.texts.read_text(encoding="utf-8")) if arguments.texts else ["a lamp"]
    print(json.dumps(measure(described, arguments.requests)))


def measure(described: list[str], requests: int) -> dict[str, Any]:
    """Times of one request by runtime, taken in turn so that what disturbs one disturbs all."""
    folder = artifacts_dir() / "random-forest"
    ours = load_forest(folder / "forest.onnx.xz")
    rows = TextFeatures(load_tables(folder / "features.npz")).matrix(described)
    forest = scikit_forest(lzma.decompress((folder / "forest.onnx.xz").read_bytes()))
    told = float(np.abs(np.expm1(ours.predict(rows)[0] - forest.predict(rows))).max())
    runtimes: dict[str, Predict] = {"ours": ours.predict, **_scikit(forest), **_treelite(forest), **_lightgbm(forest, ours, rows)}
    seconds: dict[str, list[float]] = {name: [] for name in runtimes}
    for number in range(requests + 1):
        row = rows[number % len(rows)][None]
        for name, predict in runtimes.items():
            seconds[name].append(timed(lambda: predict(row)))  # noqa: B023 - called at once
    figures: dict[str, Any] = {name: spread_of(each[1:]) for name, each in seconds.items()}  # the first call sets up
    for name in ("treelite", "lightgbm"):
        if name not in figures:
            figures[name] = {"skipped": f"{name} is not installed"}
    return {"per request": figures, "difference": told, "cores": os.cpu_count(), "trees": len(forest.estimators_)}


def scikit_forest(graph: bytes) -> Any:
    """A scikit-learn RandomForestRegressor with the trees of the graph."""
    import onnx
    from sklearn.ensemble import RandomForestRegressor

    node = onnx.load_model_from_string(graph).graph.node[0]
    said = {each.name: np.array(onnx.helper.get_attribute_value(each)) for each in node.attribute}
    width = onnx.load_model_from_string(graph).graph.input[0].type.tensor_type.shape.dim[1].dim_value
    trees = np.unique(said["nodes_treeids"])
    # Fitted on next to nothing, for everything that a fitted forest has beside its trees.
    blank = RandomForestRegressor(len(trees), max_depth=1).fit(np.arange(4 * width).reshape(4, width), np.arange(4.0))
    for estimator, number in zip(blank.estimators_, trees, strict=True):
        estimator.tree_ = _tree(said, int(number), width, estimator.tree_)
        estimator.tree_.n_node_samples  # noqa: B018 - fails here rather than in predict() where the state was not taken
    return blank


def _tree(said: dict[str, npt.NDArray[Any]], number: int, width: int, like: Any) -> Any:
    """One tree of the graph. A leaf's first weight is its share in the forest's mean, so it is multiplied by the trees again."""
    here = said["nodes_treeids"] == number
    is_leaf = said["nodes_modes"][here] == b"LEAF"
    nodes = np.zeros(int(here.sum()), like.__getstate__()["nodes"].dtype)
    nodes["left_child"] = np.where(is_leaf, -1, said["nodes_truenodeids"][here])
    nodes["right_child"] = np.where(is_leaf, -1, said["nodes_falsenodeids"][here])
    nodes["feature"] = np.where(is_leaf, -2, said["nodes_featureids"][here])
    nodes["threshold"] = np.where(is_leaf, -2.0, said["nodes_values"][here])
    nodes["n_node_samples"] = nodes["weighted_n_node_samples"] = 1
    values = np.zeros((len(nodes), 1, 1))
    mine = (said["target_treeids"] == number) & (said["target_ids"] == 0)
    values[said["target_nodeids"][mine], 0, 0] = said["target_weights"][mine] * (said["nodes_treeids"].max() + 1)
    tree = type(like)(width, np.array([1], np.intp), 1)
    tree.__setstate__({"max_depth": _depth(nodes), "node_count": len(nodes), "nodes": nodes, "values": values})
    return tree


def _depth(nodes: npt.NDArray[Any]) -> int:
    level, depth = [0], 0
    while True:
        level = [int(child) for node in level for child in (nodes["left_child"][node], nodes["right_child"][node]) if child >= 0]
        if not level:
            return depth
        depth += 1


def _scikit(forest: Any) -> dict[str, Predict]:
    def with_jobs(jobs: int) -> Predict:
        def predict(row: Inputs) -> object:
            forest.n_jobs = jobs
            return forest.predict(row)

        return predict

    return {"scikit-learn n_jobs=-1": with_jobs(-1), "scikit-learn n_jobs=1": with_jobs(1)}


def _treelite(forest: Any) -> dict[str, Predict]:
    if find_spec("treelite") is None:
        return {}
    import treelite

    model = treelite.sklearn.import_model(forest)
    return {"treelite": lambda row: treelite.gtil.predict(model, row, nthread=1)}


def _lightgbm(forest: Any, ours: OnnxForest, rows: Inputs) -> dict[str, Predict]:
    if find_spec("lightgbm") is None:
        return {}
    import lightgbm

    rng = np.random.default_rng(0)
    made_up = rows[rng.integers(0, len(rows), MADE_UP_ROWS)] + rng.normal(0, rows.std(axis=0) / 2, (MADE_UP_ROWS, rows.shape[1]))
    leaves = int(np.median([tree.tree_.n_leaves for tree in forest.estimators_]))
    chosen = {"boosting": "rf", "num_leaves": leaves, "min_data_in_leaf": 2, "bagging_fraction": 0.63, "bagging_freq": 1}
    chosen |= {"feature_fraction": 0.1, "max_bin": 31, "num_threads": 2, "verbose": -1}
    data = lightgbm.Dataset(made_up, ours.predict(made_up.astype(np.float32))[0])
    booster = lightgbm.train(chosen, data, num_boost_round=len(forest.estimators_))
    return {"lightgbm": lambda row: booster.predict(row, num_threads=1)}


if __name__ == "__main__":
    main()
