"""The forest's lean is put right and its intervals cover, on rows that are nobody's to learn from."""

import numpy as np
import pytest

from training.data.rows import Row
from training.evaluation.metrics import band_of
from training.random_forest.calibration import Calibrating, Predicted, calibrate
from training.random_forest.samples import Samples

HOW = Calibrating(knots=8, balance_shift=0.0, balance_rest=0.0, folds=3)
ROWS = 1500


def leaning(seed: int, slope: float = 0.7) -> tuple[Predicted, Samples]:
    """A forest that says 0.2 log units too little and, below a slope of 1, leans to the middle; it is unsure where it errs."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(np.log(5), np.log(900), ROWS)
    spread = np.where(rng.random(ROWS) < 0.5, 0.3, 1.2)
    said = 4 + slope * (truth - 4) - 0.2 + rng.normal(0, 0.35, ROWS) * np.sqrt(spread)
    rows = [Row(f"lamp {seed} {i} code{i}x", price=float(price)) for i, price in enumerate(np.exp(truth))]
    return (said.astype(np.float32), spread.astype(np.float32)), Samples(rows, [row.title for row in rows], np.exp(truth))


def test_intervals_cover_four_of_five_and_no_band_is_left_behind_on_rows_not_fitted_on() -> None:
    calibration = calibrate(*leaning(1), HOW)
    predicted, fresh = leaning(2)
    price, low, high = calibration.apply(*predicted)
    inside = (low <= fresh.prices) & (fresh.prices <= high)
    assert inside.mean() == pytest.approx(0.82, abs=0.04)
    bands = np.array(band_of(fresh.prices))
    assert min(inside[bands == band].mean() for band in set(bands)) > 0.6
    assert (low <= price).all()
    assert (price <= high).all()


def test_the_shift_takes_away_what_is_said_too_little() -> None:
    predicted, held = leaning(1, slope=1.0)
    calibration = calibrate(predicted, held, HOW)
    assert calibration.shift[1:-1] == pytest.approx([0.2] * 6, abs=0.05)
    plain = np.abs(np.exp(predicted[0]) - held.prices).mean()
    assert np.abs(calibration.apply(*predicted)[0] - held.prices).mean() < plain


def test_intervals_are_wide_where_the_trees_disagree() -> None:
    predicted, held = leaning(1)
    _, low, high = calibrate(predicted, held, HOW).apply(*predicted)
    is_unsure = predicted[1] > 1
    assert np.median(np.log(high / low)[is_unsure]) > 1.5 * np.median(np.log(high / low)[~is_unsure])
