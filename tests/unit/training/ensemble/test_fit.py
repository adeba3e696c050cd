"""The fitted combination is at least as good as its best member, on rows that it has not seen."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.training.ensemble.noisy_pricers import ROWS, held, sometimes_sure
from training.ensemble.fit import crossed, error, fit_rule, linear_regression, rule_answers, weight_choices


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
    assert error(data, rule.log_price(data.logs, data.widths, data.groups)) < 0.25 * error(data, data.logs["a"])


def test_least_squares_in_dollars_is_there_to_compare_with() -> None:
    data = held(a=0.1, b=0.1)
    assert error(data, crossed(data, linear_regression)) < 60


def test_pricers_that_know_when_they_are_sure_are_believed_then() -> None:
    data = sometimes_sure()
    blind = replace(data, widths={})
    rule = fit_rule(["a", "b"], data)
    assert rule.sharpness > 0.5
    answers = crossed(data, rule_answers(["a", "b"]))
    assert error(data, answers) < 0.8 * error(blind, crossed(blind, rule_answers(["a", "b"])))


def test_a_pricer_without_intervals_is_fitted_all_the_same() -> None:
    data = sometimes_sure()
    half = replace(data, widths={"a": data.widths["a"], "b": np.full(ROWS, np.nan)})
    rule = fit_rule(["a", "b"], half)
    assert set(rule.widths) == {"a"}
    assert np.isfinite(rule.log_price(half.logs, half.widths, half.groups)).all()
