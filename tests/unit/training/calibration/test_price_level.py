"""Quantiles by level, weighted."""

import numpy as np
import pytest

from training.calibration.price_level import TAILS, band_weights, choose_tails, fit_interval, fit_shift, knots_of, weighted_quantile
from training.evaluation.metrics import band_of


def test_a_weighted_quantile_counts_a_row_of_weight_two_twice() -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert weighted_quantile(values, np.array([1.0, 2.0, 1.0]), 0.25) == 1.0
    assert weighted_quantile(values, np.ones(3), 0.5) == 2.0


def test_knots_ascend_even_where_all_levels_are_the_same() -> None:
    assert (np.diff(knots_of(np.full(50, 3.0), np.ones(50), 8)) > 0).all()


def test_the_shift_follows_the_level() -> None:
    levels = np.linspace(1, 7, 2000)
    truth = levels + 0.1 * (levels - 4)
    knots = knots_of(levels, np.ones(2000), 8)
    assert fit_shift(levels, truth, np.ones(2000), knots)[1:-1] == pytest.approx(0.1 * (knots[1:-1] - 4), abs=0.05)


def test_band_weights_bring_every_band_to_its_share() -> None:
    prices = np.array([10.0] * 90 + [500.0] * 10)
    weights = band_weights(prices)
    assert weights.mean() == pytest.approx(1)
    assert weights[90:].sum() / weights[:90].sum() == pytest.approx(0.10 / 0.17)


def test_every_band_is_covered_although_levels_lean_to_the_middle() -> None:
    rng = np.random.default_rng(1)
    truth = rng.uniform(np.log(5), np.log(900), 4000)
    levels = 4 + 0.6 * (truth - 4) + rng.normal(0, 0.5, 4000)
    knots = knots_of(levels, np.ones(4000), 8)
    ends = fit_interval(levels, truth - levels, np.exp(truth), knots)
    low, high = (np.interp(levels, knots, ends[:, side]) for side in (0, 1))
    inside = (low <= truth - levels) & (truth - levels <= high)
    bands = np.array(band_of(np.exp(truth)))
    assert inside.mean() > 0.75
    assert min(inside[bands == band].mean() for band in set(bands)) > 0.6


def test_the_tails_are_chosen_by_rows_that_were_not_fitted_on() -> None:
    rng = np.random.default_rng(3)
    truth = rng.uniform(np.log(5), np.log(900), 3000)
    levels = 4 + 0.6 * (truth - 4) + rng.normal(0, 0.5, 3000)
    knots, prices, folds = knots_of(levels, np.ones(3000), 8), np.exp(truth), np.arange(3000) % 5
    bands = np.array(band_of(prices))

    def worst(place: int) -> float:
        ends = fit_interval(levels, truth - levels, prices, knots, tails=TAILS[place])
        low, high = (np.interp(levels, knots, ends[:, side]) for side in (0, 1))
        inside = (low <= truth - levels) & (truth - levels <= high)
        return float(min(inside[bands == band].mean() for band in set(bands)))

    chosen = TAILS.index(choose_tails(levels, truth - levels, prices, knots, folds))
    assert worst(chosen) >= max(map(worst, range(len(TAILS)))) - 0.04
