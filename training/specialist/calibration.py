"""Fits the specialist's interval on held-out rows: which quantiles of its own distribution are the 80 % interval's two ends."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import Calibration, estimate, levels_at
from training.calibration.price_level import COVERAGE, TAILS, Cover, Tails, band_weights, best_tails, knots_of, weighted_quantile
from training.data.folds import folds_of
from training.data.rows import Row

Floats = npt.NDArray[np.float64]
KNOTS = 6
FOLDS = 5
# The widths that the model gives dear goods are nearer the truth than those of offsets, so that tails may also tilt less.
CANDIDATES: tuple[Tails, ...] = (TAILS[0], ((0.02, 0.84), (0.10, 0.98)), ((0.04, 0.82), (0.16, 0.98)), ((0.02, 0.82), (0.18, 0.98)))


def fit_calibration(
    probabilities: Floats, rows: Sequence[Row], estimator: str = "median", classes: PriceClasses = WHOLE_DOLLARS
) -> Calibration:
    """Calibration by rows that the model was not tuned on: tails chosen by cross-validation, then fitted on all rows.

    `probabilities` [n, classes]: shares of the price classes for each row.
    """
    truth, prices = np.array([row.price or 0.0 for row in rows]), estimate(probabilities, estimator, classes)

    def cover(seen: npt.NDArray[np.bool_], tails: Tails) -> Cover:
        fitted = fit_levels(probabilities[seen], truth[seen], estimator, tails, classes)
        low, high = (classes.quantile(probabilities, level) for level in levels_at(fitted, prices))
        return (np.minimum(low, prices) <= truth) & (truth <= np.maximum(high, prices)), high - low

    tails = best_tails(cover, truth, folds_of(rows, FOLDS), CANDIDATES)
    return fit_levels(probabilities, truth, estimator, tails, classes)


def fit_levels(
    probabilities: Floats, truth: Floats, estimator: str, tails: Tails, classes: PriceClasses = WHOLE_DOLLARS
) -> Calibration:
    """Levels of the 80 % interval at KNOTS price levels: split-conformal, with the price bands at fixed shares.

    The tails tilt with the price (see calibration.price_level) and shrink together until the interval holds COVERAGE of the weight.
    """
    weights, prices = band_weights(truth), np.log(estimate(probabilities, estimator, classes))
    levels, knots = classes.level_of(probabilities, truth), knots_of(prices, weights, KNOTS)
    width = float(np.diff(knots).mean())
    near = [weights * np.exp(-(((prices - knot) / width) ** 2) / 2) for knot in knots]
    shares = np.linspace(*tails, KNOTS)
    for shrink in np.arange(1.2, 0.2, -0.02):
        low = np.array([weighted_quantile(levels, w, share[0] * shrink) for w, share in zip(near, shares, strict=True)])
        high = np.array([weighted_quantile(levels, w, 1 - (1 - share[1]) * shrink) for w, share in zip(near, shares, strict=True)])
        inside = (levels >= np.interp(prices, knots, low)) & (levels <= np.interp(prices, knots, high))
        if np.average(inside, weights=weights) >= COVERAGE:
            break
    return Calibration(estimator, *(np.round(each, 5).tolist() for each in (np.exp(knots), low, high)))
