"""Word statistics of product texts: hashed n-grams, weighted by how rare they are, for linear models and a projection.

Numpy alone; training fits the weights over the same matrices. Knows nothing of stores.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

BITS = 18  # buckets for the linear models
PROJECTED_BITS = 14  # buckets for the projection: its table is as wide
MAX_WORDS = 400
_WORD = re.compile(r"[a-z]{1,40}|\d{1,9}(?:\.\d{1,4})?")
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Grams:
    """One text's n-grams: distinct buckets and how often each occurs."""

    buckets: npt.NDArray[np.int64]
    counts: Floats


def _ngrams(text: str) -> Iterator[str]:
    words = _WORD.findall(text.lower())[:MAX_WORDS]
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))


def grams_of(text: str, bits: int) -> Grams:
    """Words and pairs of words of the text, and those of its first line again as a title's."""
    title = text.split("\n", 1)[0]
    grams = [*_ngrams(text), *(f"t:{gram}" for gram in _ngrams(title))]
    mask = (1 << bits) - 1
    counts = Counter(zlib.crc32(gram.encode()) & mask for gram in grams)
    return Grams(np.fromiter(counts.keys(), np.int64, len(counts)), np.fromiter(counts.values(), np.float32, len(counts)))


def weigh(grams: Grams, rarity: Floats) -> Floats:
    """TF-IDF of the text's buckets: (1 + log tf) x rarity, scaled to length one."""
    values = (1.0 + np.log(grams.counts)) * rarity[grams.buckets]
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-9), np.float32)


@dataclass(frozen=True)
class WordModel:
    """Linear models (of the log price, and of whether it lies above certain steps) and a projection, over TF-IDF.

    rarity [2**BITS]; weights [2**BITS, m], in half precision since the table is large, and intercepts [m]; projected_rarity
    [2**PROJECTED_BITS]; projection [2**PROJECTED_BITS, d].
    """

    rarity: Floats
    weights: npt.NDArray[np.float16]
    intercepts: Floats
    projected_rarity: Floats
    projection: Floats

    def features(self, texts: Sequence[str]) -> Floats:
        """Float32 [len(texts), m + d]: the linear models' answers, then the projection."""
        width = self.weights.shape[1] + self.projection.shape[1]
        return np.array([self._features(text) for text in texts], np.float32).reshape(-1, width)

    def _features(self, text: str) -> Floats:
        wide, narrow = grams_of(text, BITS), grams_of(text, PROJECTED_BITS)
        prices = weigh(wide, self.rarity) @ self.weights[wide.buckets].astype(np.float32) + self.intercepts
        return np.concatenate((prices, weigh(narrow, self.projected_rarity) @ self.projection[narrow.buckets]))
