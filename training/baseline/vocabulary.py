"""The words and pairs of words that several texts have, found without holding the many times more that a single one has."""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from training.data.document_counts import document_counts

Analyzer = Callable[[str], list[str]]


def frequent_terms(texts: Sequence[str], analyze: Analyzer, least: int) -> list[str]:
    """The terms that `analyze` gives for at least `least` texts, sorted: what scikit-learn's min_df leaves.

    Counted by their hashes first: a vocabulary of all pairs of words of 400,000 texts would take 5 GB.
    """
    keys, counts = document_counts(_keys(analyze(text)) for text in texts)
    frequent, found = keys[counts >= least], Counter[str]()
    for text in texts:
        terms = list(set(analyze(text)))
        places = np.searchsorted(frequent, own := _keys(terms))
        is_frequent = places < len(frequent)
        is_frequent[is_frequent] = frequent[places[is_frequent]] == own[is_frequent]
        found.update(term for term, wanted in zip(terms, is_frequent.tolist(), strict=True) if wanted)
    return sorted(term for term, count in found.items() if count >= least)  # two terms may share a hash


def _keys(terms: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.array([zlib.crc32(term.encode()) for term in terms], np.uint32)
