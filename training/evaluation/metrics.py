"""Metrics of price estimates: mean absolute error with its interval, RMSLE, hits, coverage and width of the 80 % interval, bias.

The definitions are those of the design: error = |estimate - truth| in USD; RMSLE over log(1 + x); a hit is an error below
40 dollars or 20 % of the truth. Where a pricer gives no interval nothing is said of one. Knows nothing of files or pricers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from training.evaluation.bootstrap import Floats, mean_interval

BAND_EDGES = (25, 50, 100, 200, 400, 1000)
BANDS = ("<25", "25-50", "50-100", "100-200", "200-400", "400-1000", ">=1000")
HIT_DOLLARS, HIT_SHARE = 40.0, 0.2
LEAST = 0.01  # dollars, of a price whose logarithm is taken
NEAR_DOLLARS, NEAR_SHARE = 80.0, 0.4


class Score(TypedDict):
    """The metrics of a set of rows. `hits` and `coverage80` are fractions 0..1, money is in USD, None: no intervals were given."""

    n: int
    mae: float
    mae_ci95: list[float]  # percentile bootstrap
    mae_sd: float  # standard deviation of the mean of so many errors: how far another draw of rows would move it
    rmsle: float
    log_error: float  # mean of |ln(estimate / truth)|
    log_bias: float  # median of ln(estimate / truth)
    hits: float
    coverage80: float | None
    bias: float  # mean of estimate - truth
    bias_median: float
    width: float | None  # mean of high - low
    width_relative: float | None  # median of (high - low) / estimate


@dataclass(frozen=True)
class Outcome:
    """What was asked and what was answered: arrays of the same length, USD; low and high are NaN where no interval was given."""

    truth: Floats
    price: Floats
    low: Floats
    high: Floats

    @classmethod
    def points(cls, truth: Floats, price: Floats) -> "Outcome":
        """Estimates without intervals."""
        none = np.full(len(truth), np.nan)
        return cls(truth, price, none, none)

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def errors(self) -> Floats:
        """Absolute errors."""
        return np.abs(self.price - self.truth)

    @property
    def has_interval(self) -> npt.NDArray[np.bool_]:
        """Which estimates came with an interval."""
        return np.isfinite(self.low) & np.isfinite(self.high)

    def only(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Outcome":
        """The rows under a mask or at positions."""
        return Outcome(self.truth[rows], self.price[rows], self.low[rows], self.high[rows])


def hits(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Which estimates a person would call right."""
    return (outcome.errors < HIT_DOLLARS) | (outcome.errors < HIT_SHARE * outcome.truth)


def colours(outcome: Outcome) -> list[str]:
    """green = hit, orange = an error below 80 dollars or 40 %, red = the rest."""
    near = (outcome.errors < NEAR_DOLLARS) | (outcome.errors < NEAR_SHARE * outcome.truth)
    return ["green" if hit else "orange" if close else "red" for hit, close in zip(hits(outcome), near, strict=True)]


def covered(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Which truths lie within their interval; without one they do not."""
    return (outcome.low <= outcome.truth) & (outcome.truth <= outcome.high)


def rmsle(outcome: Outcome) -> float:
    """Root of the mean squared difference of log(1 + x)."""
    return float(np.sqrt(np.mean((np.log1p(outcome.price) - np.log1p(outcome.truth)) ** 2)))


def deviation_of_mean(values: Floats) -> float:
    """Standard deviation of the mean of so many values: s / sqrt(n); 0 for a single value, of which nothing can be said."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def band_of(truth: Floats) -> list[str]:
    """The price band of each truth."""
    return [BANDS[i] for i in np.searchsorted(BAND_EDGES, truth, side="right")]


def score(outcome: Outcome, seed: int) -> Score:
    """All metrics of a set of rows (not empty); those of the intervals are taken over the rows that have one."""
    errors, signed = outcome.errors, outcome.price - outcome.truth
    given = outcome.only(outcome.has_interval)
    logs = np.log(np.maximum(outcome.price, LEAST) / np.maximum(outcome.truth, LEAST))
    widths = given.high - given.low
    known = len(given) > 0
    return {
        "n": len(outcome),
        "mae": round(float(errors.mean()), 3),
        "mae_ci95": mean_interval(errors, seed),
        "mae_sd": round(deviation_of_mean(errors), 3),
        "rmsle": round(rmsle(outcome), 4),
        "log_error": round(float(np.abs(logs).mean()), 4),
        "log_bias": round(float(np.median(logs)), 4),
        "hits": round(float(hits(outcome).mean()), 4),
        "coverage80": round(float(covered(given).mean()), 4) if known else None,
        "bias": round(float(signed.mean()), 3),
        "bias_median": round(float(np.median(signed)), 3),
        "width": round(float(widths.mean()), 3) if known else None,
        "width_relative": _relative(widths, given.price) if known else None,
    }


def _relative(widths: Floats, prices: Floats) -> float | None:
    """Median width as a share of the estimate, over the estimates above zero."""
    positive = prices > 0
    return round(float(np.median(widths[positive] / prices[positive])), 4) if positive.any() else None


def score_groups(outcome: Outcome, names: Sequence[str], seed: int) -> dict[str, Score]:
    """The metrics of each group; `names` gives each row's group, "" that it has none. The largest group comes first."""
    # By numbers: an array of the names would make room for the longest in each row.
    counts = Counter(names)
    order = sorted(counts, key=lambda name: (-counts[name], name))
    numbers = {name: number for number, name in enumerate(order)}
    groups = np.array([numbers[name] for name in names], np.int64)
    return {name: score(outcome.only(groups == numbers[name]), seed) for name in order if name}


def score_bands(outcome: Outcome, seed: int, of: Floats | None = None) -> dict[str, Score]:
    """The metrics of each band of the true price, or of the prices `of`; cheapest first."""
    scores = score_groups(outcome, band_of(outcome.truth if of is None else of), seed)
    return {band: scores[band] for band in BANDS if band in scores}
