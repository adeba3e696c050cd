"""The nearest products of each row, never itself or its near-duplicates, and what the estimator sees of a row."""

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.local_estimator import DEPTH, build_features, neighbour_features
from training.frontier_rag.parts import Part

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
CHUNK = 500  # rows whose similarities to all others are held at a time


def nearest(asked: Part, base: Part, apart: str = "") -> tuple[Floats, Positions]:
    """Similarities and positions in `base` [n, DEPTH], exact. `apart`: "group" leaves out a row's group, "self" only itself."""
    similarities, positions = [], []
    for start in range(0, len(asked.texts), CHUNK):
        part = slice(start, start + CHUNK)
        cosines = asked.vectors[part] @ base.vectors.T
        if apart == "group":
            cosines[asked.groups[part, None] == base.groups[None, :]] = -2.0
        elif apart == "self":
            cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2.0
        best = np.argpartition(-cosines, DEPTH, axis=1)[:, :DEPTH]
        found = np.take_along_axis(cosines, best, 1)
        order = np.argsort(-found, axis=1)
        similarities.append(np.take_along_axis(found, order, 1))
        positions.append(np.take_along_axis(best, order, 1))
    return np.concatenate(similarities), np.concatenate(positions)


def features_of(asked: Part, base: Part, words: Floats, apart: str = "") -> Floats:
    """What the trees see of the rows of `asked`."""
    similarities, positions = nearest(asked, base, apart)
    logs = base.logs[positions].astype(np.float32)
    return build_features(neighbour_features(similarities, logs), words, asked.vectors, asked.texts)
