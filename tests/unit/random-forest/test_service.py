"""Log prices become prices with an interval around them."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from common.errors import ArtifactError
from common.pricing import PriceRequest
from random_forest.calibration import Calibration, read_calibration
from random_forest.service import Floats, ForestPricer

CALIBRATION = Calibration(knots=[0.0, 10.0], shift=[0.0, 1.0], low=[-1.0, -1.0], high=[2.0, 2.0])


class Lengths:
    """One feature: how long a text is."""

    def matrix(self, texts: Sequence[str]) -> Floats:
        return np.array([[len(text)] for text in texts], np.float32)


class Logarithm:
    """A forest that takes the feature for the price, with a spread of 0.5."""

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        return np.log(features[:, 0]), np.full(len(features), 0.5, np.float32)


def pricer(calibration: Calibration = CALIBRATION) -> ForestPricer:
    return ForestPricer(Lengths(), Logarithm(), calibration, "test")


def test_prices_come_in_the_order_of_the_requests() -> None:
    flat = Calibration([0.0], [0.0], [-1.0], [1.0])
    answers = pricer(flat).price([PriceRequest(description="x" * length) for length in (30, 7, 100)])
    assert [answer.price for answer in answers] == [30.0, 7.0, 100.0]
    assert answers[0].model == "random-forest@test"


def test_nothing_asked_is_nothing_answered() -> None:
    assert pricer().price([]) == []


def test_shift_and_interval_depend_on_the_level() -> None:
    price, low, high = CALIBRATION.apply([5.0], [0.25])  # the root of the spread is 0.5
    assert price == pytest.approx(math.exp(5.5))
    assert low == pytest.approx(math.exp(5.0))
    assert high == pytest.approx(math.exp(6.5))


def test_trees_that_agree_do_not_make_the_interval_a_point() -> None:
    price, low, high = CALIBRATION.apply([2.0], [0.0])
    assert low[0] < price[0] < high[0]


def test_the_price_lies_in_its_interval_even_where_calibration_is_one_sided() -> None:
    price, low, high = Calibration([0.0], [0.0], [0.3], [0.6]).apply([2.0], [1.0])
    assert low[0] <= price[0] <= high[0]


def test_a_calibration_comes_back_from_its_facts() -> None:
    assert read_calibration(CALIBRATION.facts()) == CALIBRATION


@pytest.mark.parametrize("facts", [None, {}, {"knots": 3, "shift": [], "low": [], "high": []}, {"knots": ["x"]}])
def test_facts_that_hold_no_calibration_are_refused(facts: object) -> None:
    with pytest.raises(ArtifactError):
        read_calibration(facts)
