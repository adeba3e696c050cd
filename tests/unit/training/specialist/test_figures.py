"""Figures and calibration of the specialist."""

import numpy as np
import pytest

from specialist.readout import Calibration, distribution
from tests.unit.training.specialist.price_logits import blurred
from training.data.rows import Row
from training.specialist.figures import by_group, compare_estimators, constant_mae
from training.specialist_eval import table


def test_figures_are_given_for_each_split_and_price_band() -> None:
    rows = [Row("a", price=10.0, extra={"split": "seed"}), Row("b", price=500.0, extra={"split": "lite"})]
    figures = by_group(blurred(np.array([10.0, 400.0]), 0.01), rows, Calibration("median", [1.0], [0.1], [0.9]))
    assert figures["seed"]["mae"] == pytest.approx(0.0, abs=0.1)
    assert figures["lite"]["mae"] == pytest.approx(100.0, abs=0.5)
    assert figures["all"]["hits"] == 0.5 or figures["all"]["hits"] == 1.0
    assert figures["$400-1000"]["n"] == 1
    assert "seed" in table(figures)


def test_the_constant_is_measured_by_split() -> None:
    rows = [Row("a", price=10.0, extra={"split": "x"}), Row("b", price=30.0, extra={"split": "y"})]
    assert constant_mae(rows, 20.0) == {"all": 10.0, "x": 10.0, "y": 10.0}


def test_estimators_are_compared_plain_and_by_band() -> None:
    truth = np.array([10.0, 30.0, 70.0, 150.0, 300.0, 600.0])
    compared = compare_estimators(distribution(blurred(truth, 0.01)), truth)
    assert compared["median"]["mae"] < 0.5
    assert set(compared) == {"median", "mean", "midmean"}
