"""Fits offsets by price level on held-out rows: weighted quantiles of residuals near each knot, as a smooth curve of few points.

The calibration.py of each pricer and of the ensemble is built of these. All in log prices. Knows nothing of models.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from training.evaluation.metrics import BANDS, band_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Cover = tuple[Flags, Floats]  # of each row: is the truth inside its interval, and how wide is that

# An interval holds four of five truths; two points more on held-out rows, since products-dev comes from other sources than they.
COVERAGE = 0.82
# Shares of the price bands for which coverage is fitted: about those of the published sample, the shops' rows and brand goods.
BAND_SHARES = dict(zip(BANDS, (0.17, 0.16, 0.15, 0.20, 0.18, 0.10, 0.04), strict=True))
# Shares of the truths that lie below the interval's low end and below its high end, at the lowest and at the highest level.
# Estimates lean to the middle: what looks cheap is often cheaper still, what looks dear is often dearer. Equal tails left a
# coverage of 43 % above 400 dollars.
Tails = tuple[tuple[float, float], tuple[float, float]]
TAILS_AT_LOWEST, TAILS_AT_HIGHEST = (0.04, 0.82), (0.12, 0.98)
# choose_tails() takes one of these by held-out rows: which is best depends on how far a pricer leans.
TAILS: tuple[Tails, ...] = (
    (TAILS_AT_LOWEST, TAILS_AT_HIGHEST),
    ((0.06, 0.80), (0.16, 0.975)),
    ((0.06, 0.80), (0.18, 0.98)),
    ((0.07, 0.82), (0.20, 0.975)),
)
NEAR_BEST = 0.01  # of the coverage of the worse half of the bands: within chance, so the narrower intervals win


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """The value below which `share` of the weight lies, between the two nearest values by linear interpolation."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) - weights[order] / 2
    return float(np.interp(share * weights.sum(), reached, values[order]))


def band_weights(prices: Floats) -> Floats:
    """Weights, mean 1, under which the price bands have BAND_SHARES."""
    bands = np.array(band_of(prices))
    counts = Counter(bands.tolist())  # where a band is empty, the others share its part
    weights = np.array([BAND_SHARES[band] / counts[band] for band in bands.tolist()])
    return np.asarray(weights / weights.mean())


def knots_of(levels: Floats, weights: Floats, count: int) -> Floats:
    """Ascending levels that part the weight evenly; 4 % of it lies outside at each end, so that no knot rests on a few rows."""
    knots = [weighted_quantile(levels, weights, share) for share in np.linspace(0.04, 0.96, count)]
    return np.maximum.accumulate(np.array(knots) + np.arange(count) * 1e-6)


def near_knots(levels: Floats, weights: Floats, knots: Floats) -> list[Floats]:
    """For each knot, the weights of the rows: a Gaussian of their distance to it."""
    width = max(float(np.diff(knots).mean()), 0.1) if len(knots) > 1 else 1e9
    return [weights * np.exp(-(((levels - knot) / width) ** 2) / 2) for knot in knots]


def fit_shift(levels: Floats, truth: Floats, weights: Floats, knots: Floats) -> Floats:
    """The median of what is missing at each knot: near it, the absolute error in dollars is then least. All in log prices."""
    return np.array([weighted_quantile(truth - levels, near, 0.5) for near in near_knots(levels, weights, knots)])


def fit_interval(
    levels: Floats, residuals: Floats, prices: Floats, knots: Floats, coverage: float = COVERAGE, tails: Tails = TAILS[0]
) -> Floats:
    """Lower and upper end at each knot, (knots, 2), between which `coverage` of the residuals lie when bands have BAND_SHARES."""
    weights = band_weights(prices)
    shares = np.linspace(*tails, len(knots))
    near = near_knots(levels, weights, knots)
    ends = np.array([[weighted_quantile(residuals, w, share) for share in pair] for w, pair in zip(near, shares, strict=True)])
    low, high = (np.interp(levels, knots, ends[:, column]) for column in (0, 1))
    return np.asarray(ends * _widening(residuals, low, high, weights, coverage))


def choose_tails(
    levels: Floats, residuals: Floats, prices: Floats, knots: Floats, folds: npt.NDArray[np.int64], coverage: float = COVERAGE
) -> Tails:
    """`best_tails` of TAILS for intervals that `fit_interval` makes."""

    def cover(seen: Flags, tails: Tails) -> Cover:
        ends = fit_interval(levels[seen], residuals[seen], prices[seen], knots, coverage, tails)
        low, high = (np.interp(levels, knots, ends[:, side]) for side in (0, 1))
        return (low <= residuals) & (residuals <= high), high - low

    return best_tails(cover, prices, folds, TAILS)


def best_tails(
    cover: Callable[[Flags, Tails], Cover], prices: Floats, folds: npt.NDArray[np.int64], among: Sequence[Tails]
) -> Tails:
    """By cross-validation: those that cover the worse half of the bands best; of some that come near, the narrowest.

    `cover` fits intervals on the rows that are marked as seen, and tells of every row whether its interval holds the truth, and
    how wide it is.
    """
    bands, weights = np.array(band_of(prices)), band_weights(prices)
    worse, widths = np.zeros(len(among)), np.zeros(len(among))
    for place, tails in enumerate(among):
        inside, width = np.zeros(len(prices), bool), np.zeros(len(prices))
        for fold in np.unique(folds):
            asked = folds == fold
            inside[asked], width[asked] = (each[asked] for each in cover(~asked, tails))
        covered = sorted(inside[bands == band].mean() for band in set(bands))
        worse[place] = np.mean(covered[: (len(covered) + 1) // 2])
        widths[place] = np.average(width, weights=weights)
    return among[int(np.argmin(np.where(worse >= worse.max() - NEAR_BEST, widths, np.inf)))]


def _widening(residuals: Floats, low: Floats, high: Floats, weights: Floats, coverage: float) -> float:
    """Factor on all ends at which the interval holds `coverage` of the weight: split-conformal scaling."""
    reach = np.where(residuals < 0, residuals / np.minimum(low, -1e-9), residuals / np.maximum(high, 1e-9))
    return weighted_quantile(reach, weights, coverage)
