"""Calibrates frontier-rag's local estimator on rows that its models did not see: intervals, and the pull of near repeats."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.local_estimator import Calibration
from training.calibration.price_level import band_weights, knots_of, near_knots, weighted_quantile

Floats = npt.NDArray[np.float64]
KNOTS = 5
HOLDS = 0.81  # a point more than four of five: products-dev comes from other sources than the fitted rows
# Share of the truths below the low and below the high end, at the lowest and at the highest estimates, which lean to the middle:
# what looks dear is often dearer. Equal tails covered 51 % of what costs $400 or more; see training/LOG.md for the search.
TAILS_AT_LOWEST, TAILS_AT_HIGHEST = (0.03, 0.82), (0.16, 0.98)
NETWORK_SHARE = 0.25  # of the price, beside the trees
NEAR, SAME = 0.97, 0.995  # cosine
SAME_WEIGHT = 0.95
TAIL = 0.09


@dataclass(frozen=True)
class Raw:
    """What the models say of some rows, before calibration, beside the truth: logs."""

    price: Floats
    low: Floats
    high: Floats
    truth: Floats


def fit_offsets(raw: Raw) -> tuple[Floats, Floats, Floats]:
    """Knots on the estimated price [KNOTS], and what to add to the low and to the high quantile at each.

    Conformalised quantile regression (Romano, Patterson, Candes 2019): near each knot the offsets leave its tails outside, bands
    weighted as in use; then both ends move apart, or together, until HOLDS of the weight lies between them.
    """
    weights = band_weights(np.expm1(raw.truth))
    knots = knots_of(raw.price, weights, KNOTS)
    near = near_knots(raw.price, weights, knots)
    below, above = np.linspace(TAILS_AT_LOWEST, TAILS_AT_HIGHEST, KNOTS).T
    low = np.array([weighted_quantile(raw.truth - raw.low, w, share) for w, share in zip(near, below, strict=True)])
    high = np.array([weighted_quantile(raw.truth - raw.high, w, share) for w, share in zip(near, above, strict=True)])
    missed_low = raw.low + np.interp(raw.price, knots, low) - raw.truth
    missed_high = raw.truth - raw.high - np.interp(raw.price, knots, high)
    apart = weighted_quantile(np.maximum(missed_low, missed_high), weights, HOLDS)
    return knots, low - apart, high + apart


def fit_near(raw: Raw, similarity: Floats, twin: Floats) -> tuple[float, float, float]:
    """Weight of the nearest product's price where it is nearly the same, and the 80 % range of what is then left: logs.

    `raw` must come from models that saw neither the rows nor their twins: held-out rows that repeat each other. Where no row has
    such a product, nothing is known of what it would say: weight 0, and the range of all rows.
    """
    alike, shares = similarity >= NEAR, np.linspace(0.0, SAME_WEIGHT, 20)
    if not alike.any():
        alike, shares = np.ones_like(alike), np.zeros(1)
    truth, learned, other = raw.truth[alike], raw.price[alike], twin[alike]
    errors = [np.abs(np.expm1(share * other + (1 - share) * learned) - np.expm1(truth)).mean() for share in shares]
    share = float(shares[int(np.argmin(errors))])
    residuals = truth - (share * other + (1 - share) * learned)
    even = np.ones(len(residuals))
    return share, weighted_quantile(residuals, even, TAIL), weighted_quantile(residuals, even, 1 - TAIL)


def calibration_of(offsets: tuple[Floats, Floats, Floats], near: tuple[float, float, float]) -> Calibration:
    """Both parts as the service reads them."""
    share, low, high = near
    return Calibration(*offsets, NEAR, share, SAME, SAME_WEIGHT, min(low, 0.0), max(high, 0.0), NETWORK_SHARE)


def calibration_arrays(calibration: Calibration) -> dict[str, npt.NDArray[Any]]:
    """As arrays for the .npz file."""
    return {name: np.asarray(value, np.float64) for name, value in asdict(calibration).items()}
