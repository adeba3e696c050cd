"""The metrics follow the definitions of the design, and agree with plain computations of them, one row at a time."""

import math
import statistics

import numpy as np
import pytest

from training.evaluation.metrics import Outcome, band_of, colours, score, score_bands, score_groups


def outcome(truth: list[float], price: list[float], low: list[float] | None = None, high: list[float] | None = None) -> Outcome:
    arrays = (truth, price, low or price, high or price)
    return Outcome(*(np.array(values, np.float64) for values in arrays))


def many(count: int = 500) -> Outcome:
    rng = np.random.default_rng(5)
    truth = rng.lognormal(4.5, 1.2, count)
    price = truth * rng.lognormal(0.1, 0.6, count)
    return Outcome(truth, price, price * 0.6, price * 1.7)


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


def test_every_figure_agrees_with_a_plain_computation_row_by_row() -> None:
    found = many()
    given = score(found, seed=1)
    rows = list(zip(found.truth, found.price, found.low, found.high, strict=True))
    errors = [abs(price - truth) for truth, price, _, _ in rows]
    signed = [price - truth for truth, price, _, _ in rows]
    assert given["mae"] == pytest.approx(statistics.fmean(errors), abs=1e-3)
    assert given["mae_sd"] == pytest.approx(statistics.stdev(errors) / math.sqrt(len(rows)), abs=1e-3)
    squares = [(math.log(1 + price) - math.log(1 + truth)) ** 2 for truth, price, _, _ in rows]
    assert given["rmsle"] == pytest.approx(math.sqrt(sum(squares) / len(rows)), abs=1e-4)
    right = sum(error < 40 or error / truth < 0.2 for error, (truth, *_) in zip(errors, rows, strict=True))
    assert given["hits"] == pytest.approx(right / len(rows), abs=1e-4)
    assert given["coverage80"] == pytest.approx(sum(low <= truth <= high for truth, _, low, high in rows) / len(rows), abs=1e-4)
    assert given["bias"] == pytest.approx(statistics.fmean(signed), abs=1e-3)
    assert given["bias_median"] == pytest.approx(statistics.median(signed), abs=1e-3)
    assert given["width"] == pytest.approx(statistics.fmean(high - low for *_, low, high in rows), abs=1e-3)
    assert given["width_relative"] == pytest.approx(1.1, abs=1e-4)


def test_groups_and_bands_are_scored_as_if_they_were_alone() -> None:
    found = many()
    names = ["even" if i % 2 == 0 else "odd" for i in range(len(found))]
    assert score_groups(found, names, seed=3)["odd"] == score(found.only(np.arange(1, len(found), 2)), seed=3)
    middle = (found.truth >= 50) & (found.truth < 100)
    assert score_bands(found, seed=3)["50-100"] == score(found.only(middle), seed=3)


def test_without_intervals_nothing_is_said_of_them() -> None:
    given = score(Outcome.points(np.array([10.0, 20.0]), np.array([11.0, 19.0])), seed=0)
    assert given["coverage80"] is None
    assert given["width"] is None
    assert given["width_relative"] is None
    assert given["mae"] == 1


def test_intervals_are_judged_over_the_rows_that_have_one() -> None:
    given = score(outcome([10, 20, 30], [10, 20, 30], [5, math.nan, 31], [15, math.nan, 41]), seed=0)
    assert given["coverage80"] == 0.5
    assert given["width"] == 10


def test_a_single_row_of_price_zero_is_no_trouble() -> None:
    given = score(outcome([10], [0]), seed=0)
    assert given["mae_ci95"] == [10, 10]
    assert given["mae_sd"] == 0
    assert given["width_relative"] is None


def test_a_band_begins_with_its_lower_edge() -> None:
    bands = ["<25", "25-50", "50-100", "100-200", "200-400", "400-1000", "400-1000", ">=1000"]
    assert band_of(np.array([24.99, 25, 99.99, 100, 399, 400, 999, 1000])) == bands


def test_groups_come_largest_first_and_rows_without_one_are_left_out() -> None:
    scores = score_groups(outcome([10, 20, 30, 40], [10, 21, 32, 44]), ["a", "b", "b", ""], seed=0)
    assert list(scores) == ["b", "a"]
    assert scores["b"]["mae"] == 1.5


def test_only_bands_with_rows_are_reported() -> None:
    assert list(score_bands(outcome([5000, 1], [5000, 1]), seed=0)) == ["<25", ">=1000"]


def test_one_endless_name_takes_no_room_in_every_row() -> None:
    names = ["x" * 1_000_000, *["a"] * 4_999]  # as an array of characters some 20 GB
    scores = score_groups(many(5_000), names, 0)
    assert [(len(name), figures["n"]) for name, figures in scores.items()] == [(1, 4_999), (1_000_000, 1)]
