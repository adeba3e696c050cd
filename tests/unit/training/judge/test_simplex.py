"""The search finds the least from a start of zeros, in whatever units its parameters are."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy (make training)")

from ensemble.judge.density import Floats
from training.judge.simplex import least


def bowl(values: Floats) -> float:
    return float(((values - np.array([3.0, -0.02])) ** 2 / np.array([4.0, 1e-4])).sum())


def test_the_least_is_found_from_zeros_and_in_unlike_units() -> None:
    found = least(bowl, np.zeros(2), np.array([2.0, 0.01]))
    assert found == pytest.approx([3.0, -0.02], abs=0.2)
    assert bowl(found) < 0.02


def test_a_start_that_is_the_least_is_kept() -> None:
    start = np.array([3.0, -0.02])
    assert bowl(least(bowl, start, np.array([2.0, 0.01]))) < 0.02
