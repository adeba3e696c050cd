"""Calibrates a combination of pricers on held-out rows: its level, and the 80 % interval by level and by group.

The level's shift goes with the square of each row's spread and the interval's ends with the spread (see ensemble.rule). Groups
are those that are seen when a price is asked (ensemble.groups); small ones are drawn to the whole. Knows nothing of how the level
is combined.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ensemble.groups import CATEGORIES, KINDS, KNOWN, Groups
from ensemble.rule import BAND_EDGES, BANDS, MOST_UNUSUAL, SHIFT_SPREAD, SPREAD, Factors, Interval, Shift
from training.calibration import price_level
from training.ensemble.held import Floats, Held

SHIFT_KNOTS = (0, 1, 8)  # tried: no shift, a factor, or a curve; each by kind of text
INTERVAL_KNOTS = 8
LEAST_GAIN = 0.001  # share of the error
POOLED = 50.0  # rows: a group of so many counts half by itself and half as the whole
# Of each group, so that half a point is to spare: other rows come from other sources than those held out.
GROUP_COVERAGE = 0.805
PASSES = 6  # over the kinds of groups; after four no factor moves by a thousandth
LEAST_END = 1e-6  # of an interval, in log price, beside zero
# With the factors of bands in place less has to be kept for the high end.
TAILS = (*price_level.TAILS, ((0.03, 0.80), (0.10, 0.98)))
NO_SHIFT = Shift([0.0], {name: [0.0] for name in KINDS})


@dataclass(frozen=True, eq=False)
class Level:
    """What is calibrated: log prices, how unsure each is beside the usual (`spread`), its groups, the rows with their truths."""

    log_price: Floats
    spread: Floats
    held: Held

    @property
    def groups(self) -> Groups:
        """Of each row."""
        return self.held.groups

    def only(self, mask: npt.NDArray[np.bool_]) -> "Level":
        """The rows under `mask`."""
        return Level(self.log_price[mask], self.spread[mask], self.held.only(mask))


def fit_shift(level: Level, count: int) -> Shift:
    """The median of what is missing at each of `count` levels, by kind of text; no answer overtakes a higher one by it."""
    if count == 0:
        return NO_SHIFT
    unit = level.spread**SHIFT_SPREAD
    missing, weights = (np.log(level.held.truth) - level.log_price) / unit, level.held.evened * unit
    knots = price_level.knots_of(level.log_price, level.held.evened, count)
    near = price_level.near_knots(level.log_price, weights, knots)
    common = [price_level.weighted_quantile(missing, each, 0.5) for each in near]
    kinds = {name: level.groups.kind == place for place, name in enumerate(KINDS)}
    curves = {
        name: [_pooled(missing[rows], each[rows], 0.5, middle) for each, middle in zip(near, common, strict=True)]
        for name, rows in kinds.items()
    }
    return Shift(knots.tolist(), {name: _rising(knots, np.array(curve)) for name, curve in curves.items()})


def _pooled(values: Floats, weights: Floats, share: float, whole: float) -> float:
    """The weighted quantile of a group, drawn to that of the `whole` as if POOLED rows of it were among the group's."""
    if not len(values) or not weights.any():
        return whole
    count = weights.sum() ** 2 / (weights**2).sum()  # rows that weigh the same (Kish's effective sample size)
    own = price_level.weighted_quantile(values, weights, share)
    return float(whole + (own - whole) * count / (count + POOLED))


def _rising(knots: Floats, offsets: Floats) -> list[float]:
    """Offsets with which answers of the greatest spread keep their order: one that falls as a pricer's rises is past explaining."""
    greatest = MOST_UNUSUAL ** (SPREAD * SHIFT_SPREAD)
    rising = np.maximum.accumulate(knots + greatest * offsets)
    return [round(each, 5) for each in ((rising - knots) / greatest).tolist()]


def shifted(level: Level, shift: Shift) -> Floats:
    """Log prices with the shift."""
    return np.asarray(level.log_price + level.spread**SHIFT_SPREAD * shift.at(level.log_price, level.groups.kind))


def crossed_shift(level: Level, count: int) -> Floats:
    """Log prices of all rows, each with a shift that is fitted without its fold."""
    answers = np.zeros_like(level.log_price)
    for fold in np.unique(level.held.folds):
        inside = level.held.folds == fold
        answers[inside] = shifted(level.only(inside), fit_shift(level.only(~inside), count))
    return answers


def choose_knots(level: Level) -> int:
    """How many knots the shift has: that of SHIFT_KNOTS with the least cross-validated error; none where that gains nothing.

    The error is |ln(estimate / truth)|, which a median makes least.
    """

    def error(count: int) -> float:
        errors = np.abs(crossed_shift(level, count) - np.log(level.held.truth))
        return float(np.average(errors, weights=level.held.evened)) * (1 + (LEAST_GAIN if count else 0))

    return min(SHIFT_KNOTS, key=error)


def fit_interval(level: Level) -> Interval:
    """Offsets, in units of each row's spread, between which four of five truths lie, and how much wider they are by group.

    The tails are chosen by cross-validation with the groups' factors in place (price_level.best_tails).
    """
    knots = price_level.knots_of(level.log_price, level.held.weights, INTERVAL_KNOTS)

    def cover(seen: npt.NDArray[np.bool_], tails: price_level.Tails) -> price_level.Cover:
        low, high = _reaches(level, _interval(level.only(seen), knots, tails))
        residuals = _residuals(level)
        return (low <= residuals) & (residuals <= high), high - low

    return _interval(level, knots, price_level.best_tails(cover, level.held.truth, level.held.folds, TAILS))


def _residuals(level: Level) -> Floats:
    return np.asarray((np.log(level.held.truth) - level.log_price) / level.spread)


def _reaches(level: Level, interval: Interval) -> tuple[Floats, Floats]:
    """Low and high end of each row's interval, from its log price, in units of its spread."""
    factor = interval.factors.at(level.log_price, level.groups)
    low, high = (factor * np.interp(level.log_price, interval.knots, ends) for ends in (interval.low, interval.high))
    return low, high


def _interval(level: Level, knots: Floats, tails: price_level.Tails) -> Interval:
    residuals = _residuals(level)
    ends = price_level.fit_interval(level.log_price, residuals, level.held.truth, knots, tails=tails)
    low, high = np.minimum(ends[:, 0], -LEAST_END), np.maximum(ends[:, 1], LEAST_END)
    near_low, near_high = (np.interp(level.log_price, knots, each) for each in (low, high))
    reach = np.where(residuals < 0, residuals / near_low, residuals / near_high)
    common, factors = fit_factors(np.log(np.maximum(reach, LEAST_END)), level.log_price, level.groups)
    return Interval(knots.tolist(), (low * common).round(4).tolist(), (high * common).round(4).tolist(), factors)


def fit_factors(reach: Floats, log_price: Floats, groups: Groups) -> tuple[float, Factors]:
    """A factor for all intervals and one for each group, with which GROUP_COVERAGE of the truths of each lie inside.

    `reach`: the log of the factor at which a row's interval just holds its truth; the quantile of it is what split conformal
    prediction takes, here by group (Mondrian) and in turn for each kind of group, given the others.
    """
    bands = np.searchsorted(BAND_EDGES, np.exp(log_price), side="right")
    parts = {
        "kind": (groups.kind, KINDS),
        "band": (bands, BANDS),
        "category": (groups.category, CATEGORIES),
        "known": (groups.known, KNOWN),
    }
    found = {part: np.zeros(len(names)) for part, (_, names) in parts.items()}
    common, ones = 0.0, np.ones_like(reach)
    for _ in range(PASSES):
        rest = reach - sum((found[part][codes] for part, (codes, _) in parts.items()), start=np.zeros_like(reach))
        common = price_level.weighted_quantile(rest, ones, GROUP_COVERAGE)
        for part, (codes, names) in parts.items():
            rest = (
                reach
                - common
                - sum((found[each][at] for each, (at, _) in parts.items() if each != part), start=np.zeros_like(reach))
            )
            found[part] = np.array(
                [_pooled(rest[codes == place], ones[codes == place], GROUP_COVERAGE, 0.0) for place in range(len(names))]
            )
    return float(np.exp(common)), Factors(**{part: _told(names, found[part]) for part, (_, names) in parts.items()})


def _told(names: Sequence[str], logs: Floats) -> dict[str, float]:
    return {name: round(float(np.exp(each)), 3) for name, each in zip(names, logs, strict=True)}
