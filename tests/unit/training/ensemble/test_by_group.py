"""Figures by group tell where the level is off and where intervals do not hold."""

import numpy as np
import pytest

from training.data.rows import Row
from training.ensemble.by_group import coverage_by_group, figures_by_group, worst_group
from training.evaluation.metrics import Outcome

ROWS = [Row(title="x", price=20.0, main_category="Appliances")] * 2 + [
    Row(title="y", price=30.0, main_category="Shoes", extra={"family": "named"}),
    Row(title="z", price=500.0, extra={"family": "named"}),
]
OUTCOME = Outcome(
    np.array([20.0, 20.0, 30.0, 500.0]),
    np.array([30.0, 40.0, 24.0, 500.0]),
    np.array([10.0, 25.0, 20.0, 400.0]),
    np.array([50.0, 60.0, 29.0, 600.0]),
)


def test_levels_are_told_by_the_band_of_the_estimate_and_of_the_price() -> None:
    levels = figures_by_group(ROWS, OUTCOME)["levels"]
    assert set(levels["price_band"]["listing"]) == {"<25"}
    assert levels["price_band"]["listing"]["<25"]["log_bias"] == pytest.approx(np.log(3) / 2, abs=1e-4)
    assert levels["estimate_band"]["listing"]["25-50"]["n"] == 2
    assert list(levels["estimate_band"]["named"]) == ["<25", "400-1000"]


def test_coverage_is_told_by_every_group_and_the_worst_of_the_eight_categories_named() -> None:
    figures = figures_by_group(ROWS, OUTCOME)
    assert coverage_by_group(figures) == {
        "family": {"listing": 0.5, "named": 0.5},
        "price_band": {"<25": 0.5, "25-50": 0.0, "400-1000": 1.0},
        "estimate_band": {"<25": 0.0, "25-50": 0.5, "400-1000": 1.0},
        "category": {"Appliances": 0.5, "other": 0.0},
    }
    assert worst_group(figures, "category") == [0.5, "Appliances"]
    assert worst_group(figures, "price_band") == [0.0, "25-50"]
