"""In how many documents each of very many hashed terms occurs, counted without a Python object for each of them."""

from collections.abc import Iterable
from itertools import islice

import numpy as np
import numpy.typing as npt

COUNTED = 10_000  # documents whose terms are held at a time
Keys = npt.NDArray[np.uint32]


def document_counts(documents: Iterable[Keys]) -> tuple[Keys, npt.NDArray[np.int64]]:
    """The keys that occur, ascending, and in how many documents each does. Memory: some 40 bytes a key that is distinct."""
    keys, counts, waiting = np.zeros(0, np.uint32), np.zeros(0, np.int64), iter(documents)
    while part := [np.unique(document) for document in islice(waiting, COUNTED)]:
        more, often = np.unique(np.concatenate(part), return_counts=True)
        merged, places = np.unique(np.concatenate((keys, more)), return_inverse=True)
        sums = np.bincount(places, np.concatenate((counts, often)), len(merged))  # whole numbers far below 2**53: exact
        keys, counts = merged, sums.astype(np.int64)
    return keys, counts
