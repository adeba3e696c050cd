"""The trained forest, run by ONNX Runtime. The graph's output 0 is the mean of the leaves' log prices, output 1 of their squares.

The one module here that knows ONNX Runtime. The file is xz-packed: a tree's node lists repeat themselves and shrink fivefold.
"""

import lzma
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from common.errors import ArtifactError
from common.models.memory import trim_memory

Floats = npt.NDArray[np.float32]


class OnnxForest:
    """Predicts log prices and their spread for rows of features."""

    def __init__(self, graph: bytes, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        """Mean log price and its standard deviation over the leaves that each row falls into, both (n,)."""
        (moments,) = self._session.run(None, {self._input: features})
        mean, square = moments[:, 0], moments[:, 1]
        return mean, np.sqrt(np.maximum(square - mean * mean, 0))


def load_forest(path: Path, threads: int = 1) -> OnnxForest:
    """Read forest.onnx.xz; ArtifactError when it holds something else."""
    try:
        forest = OnnxForest(lzma.decompress(path.read_bytes()), threads)
    except (OSError, lzma.LZMAError, RuntimeError) as exc:
        raise ArtifactError(f"{path} holds no forest: {exc}") from exc
    trim_memory()  # parsing the graph took 130 MB, which glibc would keep for the life of the process
    return forest
