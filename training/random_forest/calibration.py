"""Calibrates random-forest on rows that neither its words nor its trees have seen: shift and interval by price level.

Knows nothing of the forest but what it says of these rows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from random_forest.calibration import Calibration, unit_of
from training.calibration.price_level import band_weights, choose_tails, fit_interval, fit_shift, knots_of
from training.command_line.log import log
from training.data.folds import folds_of
from training.data.parts import sampling_weights
from training.random_forest.samples import Samples

Predicted = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]  # log prices, and their spread over the trees


@dataclass(frozen=True)
class Calibrating:
    """`knots`: price levels; `balance_shift` and `balance_rest` weigh the rows of the shift; `folds` choose the tails."""

    knots: int
    balance_shift: float
    balance_rest: float
    folds: int


def calibrate(predicted: Predicted, held: Samples, how: Calibrating) -> Calibration:
    """What the service adds to the forest's log price, and how far the ends of the interval lie, at each price level."""
    raw, spread = (values.astype(np.float64) for values in predicted)
    unit, truth = unit_of(spread), np.log(held.prices)
    at = knots_of(raw, band_weights(held.prices), how.knots)
    shift = fit_shift(raw, truth, sampling_weights(held.rows, how.balance_shift, how.balance_rest), at)
    residual = (truth - raw - np.interp(raw, at, shift)) / unit
    tails = choose_tails(raw, residual, held.prices, at, folds_of(held.rows, how.folds))
    log("tails of the interval:", *tails)
    ends = fit_interval(raw, residual, held.prices, at, tails=tails)
    return Calibration(at.tolist(), shift.tolist(), *ends.T.tolist())
