"""Metrics of price estimates: mean absolute error with its interval, RMSLE, hits, coverage and width of the 80 % interval, bias.

The definitions are those of the design: error = |estimate - truth| in USD; RMSLE over log(1 + x); a hit is an error below
40 dollars or 20 % of the truth. Knows nothing of files or pricers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Score = dict[str, float | int | list[float]]

BAND_EDGES = (25, 50, 100, 200, 400)
BANDS = ("<25", "25-50", "50-100", "100-200", "200-400", ">=400")
HIT_DOLLARS, HIT_SHARE = 40.0, 0.2
NEAR_DOLLARS, NEAR_SHARE = 80.0, 0.4
RESAMPLES = 2000


@dataclass(frozen=True)
class Outcome:
    """What was asked and what was answered: arrays of the same length, USD."""

    truth: Floats
    price: Floats
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def errors(self) -> Floats:
        """Absolute errors."""
        return np.abs(self.price - self.truth)

    def only(self, mask: npt.NDArray[np.bool_]) -> "Outcome":
        """The rows under `mask`."""
        return Outcome(self.truth[mask], self.price[mask], self.low[mask], self.high[mask])


def hits(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Which estimates a person would call right."""
    return (outcome.errors < HIT_DOLLARS) | (outcome.errors < HIT_SHARE * outcome.truth)


def colours(outcome: Outcome) -> list[str]:
    """green = hit, orange = an error below 80 dollars or 40 %, red = the rest."""
    near = (outcome.errors < NEAR_DOLLARS) | (outcome.errors < NEAR_SHARE * outcome.truth)
    return ["green" if hit else "orange" if close else "red" for hit, close in zip(hits(outcome), near, strict=True)]


def covered(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Which truths lie within their interval."""
    return (outcome.low <= outcome.truth) & (outcome.truth <= outcome.high)


def rmsle(outcome: Outcome) -> float:
    """Root of the mean squared difference of log(1 + x)."""
    return float(np.sqrt(np.mean((np.log1p(outcome.price) - np.log1p(outcome.truth)) ** 2)))


def mean_interval(values: Floats, seed: int, resamples: int = RESAMPLES) -> list[float]:
    """Percentile bootstrap 95 % interval of the mean. One resample at a time, so that memory does not grow with them."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(resamples)]
    low, high = np.percentile(means, [2.5, 97.5])
    return [round(float(low), 3), round(float(high), 3)]


def band_of(truth: Floats) -> list[str]:
    """The price band of each truth."""
    return [BANDS[i] for i in np.searchsorted(BAND_EDGES, truth, side="right")]


def score(outcome: Outcome, seed: int) -> Score:
    """All metrics of a set of rows; `hits` and `coverage80` are fractions, money in USD, `width` the mean of high - low."""
    return {
        "n": len(outcome),
        "mae": round(float(outcome.errors.mean()), 3),
        "mae_ci95": mean_interval(outcome.errors, seed),
        "rmsle": round(rmsle(outcome), 4),
        "hits": round(float(hits(outcome).mean()), 4),
        "coverage80": round(float(covered(outcome).mean()), 4),
        "bias": round(float((outcome.price - outcome.truth).mean()), 3),
        "width": round(float((outcome.high - outcome.low).mean()), 3),
    }


def score_groups(outcome: Outcome, names: Sequence[str], seed: int) -> dict[str, Score]:
    """The metrics of each group; `names` gives each row's group, "" that it has none. The largest group comes first."""
    groups = np.array(names)
    found, counts = np.unique(groups, return_counts=True)
    order = sorted(zip(found.tolist(), counts.tolist(), strict=True), key=lambda each: (-each[1], each[0]))
    return {name: score(outcome.only(groups == name), seed) for name, _ in order if name}


def score_bands(outcome: Outcome, seed: int) -> dict[str, Score]:
    """The metrics of each price band, cheapest first."""
    scores = score_groups(outcome, band_of(outcome.truth), seed)
    return {band: scores[band] for band in BANDS if band in scores}
