"""From logits to a price with an interval."""

import numpy as np
import pytest

from specialist.price_classes import WHOLE_DOLLARS
from specialist.readout import UNCALIBRATED, Calibration, distribution, estimate, read_prices


def spike(dollars: int) -> np.ndarray:
    logits = np.zeros((1, 1000))
    logits[0, dollars] = 60.0
    return logits


def test_huge_logits_do_not_overflow() -> None:
    assert distribution([[1e5, 1e5, -1e5]]).tolist() == [[0.5, 0.5, 0.0]]


def test_probability_is_even_within_a_dollar() -> None:
    probabilities = np.array([[0.0, 0.5, 0.5]])
    assert WHOLE_DOLLARS.quantile(probabilities, [0.25]) == pytest.approx([1.0])
    assert WHOLE_DOLLARS.quantile(probabilities, [0.5]) == pytest.approx([1.5])
    assert WHOLE_DOLLARS.quantile(probabilities, [1.0]) == pytest.approx([2.5])


def test_level_of_is_the_inverse_of_quantile() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(1000), 7)
    levels = np.linspace(0.05, 0.95, 7)
    assert WHOLE_DOLLARS.level_of(probabilities, WHOLE_DOLLARS.quantile(probabilities, levels)) == pytest.approx(levels)


@pytest.mark.parametrize(("dollars", "level"), [(-5.0, 0.0), (5000.0, 1.0)])
def test_prices_outside_the_classes_have_the_outermost_levels(dollars: float, level: float) -> None:
    assert WHOLE_DOLLARS.level_of(distribution(spike(10)), [dollars]) == pytest.approx([level])


@pytest.mark.parametrize("estimator", ["median", "mean", "midmean"])
def test_every_estimator_finds_a_certain_price(estimator: str) -> None:
    assert estimate(distribution(spike(250)), estimator) == pytest.approx([250.0], abs=0.1)


def test_an_unknown_estimator_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        estimate(distribution(spike(1)), "mode")


def test_no_price_is_below_half_a_dollar() -> None:
    (reading,) = read_prices(spike(0), UNCALIBRATED)
    assert reading.price == reading.low == 0.5


def test_the_interval_holds_the_price_even_under_a_foreign_calibration() -> None:
    skewed = Calibration("median", [1.0, 900.0], [0.7, 0.7], [0.3, 0.3])
    (reading,) = read_prices(np.random.default_rng(1).normal(size=(1, 1000)), skewed)
    assert reading.low <= reading.price <= reading.high


def test_levels_are_interpolated_between_price_levels() -> None:
    flat = np.zeros((1, 1000))  # median 499.5 dollars
    narrow, wide = Calibration("median", [499.5], [0.4], [0.6]), Calibration("median", [1.0, 499.5**2], [0.2, 0.4], [0.6, 0.8])
    assert read_prices(flat, narrow)[0].low == pytest.approx(399.5)
    assert read_prices(flat, wide)[0].low == pytest.approx(299.5)


def test_a_calibration_survives_json() -> None:
    assert Calibration.read({"estimator": "mean", "prices": [1], "low_levels": [0.1], "high_levels": [0.9]}).estimator == "mean"
    with pytest.raises(KeyError, match="prices"):
        Calibration.read({"estimator": "mean"})
