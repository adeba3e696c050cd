"""Writes a fitted scikit-learn forest as one ONNX TreeEnsembleRegressor with two outputs: mean log price and mean square.

Written by hand rather than by skl2onnx, which knows no second output: the squares tell the trees' spread in the same pass.
Knows nothing of texts.
"""

import lzma
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

Floats = npt.NDArray[np.float64]
OPSET, ML_OPSET = 17, 3


def thresholds32(values: Floats) -> npt.NDArray[np.float32]:
    """The greatest float32 not above each threshold: a float32 feature then falls on the same side as in scikit-learn."""
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def leaf_moments(tree: Any, leaves: npt.NDArray[np.intp], target: Floats) -> Floats:
    """Mean and mean square of the target over the drawn samples in each node, (nodes, 2); `leaves` is where each draw ends.

    scikit-learn draws by sample weight and then counts every draw alike (older releases weighed them: ValueError).
    """
    count = np.maximum(np.bincount(leaves, minlength=tree.node_count), 1)
    mean, square = (np.bincount(leaves, target**power, tree.node_count) / count for power in (1, 2))
    is_leaf = tree.children_left < 0
    if not np.allclose(mean[is_leaf], tree.value[is_leaf, 0, 0], atol=1e-6):
        raise ValueError("the draws do not explain the leaves: another release of scikit-learn than this export knows")
    return np.stack([tree.value[:, 0, 0], square], axis=1)


def _tree_nodes(tree: Any, number: int) -> dict[str, list[Any]]:
    is_leaf = tree.children_left < 0
    count = tree.node_count
    return {
        "nodes_treeids": [number] * count,
        "nodes_nodeids": list(range(count)),
        "nodes_featureids": np.where(is_leaf, 0, tree.feature).tolist(),
        "nodes_modes": np.where(is_leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_values": np.where(is_leaf, 0, thresholds32(tree.threshold)).tolist(),
        "nodes_truenodeids": np.where(is_leaf, 0, tree.children_left).tolist(),
        "nodes_falsenodeids": np.where(is_leaf, 0, tree.children_right).tolist(),
    }


def _tree_leaves(tree: Any, number: int, moments: Floats) -> dict[str, list[Any]]:
    leaves = np.flatnonzero(tree.children_left < 0)
    return {
        "target_treeids": [number] * (2 * len(leaves)),
        "target_nodeids": np.repeat(leaves, 2).tolist(),
        "target_ids": [0, 1] * len(leaves),
        "target_weights": moments[leaves].ravel().tolist(),
    }


def build_graph(forest: Any, features: npt.NDArray[np.float32], target: Floats) -> onnx.ModelProto:
    """The graph: float (n, width) in, (n, 2) out. `features` and `target` are those that the forest was fitted on."""
    attributes: dict[str, Any] = {}
    for number, (estimator, drawn) in enumerate(zip(forest.estimators_, forest.estimators_samples_, strict=True)):
        tree = estimator.tree_
        leaves = tree.apply(features)
        moments = leaf_moments(tree, leaves[drawn], target[drawn]) / len(forest.estimators_)
        for part in (_tree_nodes(tree, number), _tree_leaves(tree, number, moments)):
            for name, values in part.items():
                attributes.setdefault(name, []).extend(values)
    node = helper.make_node(
        "TreeEnsembleRegressor", ["features"], ["moments"], domain="ai.onnx.ml", n_targets=2, aggregate_function="SUM", **attributes
    )
    graph = helper.make_graph(
        [node],
        "random-forest",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, features.shape[1]])],
        [helper.make_tensor_value_info("moments", TensorProto.FLOAT, [None, 2])],
    )
    versions = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=8)
    onnx.checker.check_model(model)
    return model


def save_packed(model: onnx.ModelProto, path: Path) -> int:
    """Write the graph xz-packed; the size on disk in bytes."""
    path.write_bytes(lzma.compress(model.SerializeToString(), preset=9))
    return path.stat().st_size
