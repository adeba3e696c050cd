"""The bootstrap is right as often as it says, repeats with its seed, and is quick."""

import numpy as np
import pytest

from training.evaluation import bootstrap
from training.evaluation.bootstrap import BLOCK, LARGE, mean_interval, percentile_intervals, resampled_means


def test_the_interval_holds_the_mean_and_repeats_with_its_seed() -> None:
    values = np.random.default_rng(3).gamma(1.0, 50.0, 400)
    low, high = mean_interval(values, seed=7)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert mean_interval(values, seed=7) == [low, high]
    assert mean_interval(values, seed=8) != [low, high]


def test_a_95_percent_interval_holds_the_true_mean_95_times_in_a_hundred() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for seed in range(400):
        low, high = mean_interval(rng.gamma(1.0, 50.0, 200), seed, resamples=400)
        held += low <= 50.0 <= high
    assert 0.91 <= held / 400 <= 0.98


def test_it_agrees_with_a_plain_bootstrap_written_as_in_the_book() -> None:
    values = np.random.default_rng(2).lognormal(3, 1, 300)
    rng = np.random.default_rng(9)
    plain = np.percentile([rng.choice(values, 300).mean() for _ in range(4000)], [2.5, 97.5])
    assert mean_interval(values, seed=1, resamples=4000) == pytest.approx(plain, rel=0.03)


def test_columns_share_each_draw_so_that_pairs_stay_pairs() -> None:
    first = np.random.default_rng(4).gamma(1.0, 50.0, 250)
    means = resampled_means(np.column_stack([first, first + 3.0]), seed=0, resamples=500)
    assert means.shape == (500, 2)
    assert np.allclose(means[:, 1] - means[:, 0], 3.0)


def test_many_rows_are_drawn_in_blocks_of_bounded_memory() -> None:
    count = 15_000
    assert count * 100 > BLOCK
    values = np.random.default_rng(6).gamma(1.0, 50.0, count)
    means = resampled_means(values[:, None], seed=0, resamples=100)
    assert means.std() == pytest.approx(values.std() / count**0.5, rel=0.25)
    assert len(np.unique(means)) == 100


def test_past_the_largest_number_of_rows_the_normal_law_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    first = np.random.default_rng(8).gamma(1.0, 50.0, LARGE + 1)
    columns = np.column_stack([first, first * 0.5])
    normal = resampled_means(columns, seed=0, resamples=2000)
    monkeypatch.setattr(bootstrap, "LARGE", LARGE + 1)
    drawn = resampled_means(columns, seed=0, resamples=300)
    assert normal.std(axis=0) == pytest.approx(drawn.std(axis=0), rel=0.15)
    assert np.corrcoef(normal.T)[0, 1] == pytest.approx(1.0)
    assert percentile_intervals(normal)[0] == pytest.approx(percentile_intervals(drawn)[0], rel=0.01)
