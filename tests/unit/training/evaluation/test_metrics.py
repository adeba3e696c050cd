"""The metrics follow the definitions of the design."""

import numpy as np
import pytest

from training.evaluation.metrics import Outcome, band_of, colours, mean_interval, score, score_bands, score_groups


def outcome(truth: list[float], price: list[float], low: list[float] | None = None, high: list[float] | None = None) -> Outcome:
    arrays = (truth, price, low or price, high or price)
    return Outcome(*(np.array(values, np.float64) for values in arrays))


def test_a_hit_is_an_error_below_40_dollars_or_20_percent() -> None:
    assert colours(outcome([100, 100, 1000, 1000], [139.99, 140, 801, 800])) == ["green", "orange", "green", "orange"]


def test_an_error_of_80_dollars_and_40_percent_is_red() -> None:
    assert colours(outcome([100, 200, 1000], [180, 279.99, 1400])) == ["red", "orange", "red"]


def test_score_gives_every_figure() -> None:
    given = score(outcome([10, 100], [20, 70], [5, 71], [15, 99]), seed=1)
    assert given["n"] == 2
    assert given["mae"] == 20
    assert given["bias"] == -10
    assert given["hits"] == 1
    assert given["coverage80"] == 0.5
    assert given["width"] == 19
    expected = np.sqrt((np.log(21 / 11) ** 2 + np.log(101 / 71) ** 2) / 2)
    assert given["rmsle"] == pytest.approx(expected, abs=1e-4)


def test_the_bootstrap_interval_holds_the_mean_and_repeats_with_its_seed() -> None:
    values = np.random.default_rng(3).gamma(1.0, 50.0, 400)
    low, high = mean_interval(values, seed=7)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)
    assert mean_interval(values, seed=7) == [low, high]
    assert mean_interval(values, seed=8) != [low, high]


def test_a_band_begins_with_its_lower_edge() -> None:
    assert band_of(np.array([24.99, 25, 99.99, 100, 399, 400])) == ["<25", "25-50", "50-100", "100-200", "200-400", ">=400"]


def test_groups_come_largest_first_and_rows_without_one_are_left_out() -> None:
    scores = score_groups(outcome([10, 20, 30, 40], [10, 21, 32, 44]), ["a", "b", "b", ""], seed=0)
    assert list(scores) == ["b", "a"]
    assert scores["b"]["mae"] == 1.5


def test_only_bands_with_rows_are_reported() -> None:
    assert list(score_bands(outcome([500, 1], [500, 1]), seed=0)) == ["<25", ">=400"]
