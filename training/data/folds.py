"""Folds for cross-validation in which near-duplicates stay together, by the same grouping that makes the held-out part."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from training.data.rows import Row, split_held_out

SEED = 43  # not that of the held-out part: its hashes are spent


def folds_of(rows: Sequence[Row], count: int) -> npt.NDArray[np.int64]:
    """A fold for each row; near-duplicates share theirs, else a row's own repeat would tell its price."""
    position = {id(row): i for i, row in enumerate(rows)}
    folds = np.full(len(rows), count - 1)
    rest = list(rows)
    for fold in range(count - 1):
        rest, part = split_held_out(rest, 1 / (count - fold), SEED + fold)
        folds[[position[id(row)] for row in part]] = fold
    return folds
