"""What random-forest learns from: texts and prices of each part, and shortened texts beside the fitted rows.

Knows nothing of words or trees.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.data.folds import folds_of
from training.data.parts import sampling_weights
from training.data.rows import Row, product_text
from training.data.variants import variant

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """Texts and prices of one part."""

    rows: Sequence[Row]
    texts: list[str]
    prices: Floats


@dataclass(frozen=True)
class Fitted(Samples):
    """What the models are fitted on, with each row's fold, its weight in the forest, and what it counts in the linear models."""

    folds: npt.NDArray[np.int64]
    weights: Floats
    shares: Floats


@dataclass(frozen=True)
class Sampling:
    """How fitted rows are weighed: `balance` and `balance_rest` are powers of the price (see sampling_weights).

    `variant_weight`: of a shortened text beside its row; `folds`: for the linear models' out-of-fold scores.
    """

    balance: float
    balance_rest: float
    variant_weight: float
    folds: int
    seed: int


def samples_of(rows: Sequence[Row]) -> Samples:
    """The rows as the pricer sees them."""
    return Samples(rows, [product_text(row) for row in rows], np.array([row.price for row in rows], np.float64))


def with_variants(fit: Samples, sampling: Sampling) -> Fitted:
    """The rows, and beside them what callers might send of the same products: a title alone, a part, lower case."""
    folds = folds_of(fit.rows, sampling.folds)
    rng = random.Random(sampling.seed)
    said = [(i, text) for i, text in enumerate(variant(text, rng) for text in fit.texts) if text != fit.texts[i]]
    origin = np.array([*range(len(fit.texts)), *(i for i, _ in said)])
    weights = sampling_weights(fit.rows, sampling.balance, sampling.balance_rest)[origin]
    shares = sampling_weights(fit.rows, 0.0, 0.0)[origin]
    for each in (weights, shares):
        each[len(fit.texts) :] *= sampling.variant_weight
    rows, texts = [fit.rows[i] for i in origin], [*fit.texts, *(text for _, text in said)]
    return Fitted(rows, texts, fit.prices[origin], folds[origin], weights, shares)
