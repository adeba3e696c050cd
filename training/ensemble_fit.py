"""Fits how a subset of pricers is combined: weights by search for the least absolute error in dollars, shift, interval.

Fits only on estimates of rows that no pricer was fitted on. Uses the service's Rule, so that what is scored is what is served.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ensemble.combine import Interval, Offsets, Rule
from training import calibration_fit

Floats = npt.NDArray[np.float64]
STEP = 0.05  # of the weights that are tried: finer ones differ by cents
# Tried, the first while weights are sought; pricers that are calibrated already gain nothing from a curve of their own.
SHIFT_KNOTS = (4, 1, 8)
INTERVAL_KNOTS = 8
NEAR = 0.01  # share of the least error
COVERAGE = 0.81  # on held-out rows; a single pricer needs a point more to hold 80 % of products-dev


@dataclass(frozen=True, eq=False)
class Held:
    """Log estimates by pricer, true prices in USD, how much each row counts, and its fold."""

    logs: Mapping[str, Floats]
    truth: Floats
    weights: Floats
    folds: npt.NDArray[np.int64]

    def only(self, mask: npt.NDArray[np.bool_]) -> "Held":
        """The rows under `mask`."""
        logs = {name: values[mask] for name, values in self.logs.items()}
        return Held(logs, self.truth[mask], self.weights[mask], self.folds[mask])


def error(held: Held, log_price: Floats) -> float:
    """Weighted mean absolute error in USD."""
    return float(np.average(np.abs(np.exp(log_price) - held.truth), weights=held.weights))


def weight_choices(names: Sequence[str]) -> Iterator[dict[str, float]]:
    """All weights in steps of STEP that are not negative and sum to 1."""
    steps = round(1 / STEP)
    for counts in itertools.product(range(steps + 1), repeat=len(names)):
        if sum(counts) == steps:
            yield {name: round(count * STEP, 6) for name, count in zip(names, counts, strict=True)}


def _level(weights: Mapping[str, float], held: Held) -> Floats:
    return np.asarray(np.sum([weight * held.logs[name] for name, weight in weights.items()], axis=0))


def fit_shift(level: Floats, held: Held, count: int) -> Offsets:
    """Offsets at `count` levels with the least error in dollars near each, kept from turning the order of two answers around."""
    knots = calibration_fit.knots_of(level, held.weights, count)
    shift = calibration_fit.fit_shift(level, np.log(held.truth), held.weights, knots)
    rising = np.maximum.accumulate(knots + shift)  # an answer that falls when a pricer's estimate rises could not be explained
    return Offsets(knots.tolist(), (rising - knots).tolist())


def fit_interval(log_price: Floats, held: Held) -> Interval:
    """Offsets between which four of five truths lie, near each level and in all."""
    knots = calibration_fit.knots_of(log_price, held.weights, INTERVAL_KNOTS)
    ends = calibration_fit.fit_interval(log_price, np.log(held.truth) - log_price, held.truth, knots, COVERAGE)
    low, high = np.minimum(ends[:, 0], 0), np.maximum(ends[:, 1], 0)
    return Interval(knots.tolist(), low.tolist(), high.tolist())


def _shifted_error(weights: Mapping[str, float], held: Held, count: int) -> float:
    """Cross-validated error of these weights with a shift that is fitted without the fold it is tried on."""
    level = _level(weights, held)
    answers = np.zeros_like(level)
    for fold in np.unique(held.folds):
        inside = held.folds == fold
        answers[inside] = level[inside] + fit_shift(level[~inside], held.only(~inside), count).at(level[inside])
    return error(held, answers)


def search_weights(names: Sequence[str], held: Held) -> dict[str, float]:
    """The mean of all weights whose cross-validated error is within NEAR of the least: they differ by chance alone."""
    choices = list(weight_choices(names))
    errors = np.array([_shifted_error(choice, held, SHIFT_KNOTS[0]) for choice in choices])
    near = [choice for choice, each in zip(choices, errors, strict=True) if each <= errors.min() * (1 + NEAR)]
    return {name: round(float(np.mean([choice[name] for choice in near])), 4) for name in names}


def fit_rule(names: Sequence[str], held: Held) -> Rule:
    """The rule of a subset: the weights and the shift with the least cross-validated error, then both and interval on all rows."""
    weights = search_weights(sorted(names), held)
    count = min(SHIFT_KNOTS, key=lambda each: _shifted_error(weights, held, each))
    level = _level(weights, held)
    shift = fit_shift(level, held, count)
    return Rule(weights, 0.0, shift, fit_interval(level + shift.at(level), held))


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
        return lambda asked: rule.log_price(asked.logs)

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
