"""Fits how a subset of pricers is combined: weights and sharpness with the least absolute error in dollars, shift, interval.

Fits only on estimates of rows that no pricer was fitted on. Uses the service's Rule, so that what is scored is what is served.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ensemble.combine import Interval, Offsets, Rule
from training.calibration import price_level as calibration_fit

Floats = npt.NDArray[np.float64]
STEP = 0.05  # of the weights that are tried: finer ones differ by cents
SHARPNESS = (0.0, 0.5, 1.0, 1.5, 2.0)  # tried: by which power of its relative width a pricer counts less
SHIFT_KNOTS = (0, 1)  # tried: no shift, or one common factor; curves over 4 or 8 levels gained no more than chance beside it
INTERVAL_KNOTS = 8
NEAR = 0.01  # share of the least error


@dataclass(frozen=True, eq=False)
class Held:
    """Log estimates by pricer and their ln(high / low), true prices in USD, how much each row counts, and its fold.

    A pricer without intervals has no widths, or NaN for some rows.
    """

    logs: Mapping[str, Floats]
    truth: Floats
    weights: Floats
    folds: npt.NDArray[np.int64]
    widths: Mapping[str, Floats] = field(default_factory=dict)

    def only(self, mask: npt.NDArray[np.bool_]) -> "Held":
        """The rows under `mask`."""
        logs, widths = ({name: values[mask] for name, values in each.items()} for each in (self.logs, self.widths))
        return Held(logs, self.truth[mask], self.weights[mask], self.folds[mask], widths)

    def among(self, names: Collection[str]) -> "Held":
        """What these pricers say of all rows."""
        logs, widths = ({name: each[name] for name in names if name in each} for each in (self.logs, self.widths))
        return replace(self, logs=logs, widths=widths)


def error(held: Held, log_price: Floats) -> float:
    """Weighted mean absolute error in USD."""
    return float(np.average(np.abs(np.exp(log_price) - held.truth), weights=held.weights))


def weight_choices(names: Sequence[str]) -> Iterator[dict[str, float]]:
    """All weights in steps of STEP that are not negative and sum to 1."""
    steps = round(1 / STEP)
    for counts in itertools.product(range(steps + 1), repeat=len(names)):
        if sum(counts) == steps:
            yield {name: round(count * STEP, 6) for name, count in zip(names, counts, strict=True)}


def usual_widths(names: Sequence[str], held: Held) -> dict[str, float]:
    """The geometric mean of ln(high / low) of each pricer that gives intervals."""
    logs = {name: np.log(held.widths[name]) for name in names if name in held.widths}
    return {name: round(float(np.exp(np.nanmean(each))), 4) for name, each in logs.items() if np.isfinite(each).any()}


def without_shift(weights: Mapping[str, float], sharpness: float, widths: Mapping[str, float]) -> Rule:
    """A rule that is its weights alone."""
    return Rule(dict(weights), 0.0, Offsets([0.0], [0.0]), Interval([0.0], [0.0], [0.0]), sharpness, dict(widths))


def fit_shift(level: Floats, held: Held, count: int) -> Offsets:
    """Offsets at `count` levels with the least error in dollars near each, kept from turning the order of two answers around."""
    if count == 0:
        return Offsets([0.0], [0.0])
    knots = calibration_fit.knots_of(level, held.weights, count)
    shift = calibration_fit.fit_shift(level, np.log(held.truth), held.weights, knots)
    rising = np.maximum.accumulate(knots + shift)  # an answer that falls when a pricer's estimate rises could not be explained
    return Offsets(knots.tolist(), (rising - knots).tolist())


def fit_interval(log_price: Floats, unit: Floats, held: Held) -> Interval:
    """Offsets, in units of each row's spread, between which four of five truths lie, near each level and in all."""
    knots = calibration_fit.knots_of(log_price, held.weights, INTERVAL_KNOTS)
    residuals = (np.log(held.truth) - log_price) / unit
    tails = calibration_fit.choose_tails(log_price, residuals, held.truth, knots, held.folds)
    ends = calibration_fit.fit_interval(log_price, residuals, held.truth, knots, tails=tails)
    low, high = np.minimum(ends[:, 0], 0), np.maximum(ends[:, 1], 0)
    return Interval(knots.tolist(), low.tolist(), high.tolist())


def _shifted_errors(level: Floats, held: Held, count: int) -> Floats:
    """Weighted absolute error of each row with a shift that is fitted without its fold."""
    answers = np.zeros_like(level)
    for fold in np.unique(held.folds):
        inside = held.folds == fold
        answers[inside] = level[inside] + fit_shift(level[~inside], held.only(~inside), count).at(level[inside])
    return np.asarray(held.weights / held.weights.mean() * np.abs(np.exp(answers) - held.truth))


def choose_knots(level: Floats, held: Held) -> int:
    """How many knots the shift has: that of SHIFT_KNOTS with the least cross-validated error."""
    return min(SHIFT_KNOTS, key=lambda count: float(_shifted_errors(level, held, count).mean()))


def search_weights(names: Sequence[str], held: Held) -> tuple[dict[str, float], float]:
    """Weights and sharpness: the mean of all whose error is within NEAR of the least, since they differ by chance alone."""
    widths = usual_widths(names, held)
    tried = itertools.product(weight_choices(names), SHARPNESS if len(names) > 1 and widths else SHARPNESS[:1])
    rules = [without_shift(weights, sharpness, widths) for weights, sharpness in tried]
    errors = np.array([error(held, rule.log_price(held.logs, held.widths)) for rule in rules])
    near = [rule for rule, each in zip(rules, errors, strict=True) if each <= errors.min() * (1 + NEAR)]
    weights = {name: round(float(np.mean([rule.weights[name] for rule in near])), 4) for name in names}
    return weights, round(float(np.mean([rule.sharpness for rule in near])), 3)


def fit_rule(names: Sequence[str], held: Held) -> Rule:
    """The rule of a subset: weights and sharpness, then the shift with the least cross-validated error, and the interval."""
    weights, sharpness = search_weights(sorted(names), held)
    rule = without_shift(weights, sharpness, usual_widths(sorted(names), held))
    level = rule.log_price(held.logs, held.widths)
    shift = fit_shift(level, held, choose_knots(level, held))
    interval = fit_interval(level + shift.at(level), rule.spread(held.widths) + np.zeros_like(level), held)
    return replace(rule, shift=shift, interval=interval)


def crossed(held: Held, fit: Callable[[Held], Callable[[Held], Floats]]) -> Floats:
    """Log prices of all rows, each from a fit that has not seen its fold. `fit` returns what then answers."""
    answers = np.zeros_like(held.truth)
    for fold in np.unique(held.folds):
        inside = held.folds == fold
        answers[inside] = fit(held.only(~inside))(held.only(inside))
    return answers


def rule_answers(names: Sequence[str]) -> Callable[[Held], Callable[[Held], Floats]]:
    """For crossed(): our rule."""

    def fit(seen: Held) -> Callable[[Held], Floats]:
        rule = fit_rule(names, seen)
        return lambda asked: rule.log_price(asked.logs, asked.widths)

    return fit


def _columns(held: Held) -> Floats:
    prices = np.exp(np.stack([held.logs[name] for name in sorted(held.logs)], axis=1))
    return np.column_stack([prices, prices.min(axis=1), prices.max(axis=1), np.ones(len(prices))])


def linear_regression(seen: Held) -> Callable[[Held], Floats]:
    """For crossed(): least squares on the estimates, their least and greatest, as the published system does it."""
    root = np.sqrt(seen.weights)
    factors, *_ = np.linalg.lstsq(_columns(seen) * root[:, None], seen.truth * root, rcond=None)
    return lambda asked: np.log(np.maximum(_columns(asked) @ factors, 0.5))


def without_fitting(held: Held) -> dict[str, Floats]:
    """Log prices of the combinations that need no fit, and of each pricer alone."""
    logs = np.stack([held.logs[name] for name in sorted(held.logs)])
    means = {"mean": np.log(np.exp(logs).mean(axis=0)), "geometric mean": logs.mean(axis=0), "median": np.median(logs, axis=0)}
    return {**held.logs, **(means if len(logs) > 1 else {})}
