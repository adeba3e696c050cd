"""Vectors in 8 bits, each with its scale: a quarter of the room at a cosine above 0.999 to the original."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def quantise(vectors: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Int8 [n, d] and scales [n]: each vector's largest component becomes 127."""
    scales = np.maximum(np.abs(vectors).max(1), 1e-9).astype(np.float32) / np.float32(127)
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales


def restore(quantised: npt.NDArray[np.int8], scales: Floats) -> Floats:
    """Unit vectors, float32 [n, d]."""
    vectors = quantised.astype(np.float32) * scales[:, None]
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
