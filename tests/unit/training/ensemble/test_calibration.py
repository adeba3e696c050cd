"""The interval holds four of five truths and is narrow where the pricers are sure; the level is shifted where that helps."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.training.ensemble.noisy_pricers import held, sometimes_sure
from training.ensemble.calibration import fit_shift
from training.ensemble.fit import fit_rule


def test_a_shift_never_turns_two_answers_around() -> None:
    data = held(a=2.0)
    shift = fit_shift(data.logs["a"], data, 8)
    reached = np.array(shift.knots) + np.array(shift.offsets)
    assert (np.diff(reached) >= 0).all()


def test_the_interval_holds_about_four_of_five_truths() -> None:
    data = held(a=0.4, b=0.5)
    rule = fit_rule(["a", "b"], data)
    low, high = rule.bounds(rule.log_price(data.logs, data.widths), data.widths)
    inside = np.mean((np.exp(low) <= data.truth) & (data.truth <= np.exp(high)))
    assert 0.78 < inside < 0.86


def test_the_interval_is_narrow_where_the_pricers_are_sure() -> None:
    data = sometimes_sure()
    rule = fit_rule(["a", "b"], data)
    low, high = rule.bounds(rule.log_price(data.logs, data.widths), data.widths)
    both = (data.widths["a"] < 1) & (data.widths["b"] < 1)
    neither = (data.widths["a"] > 1) & (data.widths["b"] > 1)
    assert (high - low)[both].mean() < 0.5 * (high - low)[neither].mean()


def test_pricers_that_lean_low_are_raised_by_a_common_factor() -> None:
    data = held(a=0.2, b=0.2)
    low = replace(data, logs={name: each - 0.3 for name, each in data.logs.items()})
    (offset,) = fit_rule(["a", "b"], low).shift.offsets
    assert offset == pytest.approx(0.3, abs=0.1)


def test_no_shift_is_fitted_where_it_gains_nothing() -> None:
    data = held(a=0.05, b=0.05)
    assert fit_rule(["a", "b"], data).shift.offsets == [0.0]
