"""Calibrates frontier-rag's local estimator: intervals on held-out rows, and the pull of products that are nearly the same."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from frontier_rag.local_estimator import Calibration
from training.calibration_fit import COVERAGE, band_weights, weighted_quantile

Floats = npt.NDArray[np.float64]
LEVELS = 5
NEAR, SAME = 0.97, 0.995  # cosine
SAME_WEIGHT = 0.95
TAIL = (1 - COVERAGE) / 2


@dataclass(frozen=True)
class Raw:
    """What the trees say of some rows, before calibration, beside the truth: logs."""

    price: Floats
    low: Floats
    high: Floats
    truth: Floats


def fit_offsets(raw: Raw, levels: int = LEVELS) -> tuple[Floats, Floats, Floats]:
    """Edges [levels - 1] of the price levels, and what to add to the low and the high quantile [levels] at each.

    Conformalised quantiles: the offset leaves TAIL of the weight outside on each side, bands weighted as in use.
    """
    weights = band_weights(np.expm1(raw.truth))
    edges = np.array([weighted_quantile(raw.price, weights, share) for share in np.linspace(0, 1, levels + 1)[1:-1]])
    level = np.searchsorted(edges, raw.price)
    low = [weighted_quantile((raw.truth - raw.low)[level == i], weights[level == i], TAIL) for i in range(levels)]
    high = [weighted_quantile((raw.truth - raw.high)[level == i], weights[level == i], 1 - TAIL) for i in range(levels)]
    return edges, np.array(low), np.array(high)


def fit_near(raw: Raw, similarity: Floats, twin: Floats) -> tuple[float, float, float]:
    """Weight of the nearest product's price where it is nearly the same, and the 80 % range of what is then left: logs.

    `raw` must come from trees that saw neither the rows nor their twins.
    """
    alike = similarity >= NEAR
    truth, learned, other = raw.truth[alike], raw.price[alike], twin[alike]
    shares = np.linspace(0.0, SAME_WEIGHT, 20)
    errors = [np.abs(np.expm1(share * other + (1 - share) * learned) - np.expm1(truth)).mean() for share in shares]
    share = float(shares[int(np.argmin(errors))])
    residuals = truth - (share * other + (1 - share) * learned)
    even = np.ones(len(residuals))
    return share, weighted_quantile(residuals, even, TAIL), weighted_quantile(residuals, even, 1 - TAIL)


def calibration_of(offsets: tuple[Floats, Floats, Floats], near: tuple[float, float, float]) -> Calibration:
    """Both parts as the service reads them."""
    share, low, high = near
    return Calibration(*offsets, NEAR, share, SAME, SAME_WEIGHT, min(low, 0.0), max(high, 0.0))


def calibration_arrays(calibration: Calibration) -> dict[str, npt.NDArray[Any]]:
    """As arrays for the .npz file."""
    return {name: np.asarray(value, np.float64) for name, value in asdict(calibration).items()}
