"""Calibrates a combination of pricers on held-out rows: a shift of its level where that helps, and the 80 % interval by level.

The interval's ends are in units of each row's spread (see ensemble.combine). Knows nothing of how the level is combined.
"""

import numpy as np

from ensemble.combine import Interval, Offsets
from training.calibration import price_level
from training.ensemble.held import Floats, Held

SHIFT_KNOTS = (0, 1)  # tried: no shift, or one common factor; curves over 4 or 8 levels gained no more than chance beside it
INTERVAL_KNOTS = 8
LEAST_GAIN = 0.001  # share of the error


def fit_shift(level: Floats, held: Held, count: int) -> Offsets:
    """Offsets at `count` levels with the least error in dollars near each, kept from turning the order of two answers around."""
    if count == 0:
        return Offsets([0.0], [0.0])
    knots = price_level.knots_of(level, held.weights, count)
    shift = price_level.fit_shift(level, np.log(held.truth), held.weights, knots)
    rising = np.maximum.accumulate(knots + shift)  # an answer that falls when a pricer's estimate rises could not be explained
    return Offsets(knots.tolist(), (rising - knots).tolist())


def fit_interval(log_price: Floats, unit: Floats, held: Held) -> Interval:
    """Offsets, in units of each row's spread, between which four of five truths lie, near each level and in all."""
    knots = price_level.knots_of(log_price, held.weights, INTERVAL_KNOTS)
    residuals = (np.log(held.truth) - log_price) / unit
    tails = price_level.choose_tails(log_price, residuals, held.truth, knots, held.folds)
    ends = price_level.fit_interval(log_price, residuals, held.truth, knots, tails=tails)
    low, high = np.minimum(ends[:, 0], 0), np.maximum(ends[:, 1], 0)
    return Interval(knots.tolist(), low.tolist(), high.tolist())


def _shifted_errors(level: Floats, held: Held, count: int) -> Floats:
    """Weighted absolute error of each row with a shift that is fitted without its fold."""
    answers = np.zeros_like(level)
    for fold in np.unique(held.folds):
        inside = held.folds == fold
        answers[inside] = level[inside] + fit_shift(level[~inside], held.only(~inside), count).at(level[inside])
    return np.asarray(held.weights / held.weights.mean() * np.abs(np.exp(answers) - held.truth))


def choose_knots(level: Floats, held: Held) -> int:
    """How many knots the shift has: that of SHIFT_KNOTS with the least cross-validated error; none where that gains nothing."""
    return min(
        SHIFT_KNOTS, key=lambda count: float(_shifted_errors(level, held, count).mean()) * (1 + (LEAST_GAIN if count else 0))
    )
