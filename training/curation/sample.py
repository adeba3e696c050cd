"""Which of the kept rows a data set takes: the balanced sample of the design, or one weighted by the square of the price.

Works on whole columns and draws the same rows whatever order they come in: `keys` orders them. Knows nothing of texts.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

BUCKET, ALL_FROM, SEED = 1_200, 240, 42  # items of a dollar at most; dollars from which all are taken
CATEGORY_WEIGHTS: Mapping[str, float] = {"Automotive": 1.0}
OTHER_WEIGHT = 5.0
SAMPLES = ("balanced", "price-squared", "none")
Rows = npt.NDArray[np.int64]
Prices = npt.NDArray[np.float64]


def category_weights(categories: Sequence[str], codes: npt.NDArray[np.int16]) -> Prices:
    """1 for Automotive, which would fill the cheap buckets, and 5 for the others; `codes` are positions in `categories`."""
    return np.array([CATEGORY_WEIGHTS.get(name, OTHER_WEIGHT) for name in categories], np.float64)[codes]


def balanced(prices: Prices, weights: Prices, keys: npt.NDArray[np.uint64], seed: int = SEED) -> Rows:
    """Positions of the sample: every dollar from 1 on by itself, all of it from 240 dollars up or when it has at most 1,200.

    Others give 1,200, drawn without replacement by numpy's RandomState(seed).choice, bucket after bucket.
    """
    dollars = np.rint(prices).astype(np.int64)
    order = np.lexsort((keys, dollars))  # within a dollar by key
    bounds = np.searchsorted(dollars[order], np.arange(1, dollars.max(initial=1) + 2))
    random = np.random.RandomState(seed)  # the definition names this generator's draws
    taken = []
    for dollar, (start, stop) in enumerate(pairwise(bounds), 1):
        bucket = order[start:stop]
        if dollar < ALL_FROM and len(bucket) > BUCKET:
            shares = weights[bucket] / weights[bucket].sum()
            bucket = bucket[random.choice(len(bucket), size=BUCKET, replace=False, p=shares)]
        taken.append(bucket)
    return np.sort(np.concatenate(taken))


def price_squared(prices: Prices, weights: Prices, keys: npt.NDArray[np.uint64], size: int, seed: int = SEED) -> Rows:
    """Positions of `size` rows drawn without replacement, each draw by price squared times the category's weight.

    Efraimidis and Spirakis 2006: the smallest of exponential numbers with these rates are such draws. Each number is made of
    the row's key, so that a row's luck depends on no other row.
    """
    if size >= len(prices):
        return np.arange(len(prices))
    mixed = mix(mix(keys, seed), seed)  # twice: the split of a row hashes its key once
    uniform = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    waiting = -np.log1p(-uniform) / (prices**2 * weights)
    return np.sort(np.argpartition(waiting, size)[:size])


def mix(keys: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.uint64]:
    """Keys hashed with a seed (splitmix64): another seed gives another, independent order."""
    mixed = keys + np.uint64(0x9E3779B97F4A7C15 * (seed + 1) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def draw(sample: str, size: int, seed: int) -> Callable[[Prices, Prices, npt.NDArray[np.uint64]], Rows]:
    """The sampler that a name of SAMPLES means."""
    if sample == "balanced":
        return lambda prices, weights, keys: balanced(prices, weights, keys, seed)
    if sample == "price-squared":
        return lambda prices, weights, keys: price_squared(prices, weights, keys, size, seed)
    if sample == "none":
        return lambda prices, weights, keys: np.arange(len(prices))
    raise ValueError(f"unknown sample {sample!r}; known are {', '.join(SAMPLES)}")
