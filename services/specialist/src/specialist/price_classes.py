"""What a specialist's distribution is over: whole dollars for a language model's own tokens, or finer below and coarser above.

Pure numpy; knows no model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PriceClasses:
    """Class k is `edges`[k] .. `edges`[k + 1] dollars; within it the probability is taken as even. `edges` [classes + 1] ascend."""

    edges: Floats

    @classmethod
    def dollars(cls, count: int = 1000) -> "PriceClasses":
        """Whole dollars 0 .. count - 1: class k stands for k - 0.5 .. k + 0.5."""
        return cls(np.arange(count + 1, dtype=np.float64) - 0.5)

    @classmethod
    def log_spaced(cls, lowest: float, highest: float, count: int) -> "PriceClasses":
        """`count` classes that are all the same factor wide."""
        return cls(np.geomspace(lowest, highest, count + 1, dtype=np.float64))

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "PriceClasses":
        """From meta.json's "classes": {"dollars": count}, or {"lowest", "highest", "count"} of log-spaced ones.

        KeyError names what is missing; ValueError: no such classes can be.
        """
        if "dollars" in found:
            classes = cls.dollars(int(found["dollars"]))
        else:
            classes = cls.log_spaced(float(found["lowest"]), float(found["highest"]), int(found["count"]))
        if not (len(classes) and np.isfinite(classes.edges).all() and (np.diff(classes.edges) > 0).all()):
            raise ValueError("the classes' edges must ascend")
        return classes

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def middles(self) -> Floats:
        """Dollars in the middle of each class."""
        return np.asarray((self.edges[:-1] + self.edges[1:]) / 2)

    def quantile(self, probabilities: Floats, levels: npt.ArrayLike) -> Floats:
        """Dollars [n] below which each row of [n, classes] has the share `levels` (one for all, or [n])."""
        reached = np.cumsum(probabilities, -1)
        wanted = np.broadcast_to(np.asarray(levels, np.float64), reached.shape[:1])[:, None]
        at = np.minimum((reached < wanted).sum(-1), reached.shape[1] - 1)
        rows = np.arange(len(at))
        inside = probabilities[rows, at]
        share = (wanted[:, 0] - (reached[rows, at] - inside)) / np.maximum(inside, 1e-12)
        return np.asarray(self.edges[at] + np.clip(share, 0.0, 1.0) * np.diff(self.edges)[at])

    def level_of(self, probabilities: Floats, dollars: npt.ArrayLike) -> Floats:
        """Share [n] of each row's probability below its price: the inverse of `quantile`."""
        reached = np.concatenate((np.zeros((len(probabilities), 1)), np.cumsum(probabilities, -1)), 1)
        prices = np.clip(np.asarray(dollars, np.float64), self.edges[0], self.edges[-1])
        at = np.clip(np.searchsorted(self.edges, prices, "right") - 1, 0, len(self) - 1)
        rows = np.arange(len(at))
        share = (prices - self.edges[at]) / np.diff(self.edges)[at]
        return np.asarray(reached[rows, at] + share * probabilities[rows, at])


WHOLE_DOLLARS = PriceClasses.dollars()  # 0..999, of the published recipe
