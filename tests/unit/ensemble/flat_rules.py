"""Parts of rules that change nothing: no shift, an interval of a factor of e on both sides, words that tell no category."""

import numpy as np

from ensemble.groups import CATEGORIES, KINDS, KNOWN, OTHER, CategoryWords, Groups
from ensemble.rule import Interval, Shift

NO_SHIFT = Shift([0.0], {kind: [0.0] for kind in KINDS})
WIDE = Interval([0.0], [-1.0], [1.0])
NO_WORDS = CategoryWords(dict.fromkeys(CATEGORIES, 0.0), {})


def group(kind: str = "title", category: str = OTHER, known: str = "yes") -> Groups:
    """The groups of one estimate."""
    return Groups(np.array(KINDS.index(kind)), np.array(CATEGORIES.index(category)), np.array(KNOWN.index(known)))
