"""What the products that the estimator was fitted on cost, found by the words of their texts, of which only hashes are kept.

Far more products than the store holds, since most have no text that may be passed on. Knows nothing of stores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.names.lexical_index import LexicalIndex
from frontier_rag.products import Neighbour

COUNT = 24  # products looked at
POWERS = ((2.0, 24), (4.0, 8), (8.0, 24))  # of the similarity as a weight, and products
LIKE = (0.4, 0.6, 0.8)  # similarities past which products are counted
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class KnownProducts:
    """The index and log(1 + price), float32 [size], of its products; `usual` stands where nothing shares a word with a text."""

    index: LexicalIndex
    logs: Floats
    usual: float

    def nearest(self, texts: Sequence[str], found: Sequence[Sequence[Neighbour]] = ()) -> tuple[Floats, Floats]:
        """Similarities and log prices [n, COUNT], best first; `found`: of each text products that somebody indexed himself, too."""
        similarities, positions = self.index.nearest(texts, COUNT)
        logs = self.priced(positions)
        own = [_own(near) for near in found]
        return with_own(similarities, logs, own) if any(map(len, own)) else (similarities, logs)

    def priced(self, positions: npt.NDArray[Any]) -> Floats:
        """Log prices at `positions`; where there is none (-1), the usual one."""
        return np.where(positions < 0, np.float32(self.usual), self.logs[positions])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Named arrays for an .npz file."""
        arrays = {f"known_{name}": array for name, array in self.index.arrays().items()}
        return arrays | {"known_prices": np.expm1(self.logs).astype(np.float32), "known_usual": np.array(self.usual)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "KnownProducts":
        """The inverse of `arrays`."""
        index = {name.removeprefix("known_"): array for name, array in arrays.items() if name.startswith("known_")}
        return cls(LexicalIndex.from_arrays(index), np.log1p(arrays["known_prices"]), float(arrays["known_usual"]))


def _own(near: Sequence[Neighbour]) -> list[tuple[float, float]]:
    """Similarity of words and log price of what a person has indexed: products of which the estimator's own index cannot know."""
    return [(each.lexical, float(np.log1p(each.product.price))) for each in near if each.product.source == "user" and each.lexical]


def with_own(similarities: Floats, logs: Floats, own: Sequence[Sequence[tuple[float, float]]]) -> tuple[Floats, Floats]:
    """Both with a row's own products put in their places."""
    similarities, logs = similarities.copy(), logs.copy()
    for row, pairs in enumerate(own):
        together = np.concatenate((np.column_stack((similarities[row], logs[row])), np.array(pairs, np.float32).reshape(-1, 2)))
        kept = together[np.argsort(-together[:, 0], kind="stable")[:COUNT]]
        similarities[row], logs[row] = kept.T
    return similarities, logs


def known_features(similarities: Floats, logs: Floats) -> Floats:
    """Statistics of the log prices of the products that are near by words, from similarities and log prices [n, COUNT]."""
    columns: list[npt.NDArray[Any]] = []
    for power, count in POWERS:
        near, weights = logs[:, :count], similarities[:, :count] ** power + 1e-9
        weights = weights / weights.sum(1, keepdims=True)
        mean = (weights * near).sum(1)
        columns += [mean, np.sqrt((weights * (near - mean[:, None]) ** 2).sum(1))]
    columns += [logs[:, :8].min(1), logs[:, :8].max(1), np.median(logs[:, :10], axis=1)]
    columns += [(similarities > limit).sum(1) for limit in LIKE]
    return np.column_stack([*columns, logs[:, :6], similarities[:, [0, 1, 2, 3, 5, 8, 15, 23]]]).astype(np.float32)
