"""Fits how every subset of pricers is combined: weights and sharpness with the least error, then calibrated.

Fits only on estimates of rows that no pricer was fitted on. Uses the service's Rule, so that what is scored is what is served.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ensemble.combine import CHAT, LOCAL, Weights, subset_key
from ensemble.groups import CategoryWords
from ensemble.rule import Interval, Rule
from training.command_line.log import log
from training.ensemble.calibration import NO_SHIFT, Level, choose_knots, crossed_shift, fit_interval, fit_shift
from training.ensemble.held import Floats, Held

STEP = 0.05  # of the weights that are tried: finer ones differ by cents
SHARPNESS = (0.0, 0.5, 1.0, 1.5, 2.0)  # tried: by which power of its relative width a pricer counts less
NEAR = 0.01  # share of the least error
CHEAP = 25.0  # dollars, below which an error counts as much as there


def error(held: Held, log_price: Floats) -> float:
    """Weighted mean of error / root of the price: between dollars, which dear goods decide alone, and shares of the price."""
    return float(np.average(np.abs(np.exp(log_price) - held.truth) / np.sqrt(np.maximum(held.truth, CHEAP)), weights=held.weights))


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
    return Rule(dict(weights), NO_SHIFT, Interval([0.0], [0.0], [0.0]), sharpness, dict(widths))


def search_weights(names: Sequence[str], held: Held) -> tuple[dict[str, float], float]:
    """Weights and sharpness: the mean of all whose error is within NEAR of the least, since they differ by chance alone."""
    widths = usual_widths(names, held)
    tried = itertools.product(weight_choices(names), SHARPNESS if len(names) > 1 and widths else SHARPNESS[:1])
    rules = [without_shift(weights, sharpness, widths) for weights, sharpness in tried]
    errors = np.array([error(held, rule.mean(held.logs, held.widths)) for rule in rules])
    near = [rule for rule, each in zip(rules, errors, strict=True) if each <= errors.min() * (1 + NEAR)]
    weights = {name: round(float(np.mean([rule.weights[name] for rule in near])), 4) for name in names}
    return weights, round(float(np.mean([rule.sharpness for rule in near])), 3)


def fit_rule(names: Sequence[str], held: Held) -> Rule:
    """The rule of a subset: weights and sharpness, then the shift with the least cross-validated error, and the interval."""
    weights, sharpness = search_weights(sorted(names), held)
    rule = without_shift(weights, sharpness, usual_widths(sorted(names), held))
    mean = rule.mean(held.logs, held.widths)
    level = Level(mean, rule.spread(held.widths) + np.zeros_like(mean), held)
    knots = choose_knots(level)
    interval = fit_interval(replace(level, log_price=crossed_shift(level, knots)))
    return replace(rule, shift=fit_shift(level, knots), interval=interval)


def fit_all(members: Sequence[str], held: Held, category_words: CategoryWords) -> Weights:
    """A rule for every subset of the members that can answer together: frontier-rag answers by its chat model or without."""
    subsets = itertools.chain.from_iterable(itertools.combinations(sorted(members), n) for n in range(1, len(members) + 1))
    rules = {subset_key(names): fit_rule(names, held) for names in subsets if not {CHAT, LOCAL} <= set(names)}
    for key, rule in rules.items():
        log(key, rule.weights, "sharpness", rule.sharpness, "knots of the shift", len(rule.shift.knots))
    return Weights(sorted(members), rules, category_words)


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
        return lambda asked: rule.log_price(asked.logs, asked.widths, asked.groups)

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
