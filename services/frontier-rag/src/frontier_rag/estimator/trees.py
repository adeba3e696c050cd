"""Ensembles of regression trees as flat arrays, walked by numpy: inert on disk, no library needed to answer.

Knows nothing of what the features mean.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CHUNK = 64  # rows walked at a time: their node numbers stay in the cache


@dataclass(frozen=True)
class Trees:
    """Nodes of all trees in one row. A leaf points at itself, so that walking `depth` steps ends in one.

    feature int16, threshold float32, left and right int32, value float32: [nodes]; roots int32: [trees].
    A row goes left where x[feature] <= threshold. The sum of the leaves' values is the answer.
    """

    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    roots: npt.NDArray[np.int32]
    depth: int

    def predict(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Float64 [n] from float32 [n, features]."""
        parts = [self._walk(features[start : start + CHUNK]) for start in range(0, len(features), CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _walk(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        rows = np.arange(len(features))[:, None]
        nodes = np.broadcast_to(self.roots, (len(features), len(self.roots)))
        for _ in range(self.depth):
            goes_left = features[rows, self.feature[nodes]] <= self.threshold[nodes]
            nodes = np.where(goes_left, self.left[nodes], self.right[nodes])
        return np.asarray(self.value[nodes].sum(1, dtype=np.float64))
