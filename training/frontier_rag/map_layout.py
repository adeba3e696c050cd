"""Lays the products' vectors out in two or three dimensions by t-SNE, and judges how faithful such a map is.

Needs scikit-learn. Knows nothing of how maps are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NEAR = 10  # neighbours by which a map is judged
_BLOCK = 1_000  # rows whose distances are there at a time: 80 MB for 10,000 products


@dataclass(frozen=True)
class Layout:
    """`points` products drawn at random; `perplexity`: about how many neighbours a product is to keep."""

    points: int
    perplexity: float
    seed: int


def sample_of(count: int, wanted: int, seed: int) -> npt.NDArray[np.int64]:
    """Positions of `wanted` of `count` products (all where there are fewer), ascending, drawn without replacement."""
    drawn = np.random.default_rng(seed).choice(count, min(wanted, count), replace=False)
    return np.sort(drawn)


def lay_out(vectors: npt.NDArray[np.float32], dimensions: int, layout: Layout) -> Floats:
    """t-SNE positions [n, dimensions], from the main components onwards. On one thread: the order of sums is then the same."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(layout.perplexity, (len(vectors) - 1) / 3)
    model = TSNE(dimensions, perplexity=perplexity, init="pca", random_state=layout.seed, n_jobs=1)
    with threadpool_limits(1):
        return np.asarray(model.fit_transform(vectors), np.float64)


def nearest_rows(positions: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    """The `count` nearest other rows of each row [n, count], by Euclidean distance; for unit vectors that is by cosine."""
    squares = (positions**2).sum(1)
    found = []
    for start in range(0, len(positions), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(positions)))
        distances = squares[rows, None] - 2 * positions[rows] @ positions.T + squares
        distances[rows - start, rows] = np.inf
        found.append(np.argpartition(distances, count, axis=1)[:, :count])
    return np.concatenate(found)


def judge(vectors: npt.NDArray[np.float32], positions: Floats, categories: Sequence[str]) -> dict[str, float]:
    """Of each product's NEAR nearest on the map: the share that are also among its nearest by vector, and of its category."""
    count = min(NEAR, len(vectors) - 1)
    shown, true = nearest_rows(positions, count), nearest_rows(vectors.astype(np.float64), count)
    names = np.array(categories)
    kept = float(np.mean([len(np.intersect1d(a, b)) / count for a, b in zip(shown, true, strict=True)]))
    return {
        "kept_neighbours": round(kept, 3),
        "same_category": round(float((names[shown] == names[:, None]).mean()), 3),
        "same_category_by_vector": round(float((names[true] == names[:, None]).mean()), 3),
    }
