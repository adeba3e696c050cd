"""What an attribute takes away is what lies between its values."""

import math

import pytest

from ensemble.explain.narrowing import MOST_SHARE, SIGMAS, narrowing


def test_an_attribute_that_changes_nothing_narrows_nothing() -> None:
    found = narrowing(50.0, 1.0, [50.0, 50.0], [0.5, 0.5])
    assert (found.width, found.by, found.spread) == (1.0, 0.0, 1.0)


def test_what_lies_between_the_values_is_taken_from_the_variance() -> None:
    prices, sigma = [math.exp(-0.3), math.exp(0.3)], 0.5  # between them lies a variance of 0.09 of 0.25
    found = narrowing(1.0, SIGMAS * sigma, prices, [0.5, 0.5])
    assert found.width == pytest.approx(SIGMAS * math.sqrt(0.25 - 0.09))
    assert found.by == pytest.approx(1 - math.sqrt(0.16 / 0.25))
    assert found.spread == pytest.approx(math.exp(0.6))


def test_what_all_values_say_beside_the_price_counts_too() -> None:
    found = narrowing(100.0, 2.0, [50.0, 50.0], [0.5, 0.5])
    assert (found.by > 0, found.spread) == (True, 1.0)


def test_an_unlikely_value_counts_less() -> None:
    even, uneven = (narrowing(50.0, 2.0, [50.0, 100.0], shares).by for shares in ([0.5, 0.5], [0.95, 0.05]))
    assert 0 < uneven < even / 3


def test_no_attribute_tells_everything() -> None:
    found = narrowing(1.0, 0.1, [1.0, 1000.0], [0.5, 0.5])
    assert found.width == pytest.approx(0.1 * math.sqrt(1 - MOST_SHARE))
    assert narrowing(1.0, 0.0, [1.0, 2.0], [0.5, 0.5]).width == 0.0
