"""The balanced sample as the design defines it, and the one weighted by the square of the price."""

from collections.abc import Sequence

import numpy as np
import pytest

from training.curation.sample import SAMPLES, balanced, category_weights, draw, price_squared

RANDOM = np.random.default_rng(7)


def catalogue(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Prices (many cheap ones), weights (a third Automotive) and keys."""
    prices = np.round(RANDOM.lognormal(2.6, 0.8, size).clip(0.5, 999.49), 2)
    codes = RANDOM.integers(0, 3, size).astype(np.int16)
    return prices, category_weights(["Automotive", "Appliances", "Electronics"], codes), RANDOM.permutation(size).astype(np.uint64)


def reference(prices: Sequence[float], weights: Sequence[float], keys: Sequence[int]) -> list[int]:
    """The definition, word for word, on lists; a bucket's items stand in the order of their keys."""
    order = sorted(range(len(prices)), key=lambda place: keys[place])
    random = np.random.RandomState(42)
    taken: list[int] = []
    for dollar in range(1, 1000):
        bucket = [place for place in order if round(prices[place]) == dollar]
        if dollar >= 240 or len(bucket) <= 1200:
            taken += bucket
        else:
            shares = np.array([weights[place] for place in bucket], np.float64)
            chosen = random.choice(len(bucket), size=1200, replace=False, p=shares / shares.sum())
            taken += [bucket[place] for place in chosen]
    return sorted(taken)


def test_the_balanced_sample_is_that_of_the_definition() -> None:
    prices, weights, keys = catalogue(40_000)
    found = balanced(prices, weights, keys)
    assert found.tolist() == reference(prices.tolist(), weights.tolist(), keys.tolist())
    counts = np.bincount(np.rint(prices[found]).astype(int), minlength=1000)
    assert counts.max() == 1200
    assert counts[0] == 0  # half a dollar rounds to none


def test_dear_buckets_are_taken_whole() -> None:
    prices = np.concatenate((np.full(2000, 239.4), np.full(2000, 239.6)))
    found = balanced(prices, np.ones(4000), np.arange(4000, dtype=np.uint64))
    assert np.bincount(np.rint(prices[found]).astype(int))[[239, 240]].tolist() == [1200, 2000]


def test_prices_past_999_are_taken_whole_too() -> None:
    prices = np.array([1299.0, 5.0, 9999.6, 1299.4, 0.5])
    assert balanced(prices, np.ones(5), np.arange(5, dtype=np.uint64)).tolist() == [0, 1, 2, 3]


def test_nothing_to_sample_gives_nothing() -> None:
    assert balanced(np.empty(0), np.empty(0), np.empty(0, np.uint64)).tolist() == []


def test_automotive_items_are_drawn_a_fifth_as_often() -> None:
    size = 20_000
    weights = category_weights(["Automotive", "Toys_and_Games"], (np.arange(size) % 2).astype(np.int16))
    found = balanced(np.full(size, 20.0), weights, RANDOM.permutation(size).astype(np.uint64))
    share = np.mean(found % 2 == 0)
    assert 0.13 < share < 0.22  # 1 to 5, a little more as the others run out


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_sample_depends_on_the_order_of_rows(sample: str) -> None:
    prices, weights, keys = catalogue(5_000)
    prices[:3000] = 9.0
    order = RANDOM.permutation(5_000)
    take = draw(sample, 1000, 42)
    first, second = take(prices, weights, keys), take(prices[order], weights[order], keys[order])
    assert set(keys[first].tolist()) == set(keys[order][second].tolist())
    assert take(prices, weights, keys).tolist() == first.tolist()


def test_the_price_squared_sample_draws_by_price_squared_and_category() -> None:
    size = 60_000
    prices = np.tile([10.0, 20.0, 40.0], size // 3)
    weights = category_weights(["Automotive", "Appliances"], (np.arange(size) // 3 % 2).astype(np.int16))
    found = price_squared(prices, weights, np.arange(size, dtype=np.uint64), 900)
    counts = {
        (price, weight): int(((prices[found] == price) & (weights[found] == weight)).sum())
        for price in (10, 20, 40)
        for weight in (1, 5)
    }
    assert len(set(found.tolist())) == 900
    total = sum(price**2 * weight for price, weight in counts)
    for (price, weight), count in counts.items():
        assert count / 900 == pytest.approx(price**2 * weight / total, abs=0.04)


def test_a_price_squared_sample_of_more_than_there_is_takes_all() -> None:
    prices, weights, keys = catalogue(50)
    assert price_squared(prices, weights, keys, 99).tolist() == list(range(50))


def test_an_unknown_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="balanced, price-squared, none"):
        draw("some", 1, 1)
