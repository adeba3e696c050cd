"""From a distribution over classes of price to a price and a calibrated interval. Pure numpy; knows no model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specialist.price_classes import WHOLE_DOLLARS, PriceClasses

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


def estimate(probabilities: Floats, estimator: str, classes: PriceClasses = WHOLE_DOLLARS) -> Floats:
    """Dollars [n] by "median" (least absolute error), "mean", or "midmean" (mean of five inner quantiles)."""
    if estimator == "median":
        found = classes.quantile(probabilities, 0.5)
    elif estimator == "mean":
        found = probabilities @ classes.middles
    elif estimator == "midmean":
        found = np.mean([classes.quantile(probabilities, level) for level in (0.3, 0.4, 0.5, 0.6, 0.7)], 0)
    else:
        raise ValueError(f"unknown estimator {estimator!r}")
    return np.asarray(np.maximum(found, LOWEST_PRICE))


def levels_at(calibration: Calibration, prices: Floats) -> tuple[Floats, Floats]:
    """Quantile levels of the interval's two ends at each estimate [n]."""
    where, at = np.log(np.maximum(prices, LOWEST_PRICE)), np.log(calibration.prices)
    return np.interp(where, at, calibration.low_levels), np.interp(where, at, calibration.high_levels)


def read_prices(logits: npt.ArrayLike, calibration: Calibration, classes: PriceClasses = WHOLE_DOLLARS) -> list[Reading]:
    """One reading, in whole cents, for each row of price logits [n, classes]; the interval always holds the price."""
    probabilities = distribution(logits)
    prices = estimate(probabilities, calibration.estimator, classes)
    low_levels, high_levels = levels_at(calibration, prices)
    lows = np.clip(classes.quantile(probabilities, low_levels), LOWEST_PRICE, prices)
    highs = np.maximum(classes.quantile(probabilities, high_levels), prices)
    cents = np.round(np.stack((prices, lows, highs), 1), 2).tolist()
    return [Reading(price, low, high) for price, low, high in cents]
