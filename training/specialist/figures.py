"""What is said of a specialist's estimates: errors, hits and coverage by split and price band, and how its estimators compare."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from specialist.readout import Calibration, estimate, read_prices
from training.calibration.price_level import band_weights
from training.data.rows import Row
from training.evaluation.metrics import BANDS, band_of

Floats = npt.NDArray[np.float64]
ESTIMATORS = ("median", "mean", "midmean")


def truths(rows: Sequence[Row]) -> Floats:
    """Prices of rows."""
    return np.array([row.price or 0.0 for row in rows])


def mean_absolute_error(probabilities: npt.ArrayLike, rows: Sequence[Row]) -> float:
    """Of the distributions' medians, in dollars. `probabilities` [n, 1000]: shares of the dollar classes."""
    return float(np.abs(estimate(np.asarray(probabilities, np.float64), "median") - truths(rows)).mean())


def measure(price: Floats, low: Floats, high: Floats, truth: Floats) -> dict[str, float]:
    """Mean absolute error, RMSLE, share of hits, share of truths inside the interval."""
    error = np.abs(price - truth)
    return {
        "n": len(truth),
        "mae": round(float(error.mean()), 2),
        "rmsle": round(float(np.sqrt(np.mean((np.log1p(price) - np.log1p(truth)) ** 2))), 4),
        "hits": round(float(((error < 40) | (error < 0.2 * truth)).mean()), 4),
        "coverage80": round(float(((low <= truth) & (truth <= high)).mean()), 4),
    }


def by_group(logits: npt.ArrayLike, rows: Sequence[Row], calibration: Calibration) -> dict[str, dict[str, float]]:
    """`measure` over all rows, each split, and each band of the true price; the prices are those that the service would give."""
    read, truth = read_prices(logits, calibration), truths(rows)
    price, low, high = (np.array([getattr(one, name) for one in read]) for name in ("price", "low", "high"))
    groups = {"all": np.ones(len(rows), bool)}
    groups |= {name: np.array([row.split == name for row in rows]) for name in sorted({row.split for row in rows} - {""})}
    bands = np.array(band_of(truth))
    groups |= {f"${band}": bands == band for band in BANDS}
    return {name: measure(price[m], low[m], high[m], truth[m]) for name, m in groups.items() if m.any()}


def constant_mae(rows: Sequence[Row], price: float) -> dict[str, float]:
    """Mean absolute error per split of always answering `price`."""
    truth, splits = truths(rows), np.array([row.split for row in rows])
    found = {name: float(np.abs(truth[splits == name] - price).mean()) for name in sorted(set(splits.tolist()))}
    return {"all": round(float(np.abs(truth - price).mean()), 2)} | {name: round(mae, 2) for name, mae in found.items()}


def compare_estimators(probabilities: Floats, truth: Floats) -> dict[str, dict[str, float]]:
    """Mean absolute error of each estimator: plain, and with the price bands at the shares of calibration.price_level."""
    errors = {name: np.abs(estimate(probabilities, name) - truth) for name in ESTIMATORS}
    weights = band_weights(truth)
    return {
        name: {"mae": round(float(e.mean()), 2), "banded": round(float(np.average(e, weights=weights)), 2)}
        for name, e in errors.items()
    }
