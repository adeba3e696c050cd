"""What is said of a specialist's estimates: errors, hits and coverage by split and price band, and how its estimators compare."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import Calibration, estimate, read_prices
from training.calibration.price_level import band_weights
from training.data.market import family_of
from training.data.rows import Row
from training.evaluation.metrics import BANDS, band_of

Floats = npt.NDArray[np.float64]
ESTIMATORS = ("median", "mean", "midmean")


def truths(rows: Sequence[Row]) -> Floats:
    """Prices of rows."""
    return np.array([row.price or 0.0 for row in rows])


def mean_absolute_error(probabilities: npt.ArrayLike, rows: Sequence[Row], classes: PriceClasses = WHOLE_DOLLARS) -> float:
    """Of the distributions' medians, in dollars. `probabilities` [n, classes]: shares of the price classes."""
    return float(np.abs(estimate(np.asarray(probabilities, np.float64), "median", classes) - truths(rows)).mean())


def mean_log_error(probabilities: npt.ArrayLike, rows: Sequence[Row], classes: PriceClasses) -> float:
    """Mean |ln(estimate / price)| of the distributions' medians."""
    return float(np.abs(np.log(estimate(np.asarray(probabilities, np.float64), "median", classes) / truths(rows))).mean())


def points_by_split(probabilities: npt.ArrayLike, rows: Sequence[Row], classes: PriceClasses) -> dict[str, dict[str, float]]:
    """Errors of the distributions' medians over all rows and each split, or family where a row names no split."""
    price, truth = estimate(np.asarray(probabilities, np.float64), "median", classes), truths(rows)
    names = np.array([row.split or family_of(row) for row in rows])
    groups = {"all": np.ones(len(rows), bool)} | {name: names == name for name in sorted(set(names.tolist()))}
    return {
        name: {
            "mae": round(float(np.abs(price[m] - truth[m]).mean()), 2),
            "log_error": round(float(np.abs(np.log(price[m] / truth[m])).mean()), 4),
            "log_bias": round(float(np.median(np.log(price[m] / truth[m]))), 4),
        }
        for name, m in groups.items()
    }


def measure(price: Floats, low: Floats, high: Floats, truth: Floats) -> dict[str, float]:
    """Mean absolute error, mean |ln(estimate / price)|, its median with its sign, RMSLE, shares of hits and of truths inside."""
    error = np.abs(price - truth)
    return {
        "n": len(truth),
        "mae": round(float(error.mean()), 2),
        "log_error": round(float(np.abs(np.log(price / truth)).mean()), 4),
        "log_bias": round(float(np.median(np.log(price / truth))), 4),
        "rmsle": round(float(np.sqrt(np.mean((np.log1p(price) - np.log1p(truth)) ** 2))), 4),
        "hits": round(float(((error < 40) | (error < 0.2 * truth)).mean()), 4),
        "coverage80": round(float(((low <= truth) & (truth <= high)).mean()), 4),
    }


def by_group(
    logits: npt.ArrayLike, rows: Sequence[Row], calibration: Calibration, classes: PriceClasses = WHOLE_DOLLARS
) -> dict[str, dict[str, float]]:
    """`measure` over all rows, each split, and each band of the true price; the prices are those that the service would give."""
    read, truth = read_prices(logits, calibration, classes), truths(rows)
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


def compare_estimators(probabilities: Floats, truth: Floats, classes: PriceClasses = WHOLE_DOLLARS) -> dict[str, dict[str, float]]:
    """Mean absolute error of each estimator: plain, and with the price bands at the shares of calibration.price_level."""
    errors = {name: np.abs(estimate(probabilities, name, classes) - truth) for name in ESTIMATORS}
    weights = band_weights(truth)
    return {
        name: {"mae": round(float(e.mean()), 2), "banded": round(float(np.average(e, weights=weights)), 2)}
        for name, e in errors.items()
    }
