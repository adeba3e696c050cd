"""Which split a group of near-duplicates belongs to, and the last look that no near-duplicate straddles two splits.

LSH finds nearly all pairs, not all: `straddlers` compares every row with all of validation and test by shared shingles, exactly.
Knows nothing of texts or prices.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.curation.duplicates import SHARE, Ints
from training.curation.sample import mix
from training.curation.shards import Hashes

SPLITS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)
MOST = 20_000  # rows of validation and of test each, about: more would make no estimate better, and the last look dear
BATCH = 5_000
Marks = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Shares:
    """The parts of validation and test, as fractions of all rows, and the seed of the split."""

    validation: float = 0.05
    test: float = 0.05
    seed: int = 42

    def bounded(self, rows: int) -> "Shares":
        """The same, but of about MOST rows each at most."""
        most = MOST / max(rows, 1)
        return Shares(min(self.validation, most), min(self.test, most), self.seed)


def assign(groups: Hashes, shares: Shares) -> Marks:
    """TRAIN, VALIDATION or TEST by a hash of the group's key."""
    place = (mix(groups, shares.seed) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    marks = np.full(len(groups), TRAIN, np.int8)
    marks[place < shares.test + shares.validation] = VALIDATION
    marks[place < shares.test] = TEST
    return marks


Gather = Callable[[Ints], tuple[npt.NDArray[np.uint32], Ints]]


class _Known:
    """Shingles of some rows, for finding which others share over half with one of them."""

    def __init__(self, rows: Ints, gather: Gather) -> None:
        values, owners = gather(rows)
        order = np.argsort(values, kind="stable")
        self.values, self.owners = values[order], owners[order].astype(np.int32)
        self.counts = np.bincount(owners, minlength=len(rows))

    def repeated_by(self, rows: Ints, gather: Gather) -> npt.NDArray[np.bool_]:
        values, owners = gather(rows)
        counts = np.bincount(owners, minlength=len(rows))
        first, last = (np.searchsorted(self.values, values, side) for side in ("left", "right"))
        hits = last - first
        at = np.repeat(first, hits) + np.arange(hits.sum()) - np.repeat(np.cumsum(hits) - hits, hits)
        pairs = np.repeat(owners, hits) * len(self.counts) + self.owners[at]
        pairs, shared = np.unique(pairs, return_counts=True)
        own, known = np.divmod(pairs, len(self.counts))
        found = np.zeros(len(rows), np.bool_)
        found[own[shared > SHARE * np.minimum(counts[own], self.counts[known])]] = True
        return found


def straddlers(marks: Marks, gather: Gather) -> Iterator[Ints]:
    """Rows to leave out, batch after batch: of validation what repeats test, then of train what repeats either.

    `marks` is one split a row; rows are positions that `gather` takes, so pass a `gather` of the sample's rows.
    """
    test, validation = np.flatnonzero(marks == TEST), np.flatnonzero(marks == VALIDATION)
    for known, others in ((test, validation), (np.concatenate((test, validation)), np.flatnonzero(marks == TRAIN))):
        if not len(known):
            continue
        index = _Known(known, gather)
        for at in range(0, len(others), BATCH):
            batch = others[at : at + BATCH]
            yield batch[index.repeated_by(batch, gather)]
