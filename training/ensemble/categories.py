"""Learns by which words a text's category is guessed: what services know of the category where the caller names none.

Each word votes for the one category that it speaks most for, so that a guess can be explained; on products-dev two of three are
right, and a table of all words by all categories gets no more. Knows nothing of prices.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from common.product_files.product_text import words_of
from ensemble.groups import CATEGORIES, READ_WORDS, CategoryWords, category_of
from training.data.rows import Row, product_text

KEPT_WORDS = 2000
FEW_TEXTS = 8  # words of fewer texts tell nothing
MOST, LEAST = 5.0, 1.0  # of a vote: a word is never proof, and one below the least is left out


def fit_category_words(rows: Sequence[Row], kept: int = KEPT_WORDS) -> CategoryWords:
    """The most telling words of rows whose category is told; the others are not looked at."""
    told = [
        (category, set(words_of(product_text(row))[:READ_WORDS])) for row in rows if (category := category_of(row.main_category))
    ]
    shares, counts = Counter(category for category, _ in told), _counts(told)
    logs = {category: round(math.log((shares[category] + 0.5) / (len(told) + 1)), 3) for category in CATEGORIES}
    words = [word for word, found in counts.items() if found.sum() >= FEW_TEXTS]
    totals = np.array([shares[category] + 1 for category in CATEGORIES])
    votes = sorted((_vote(word, counts[word], totals) for word in words), key=lambda vote: (-vote[0], vote[1]))
    return CategoryWords(
        logs, {word: (CATEGORIES[place], strength) for _, word, place, strength in votes[:kept] if strength >= LEAST}
    )


def _counts(told: Sequence[tuple[str, set[str]]]) -> dict[str, npt.NDArray[np.float64]]:
    """In how many texts of each category a word stands."""
    counts: dict[str, npt.NDArray[np.float64]] = {}
    for category, words in told:
        for word in words:
            counts.setdefault(word, np.zeros(len(CATEGORIES)))[CATEGORIES.index(category)] += 1
    return counts


def _vote(word: str, found: npt.NDArray[np.float64], totals: npt.NDArray[np.int64]) -> tuple[float, str, int, float]:
    """How telling the word is (strength times root of its texts), the word, the place of its category, and the strength.

    The strength is how much more usual the word is there than on geometric average over the categories, as a log ratio.
    """
    logs = np.log((found + 0.5) / totals)
    logs -= logs.mean()
    place = int(logs.argmax())
    strength = round(min(float(logs[place]), MOST), 2)
    return strength * math.sqrt(found.sum()), word, place, strength
