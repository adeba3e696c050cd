"""Counts of a curation: merging is exact and takes no notice of the order."""

import json

import pytest

from training.curation.stats import POINTS, CurationStats, Histogram


def chunk(seed: int) -> CurationStats:
    stats = CurationStats(rows=10, kept=3, dropped={"price": 5 + seed, "tokens": 2}, categories_read={"Appliances": seed})
    stats.tokens_read.add(150 + seed)
    stats.prices_kept.add(12.5)
    stats.add_points([((seed * 7919 + i * 104729) % 99991, 10.0 + seed, i) for i in range(POINTS)])
    return stats


def merged(order: list[int]) -> CurationStats:
    total = CurationStats()
    for seed in order:
        total.merge(chunk(seed))
    return total


def test_merging_adds_up_whatever_the_order() -> None:
    total = merged([1, 2, 3])
    assert total == merged([3, 1, 2])
    assert (total.rows, total.dropped["price"], total.categories_read) == (30, 21, {"Appliances": 6})
    assert (total.tokens_read.total, len(total.points)) == (3, POINTS)


def test_the_sample_of_points_keeps_the_smallest_ranks() -> None:
    ranks = sorted(rank for seed in (1, 2, 3) for rank, _, _ in chunk(seed).points)
    assert [rank for rank, _, _ in merged([1, 2, 3]).points] == ranks[:POINTS]


def test_json_brings_back_the_same() -> None:
    assert CurationStats.from_json(json.loads(json.dumps(chunk(2).to_json()))) == chunk(2)


@pytest.mark.parametrize(("value", "position"), [(-3, 0), (0, 0), (9.99, 0), (10, 1), (29, 2), (1e9, 2)])
def test_values_beyond_the_bins_fall_in_the_outermost(value: float, position: int) -> None:
    histogram = Histogram.empty(0, 10, 3)
    histogram.add(value)
    assert histogram.counts.index(1) == position


def test_histograms_of_other_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="different bins"):
        Histogram.empty(0, 10, 3).merge(Histogram.empty(0, 5, 3))


def test_a_price_falls_in_the_bin_of_its_rounded_dollar() -> None:
    stats = CurationStats()
    stats.prices_kept.add(12.49)
    assert stats.prices_kept.counts[12] == 1
