"""The fitted combination is at least as good as its best member, on rows that it has not seen."""

from dataclasses import replace

import numpy as np
import pytest

from training.ensemble import fit as ensemble_fit
from training.ensemble.fit import Held, crossed, error, fit_rule, linear_regression, rule_answers, weight_choices

ROWS = 600


def held(**noise: float) -> Held:
    """Prices from 5 to 900 dollars; each pricer sees the log price with its own noise."""
    rng = np.random.default_rng(5)
    logs = rng.uniform(np.log(5), np.log(900), ROWS)
    seen = {name: logs + rng.normal(0, sigma, ROWS) for name, sigma in noise.items()}
    return Held(seen, np.exp(logs), np.ones(ROWS), np.arange(ROWS) % 5)


def test_weights_are_not_negative_and_sum_to_one() -> None:
    choices = list(weight_choices(["a", "b", "c"]))
    assert len(choices) == 231
    assert all(sum(choice.values()) == pytest.approx(1) and min(choice.values()) >= 0 for choice in choices)


def test_the_better_pricer_gets_more_weight() -> None:
    weights = fit_rule(["good", "poor"], held(good=0.2, poor=0.6)).weights
    assert weights["good"] > 0.7


def test_the_combination_beats_its_best_member_out_of_fold() -> None:
    data = held(a=0.5, b=0.5, c=0.6)
    ours = error(data, crossed(data, rule_answers(["a", "b", "c"])))
    assert ours < 0.9 * min(error(data, log_price) for log_price in data.logs.values())


def test_a_pricer_that_is_biased_is_put_right() -> None:
    data = held(a=0.1)
    data.logs["a"][:] += 0.7
    rule = fit_rule(["a"], data)
    assert error(data, rule.log_price(data.logs, data.widths)) < 0.25 * error(data, data.logs["a"])


def test_the_interval_holds_about_four_of_five_truths() -> None:
    data = held(a=0.4, b=0.5)
    rule = fit_rule(["a", "b"], data)
    low, high = rule.bounds(rule.log_price(data.logs, data.widths), data.widths)
    inside = np.mean((np.exp(low) <= data.truth) & (data.truth <= np.exp(high)))
    assert 0.78 < inside < 0.86


def test_a_shift_never_turns_two_answers_around() -> None:
    data = held(a=2.0)
    shift = ensemble_fit.fit_shift(data.logs["a"], data, 8)
    reached = np.array(shift.knots) + np.array(shift.offsets)
    assert (np.diff(reached) >= 0).all()


def test_least_squares_in_dollars_is_there_to_compare_with() -> None:
    data = held(a=0.1, b=0.1)
    assert error(data, crossed(data, linear_regression)) < 60


def sometimes_sure() -> Held:
    """Two pricers, each right within 10 % on half of the rows and 80 % off on the others, and both know which."""
    rng = np.random.default_rng(8)
    logs = rng.uniform(np.log(5), np.log(900), ROWS)
    sigma = {name: np.where(rng.random(ROWS) < 0.5, 0.1, 0.8) for name in ("a", "b")}
    seen = {name: logs + rng.normal(0, each) for name, each in sigma.items()}
    return Held(seen, np.exp(logs), np.ones(ROWS), np.arange(ROWS) % 5, {name: 2.56 * each for name, each in sigma.items()})


def test_pricers_that_know_when_they_are_sure_are_believed_then() -> None:
    data = sometimes_sure()
    blind = Held(data.logs, data.truth, data.weights, data.folds)
    rule = fit_rule(["a", "b"], data)
    assert rule.sharpness > 0.5
    answers = crossed(data, rule_answers(["a", "b"]))
    assert error(data, answers) < 0.8 * error(blind, crossed(blind, rule_answers(["a", "b"])))


def test_the_interval_is_narrow_where_the_pricers_are_sure() -> None:
    data = sometimes_sure()
    rule = fit_rule(["a", "b"], data)
    low, high = rule.bounds(rule.log_price(data.logs, data.widths), data.widths)
    both = (data.widths["a"] < 1) & (data.widths["b"] < 1)
    neither = (data.widths["a"] > 1) & (data.widths["b"] > 1)
    assert (high - low)[both].mean() < 0.5 * (high - low)[neither].mean()


def test_a_pricer_without_intervals_is_fitted_all_the_same() -> None:
    data = sometimes_sure()
    half = Held(data.logs, data.truth, data.weights, data.folds, {"a": data.widths["a"], "b": np.full(ROWS, np.nan)})
    rule = fit_rule(["a", "b"], half)
    assert set(rule.widths) == {"a"}
    assert np.isfinite(rule.log_price(half.logs, half.widths)).all()


def test_pricers_that_lean_low_are_raised_by_a_common_factor() -> None:
    data = held(a=0.2, b=0.2)
    low = replace(data, logs={name: each - 0.3 for name, each in data.logs.items()})
    (offset,) = fit_rule(["a", "b"], low).shift.offsets
    assert offset == pytest.approx(0.3, abs=0.1)


def test_no_shift_is_fitted_where_it_gains_nothing() -> None:
    data = held(a=0.05, b=0.05)
    assert fit_rule(["a", "b"], data).shift.offsets == [0.0]
