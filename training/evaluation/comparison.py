"""Is one pricer better than another? Paired differences of their errors on the same rows, with bootstrap intervals.

Several comparisons at once find a "better" by chance more often than one, so that their intervals are widened (Bonferroni): all
of them hold together with 95 %. Knows nothing of how estimates were made.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NotRequired, TypedDict

import numpy as np

from training.evaluation.bootstrap import Floats, percentile_intervals, resampled_means
from training.evaluation.metrics import Outcome

LEVEL = 0.95
LEAST_ROWS = 20  # for a verdict: the bootstrap of fewer is too sure of itself
RESAMPLES, MOST_RESAMPLES = 10_000, 100_000
TAIL_RESAMPLES = 50  # at least so many beyond each end of a widened interval


class Difference(TypedDict):
    """MAE of `a` less MAE of `b` on the same rows, USD. `nearer`: share of the rows where a's error is the smaller one."""

    a: str
    b: str
    n: int
    difference: float
    ci95: list[float]
    ci_adjusted: list[float]
    comparisons: int  # how many this is one of: ci_adjusted holds for all of them together
    nearer: float
    ties: float
    better: str | None  # the one with the smaller MAE where ci_adjusted excludes zero
    by: NotRequired[dict[str, dict[str, "Difference"]]]


def differences(
    outcomes: Mapping[str, Outcome], splits: Sequence[str], seed: int, reference: str | None = None
) -> list[Difference]:
    """Every pair of pricers on all rows, or with a `reference` its pairs alone: fewer, so that each is told more sharply.

    Under "by" stands the same by split, where there are several: a family of its own.
    """
    names = sorted(outcomes, key=lambda name: name != reference)
    errors = np.column_stack([outcomes[name].errors for name in names])
    places = [pair for pair in combinations(range(len(names)), 2) if reference is None or pair[0] == 0]
    pairs = len(places)
    overall = _pairs(names, errors, places, (pairs, seed))
    groups = {split: np.array([each == split for each in splits], bool) for split in dict.fromkeys(splits) if split}
    if len(groups) > 1:
        parts = {split: _pairs(names, errors[mask], places, (pairs * len(groups), seed)) for split, mask in groups.items()}
        for place, difference in enumerate(overall):
            difference["by"] = {"split": {split: part[place] for split, part in parts.items()}}
    return overall


def _pairs(names: Sequence[str], errors: Floats, places: Sequence[tuple[int, int]], family: tuple[int, int]) -> list[Difference]:
    """The pairs `places` of the columns of `errors` [rows, pricers]; `family`: how many comparisons hold together, and a seed."""
    comparisons, seed = family
    tail = (1 - LEVEL) / 2 / comparisons
    resamples = int(np.clip(TAIL_RESAMPLES / tail, RESAMPLES, MOST_RESAMPLES))
    # The mean of a difference is the difference of the means, as all columns share each draw of rows.
    means = resampled_means(errors, seed, resamples)
    paired = np.column_stack([means[:, a] - means[:, b] for a, b in places])
    plain, adjusted = percentile_intervals(paired, LEVEL), percentile_intervals(paired, 1 - (1 - LEVEL) / comparisons)
    found: list[Difference] = []
    for place, (a, b) in enumerate(places):
        gap = errors[:, a] - errors[:, b]
        low, high = adjusted[place]
        winner = names[a] if high < 0 else names[b] if low > 0 else None
        found.append(
            {
                "a": names[a],
                "b": names[b],
                "n": len(errors),
                "difference": round(float(gap.mean()), 3),
                "ci95": plain[place],
                "ci_adjusted": adjusted[place],
                "comparisons": comparisons,
                "nearer": round(float((gap < 0).mean()), 4),
                "ties": round(float((gap == 0).mean()), 4),
                "better": winner if len(errors) >= LEAST_ROWS else None,
            }
        )
    return found
