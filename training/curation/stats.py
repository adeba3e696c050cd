"""What a curation counted: rows, drops by rule, categories, histograms and a sample of points; counted per chunk, then merged.

Everything is an integer count or a bottom-k sample, so that merging is exact and the order of chunks plays no part.
Knows nothing of how charts are drawn or of where the rows came from.
"""

import heapq
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

POINTS = 2_000  # what a scatter chart can show


@dataclass
class Histogram:
    """Counts of values in bins of equal width from `low`; the first and the last bin also take what lies beyond."""

    low: float
    width: float
    counts: list[int]

    @classmethod
    def empty(cls, low: float, width: float, bins: int) -> Self:
        """A histogram of `bins` bins without a value."""
        return cls(low, width, [0] * bins)

    @property
    def total(self) -> int:
        """How many values were counted."""
        return sum(self.counts)

    @property
    def edges(self) -> list[float]:
        """Lower edges of the bins, and the upper edge of the last: one more than there are bins."""
        return [self.low + self.width * i for i in range(len(self.counts) + 1)]

    def add(self, value: float, times: int = 1) -> None:
        """Count one value (or `times` of it)."""
        position = int((value - self.low) // self.width)
        self.counts[min(max(position, 0), len(self.counts) - 1)] += times

    def add_all(self, values: npt.NDArray[np.int32] | npt.NDArray[np.float64]) -> None:
        """Count every value of an array."""
        positions = np.clip((values - self.low) // self.width, 0, len(self.counts) - 1).astype(np.int64)
        self.counts = (np.array(self.counts) + np.bincount(positions, minlength=len(self.counts))).tolist()

    def merge(self, other: "Histogram") -> None:
        """Add another's counts. ValueError when the bins differ."""
        if (self.low, self.width, len(self.counts)) != (other.low, other.width, len(other.counts)):
            raise ValueError("histograms of different bins cannot be merged")
        self.counts = [a + b for a, b in zip(self.counts, other.counts, strict=True)]


def _characters() -> Histogram:
    return Histogram.empty(0, 50, 100)  # of description + features + details; the last bin is 4,950 and more


def _tokens() -> Histogram:
    return Histogram.empty(0, 1, 400)  # of title + contents, one a bin: limits are told exactly; the last bin is 399 and more


def _dollars() -> Histogram:
    return Histogram.empty(-0.5, 1, 10_000)  # bin n holds the prices that round to n dollars; the last is 9,999 and more


@dataclass
class CurationStats:
    """Counts of a whole run or of one chunk.

    `dropped`: rows by the rule that dropped them, bad lines included, in the order of the rules. `rows` = sum of `dropped`
    + `kept`; `sampled` are those that the sample took, and `splits` says where they went. What ends in "_read" counts
    rows with a usable price before the rules of length (tokens: of those with enough characters, cut at 8 x the limit).
    `points`: (rank, price in USD, characters of contents) of kept rows, those of the smallest random ranks.
    """

    rows: int = 0
    kept: int = 0
    sampled: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    splits: dict[str, int] = field(default_factory=dict)
    categories_read: dict[str, int] = field(default_factory=dict)
    categories_kept: dict[str, int] = field(default_factory=dict)
    categories_sampled: dict[str, int] = field(default_factory=dict)
    characters_read: Histogram = field(default_factory=_characters)
    characters_kept: Histogram = field(default_factory=_characters)
    tokens_read: Histogram = field(default_factory=_tokens)
    tokens_kept: Histogram = field(default_factory=_tokens)
    prices_kept: Histogram = field(default_factory=_dollars)
    prices_sampled: Histogram = field(default_factory=_dollars)
    points: list[tuple[int, float, int]] = field(default_factory=list)

    def drop(self, rule: str, times: int = 1) -> None:
        """Count rows that a rule dropped."""
        self.dropped[rule] = self.dropped.get(rule, 0) + times

    def add_points(self, points: list[tuple[int, float, int]]) -> None:
        """Offer (rank, price, characters); those of the smallest ranks stay."""
        self.points = heapq.nsmallest(POINTS, [*self.points, *points])

    def merge(self, other: "CurationStats") -> None:
        """Add the counts of another part of the same run."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, Histogram):
                mine.merge(theirs)
            elif isinstance(mine, dict):
                for key, count in theirs.items():
                    mine[key] = mine.get(key, 0) + count
            elif each.name == "points":
                self.add_points(theirs)
            else:
                setattr(self, each.name, mine + theirs)

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """The inverse of to_json."""
        stats = cls()
        for each in fields(cls):
            value = found[each.name]
            if isinstance(getattr(stats, each.name), Histogram):
                value = Histogram(**value)
            elif each.name == "points":
                value = [(int(rank), float(price), int(size)) for rank, price, size in value]
            setattr(stats, each.name, value)
        return stats
