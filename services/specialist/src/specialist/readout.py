"""From the next-token distribution over the dollar classes 0..999 to a price and a calibrated interval. Pure numpy.

Class k stands for k - 0.5 .. k + 0.5 dollars; within it the probability is taken as even. Knows no model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LOWEST_PRICE = 0.5


@dataclass(frozen=True)
class Reading:
    """Price and 80 % interval in US dollars."""

    price: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """What was fitted on held-out rows: which estimator, and which quantiles give an 80 % interval at which price.

    `prices` are ascending estimates in dollars; `low_levels` and `high_levels` (0..1) hold at them, in between interpolated
    over log price. Split-conformal: quantiles of the levels of the true prices near that estimate.
    """

    estimator: str
    prices: Sequence[float]
    low_levels: Sequence[float]
    high_levels: Sequence[float]

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "Calibration":
        """From meta.json's "calibration"; KeyError names what is missing."""
        return cls(found["estimator"], found["prices"], found["low_levels"], found["high_levels"])


UNCALIBRATED = Calibration("median", [1.0], [0.1], [0.9])


def distribution(logits: npt.ArrayLike) -> Floats:
    """Softmax over the last axis: [n, classes] logits to probabilities."""
    values = np.asarray(logits, np.float64)
    values = np.exp(values - values.max(-1, keepdims=True))
    return np.asarray(values / values.sum(-1, keepdims=True))


def quantile(probabilities: Floats, levels: npt.ArrayLike) -> Floats:
    """Dollars [n] below which each row of [n, classes] has the share `levels` (one for all, or [n])."""
    reached = np.cumsum(probabilities, -1)
    wanted = np.broadcast_to(np.asarray(levels, np.float64), reached.shape[:1])[:, None]
    at = np.minimum((reached < wanted).sum(-1), reached.shape[1] - 1)
    rows = np.arange(len(at))
    inside = probabilities[rows, at]
    share = (wanted[:, 0] - (reached[rows, at] - inside)) / np.maximum(inside, 1e-12)
    return np.asarray(at - 0.5 + np.clip(share, 0.0, 1.0))


def level_of(probabilities: Floats, dollars: npt.ArrayLike) -> Floats:
    """Share [n] of each row's probability below its price: the inverse of `quantile`."""
    reached = np.concatenate((np.zeros((len(probabilities), 1)), np.cumsum(probabilities, -1)), 1)
    position = np.clip(np.asarray(dollars, np.float64) + 0.5, 0.0, probabilities.shape[1])
    at = np.minimum(position.astype(np.int64), probabilities.shape[1] - 1)
    rows = np.arange(len(at))
    return np.asarray(reached[rows, at] + (position - at) * probabilities[rows, at])


def estimate(probabilities: Floats, estimator: str) -> Floats:
    """Dollars [n] by "median" (least absolute error), "mean", or "midmean" (mean of five inner quantiles)."""
    if estimator == "median":
        found = quantile(probabilities, 0.5)
    elif estimator == "mean":
        found = probabilities @ np.arange(probabilities.shape[1])
    elif estimator == "midmean":
        found = np.mean([quantile(probabilities, level) for level in (0.3, 0.4, 0.5, 0.6, 0.7)], 0)
    else:
        raise ValueError(f"unknown estimator {estimator!r}")
    return np.asarray(np.maximum(found, LOWEST_PRICE))


def levels_at(calibration: Calibration, prices: Floats) -> tuple[Floats, Floats]:
    """Quantile levels of the interval's two ends at each estimate [n]."""
    where, at = np.log(np.maximum(prices, LOWEST_PRICE)), np.log(calibration.prices)
    return np.interp(where, at, calibration.low_levels), np.interp(where, at, calibration.high_levels)


def read_prices(logits: npt.ArrayLike, calibration: Calibration) -> list[Reading]:
    """One reading, in whole cents, for each row of price logits [n, classes]; the interval always holds the price."""
    probabilities = distribution(logits)
    prices = estimate(probabilities, calibration.estimator)
    low_levels, high_levels = levels_at(calibration, prices)
    lows = np.clip(quantile(probabilities, low_levels), LOWEST_PRICE, prices)
    highs = np.maximum(quantile(probabilities, high_levels), prices)
    cents = np.round(np.stack((prices, lows, highs), 1), 2).tolist()
    return [Reading(price, low, high) for price, low, high in cents]
