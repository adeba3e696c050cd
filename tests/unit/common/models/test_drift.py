"""How far what is priced is from what the model learned from."""

import math
import random

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from common.errors import ArtifactError
from common.models.drift.metrics import DriftMetrics
from common.models.drift.monitor import LEAST, DriftMonitor
from common.models.drift.stability import PriceBins, bins_of, read_bins
from common.pricing import PriceRequest, PriceResponse


def prices(count: int, middle: float = 50.0, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [math.exp(chance.gauss(math.log(middle), 1.0)) for _ in range(count)]


def told(monitor: DriftMonitor, amounts: list[float], **facts: object) -> None:
    for amount in amounts:
        given = PriceResponse.model_validate({"price": amount, "low": amount, "high": amount, "model": "m@1"} | facts)
        monitor([PriceRequest(description="a thing")], [given], 0.01)


def test_the_index_is_that_of_the_book() -> None:
    bins = PriceBins([math.log(10)], [0.5, 0.5])
    assert bins.index([50, 50]) == 0
    assert bins.index([80, 20]) == pytest.approx(0.3 * math.log(0.8 / 0.5) - 0.3 * math.log(0.2 / 0.5))
    assert bins.index([100, 0]) < 4  # an empty bin does not make it infinite


def test_prices_of_the_same_kind_are_stable_and_others_are_not() -> None:
    monitor = DriftMonitor()
    monitor.follow(bins_of(prices(5000)))
    told(monitor, prices(2000, seed=2))
    same = monitor.figures.psi
    assert same is not None
    assert same < 0.05
    told(monitor, prices(3000, middle=500.0, seed=3))
    other = monitor.figures.psi
    assert other is not None
    assert other > 1


def test_nothing_is_told_of_a_few() -> None:
    registry = CollectorRegistry()
    monitor = DriftMonitor(DriftMetrics(registry))
    monitor.follow(bins_of(prices(500)))
    told(monitor, prices(100))
    assert monitor.figures.psi is None
    assert "pricing_drift_psi NaN" in generate_latest(registry).decode()


def test_guesses_and_missing_parts_are_shares_that_fade() -> None:
    registry = CollectorRegistry()
    monitor = DriftMonitor(DriftMetrics(registry))
    monitor.follow(None)
    told(monitor, prices(LEAST * 2), known=False, degraded=["specialist"])
    assert (monitor.figures.unknown_share, monitor.figures.degraded_share, monitor.figures.psi) == (1.0, 1.0, None)
    told(monitor, prices(8000))
    assert monitor.figures.unknown_share == pytest.approx(0, abs=0.01)
    assert "pricing_unknown_share 0.0" in generate_latest(registry).decode()


def test_another_model_begins_anew_and_the_same_goes_on() -> None:
    registry = CollectorRegistry()
    monitor = DriftMonitor(DriftMetrics(registry))
    bins = bins_of(prices(500))
    monitor.follow(bins)
    told(monitor, prices(LEAST + 100))
    monitor.follow(bins)
    assert monitor.figures.n > LEAST
    assert "pricing_drift_psi NaN" not in generate_latest(registry).decode()
    monitor.follow(bins_of(prices(500, middle=80)))
    assert monitor.figures.n == 0
    assert "pricing_drift_psi NaN" in generate_latest(registry).decode()


@pytest.mark.parametrize(
    "wrong",
    [{}, {"edges": [1, 2], "shares": [1]}, {"edges": [2, 1], "shares": [0.4, 0.3, 0.3]}, {"edges": ["x"], "shares": [1, 0]}],
)
def test_bins_that_make_no_sense_are_refused(wrong: object) -> None:
    with pytest.raises(ArtifactError):
        read_bins({"price_bins": wrong})
    assert read_bins({}) is None
