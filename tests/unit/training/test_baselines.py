"""Baselines are judged by the same metrics, but for the interval that they do not have."""

import numpy as np
import pytest

from training.baselines import estimates, judge
from training.rows import Row


def test_a_baseline_is_judged_without_an_interval() -> None:
    asked = [Row(title="lamp", price=20.0, extra={"split": "a"}), Row(title="desk", price=220.0, extra={"split": "b"})]
    told = judge(asked, np.array([30.0, 200.0]), seed=0)
    assert told["mae"] == 15
    assert told["by"]["split"]["b"]["mae"] == 20
    assert "coverage80" not in told
    assert "width" not in told["by"]["price_band"]["<25"]


def test_constants_and_the_linear_model_learn_from_the_fitted_rows() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    cheap, dear = ([Row(title=f"{name} {i}", price=price) for i in range(20)] for name, price in (("lamp", 10.0), ("desk", 400.0)))
    said = estimates([*cheap, *dear], [Row(title="lamp"), Row(title="desk")])
    assert said["constant: mean"].tolist() == [205.0, 205.0]
    assert said["TF-IDF + ridge"][0] < 30
    assert said["TF-IDF + ridge"][1] > 200
