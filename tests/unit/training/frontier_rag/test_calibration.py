"""Intervals by price level and the pull of near repeats, on residuals of known shape."""

import numpy as np
import pytest

from training.calibration.price_level import band_weights
from training.evaluation.metrics import BANDS, band_of
from training.frontier_rag.calibration import HOLDS, NEAR, TAIL, Raw, calibration_of, fit_near, fit_offsets


def leaning(count: int, seed: int) -> Raw:
    """Estimates that lean to the middle, with quantiles that are far too close, as boosted trees give them."""
    rng = np.random.default_rng(seed)
    truth = np.log1p(np.exp(rng.uniform(np.log(3), np.log(4000), count)))
    price = 0.6 * truth + 0.4 * truth.mean() + rng.normal(0, 0.45, count)
    return Raw(price, price - 0.3, price + 0.3, truth)


def inside(raw: Raw, fitted: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    knots, low, high = fitted
    ends = raw.low + np.interp(raw.price, knots, low), raw.high + np.interp(raw.price, knots, high)
    return np.asarray((ends[0] <= raw.truth) & (raw.truth <= ends[1]))


def test_four_of_five_are_covered_and_no_price_band_is_left_behind_on_rows_not_fitted_on() -> None:
    fitted = fit_offsets(leaning(8000, 1))
    fresh = leaning(8000, 2)
    covered, weights = inside(fresh, fitted), band_weights(np.expm1(fresh.truth))
    assert np.average(covered, weights=weights) == pytest.approx(HOLDS, abs=0.02)
    bands = np.array(band_of(np.expm1(fresh.truth)))
    by_band = {band: float(covered[bands == band].mean()) for band in BANDS}
    assert min(by_band.values()) > 0.7, by_band


def test_knots_ascend_and_dear_estimates_reach_further_up_than_down() -> None:
    knots, low, high = fit_offsets(leaning(8000, 1))
    assert (np.diff(knots) > 0).all()
    assert high[-1] > -low[-1]
    assert -low[0] > high[0]


def near_rows(share: float, count: int = 400) -> tuple[Raw, np.ndarray, np.ndarray]:
    """Rows whose truth is `share` of the way from what was learned to the price of the nearest product."""
    rng = np.random.default_rng(3)
    learned, twin = rng.uniform(2, 6, count), rng.uniform(2, 6, count)
    truth = share * twin + (1 - share) * learned
    return Raw(learned, learned, learned, truth), np.full(count, NEAR + 0.01), twin


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_the_pull_of_a_near_repeat_is_found(share: float) -> None:
    raw, similarity, twin = near_rows(share)
    found, low, high = fit_near(raw, similarity, twin)
    assert found == pytest.approx(share, abs=0.03)
    assert low <= high


def test_products_that_are_not_near_play_no_part_in_the_pull() -> None:
    raw, similarity, twin = near_rows(0.5)
    far = np.concatenate([similarity, np.full(400, NEAR - 0.05)])
    both = Raw(
        *(np.concatenate([each, each]) for each in (raw.price, raw.low, raw.high)), np.concatenate([raw.truth, raw.truth + 2])
    )
    assert fit_near(both, far, np.concatenate([twin, twin]))[0] == fit_near(raw, similarity, twin)[0]


def test_without_a_near_product_none_pulls_and_the_range_is_that_of_all_rows() -> None:
    raw, _, twin = near_rows(0.5)
    share, low, high = fit_near(raw, np.full(400, NEAR - 0.05), twin)
    assert share == 0
    inside = (low <= raw.truth - raw.price) & (raw.truth - raw.price <= high)
    assert inside.mean() == pytest.approx(1 - 2 * TAIL, abs=0.01)


def test_both_parts_come_together_in_one_calibration() -> None:
    fitted = calibration_of(fit_offsets(leaning(2000, 1)), (0.6, 0.1, 0.2))
    assert (fitted.near_weight, fitted.near_low, fitted.near_high) == (0.6, 0.0, 0.2)
    assert 0 < fitted.network_share < 1
