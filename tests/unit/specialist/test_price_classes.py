"""Classes of price: whole dollars as they always were, log-spaced ones to ten thousand, and what meta.json says of them."""

import numpy as np
import pytest

from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import UNCALIBRATED, distribution, estimate, read_prices

LOG = PriceClasses.log_spaced(0.4, 12_000.0, 512)


def spike(classes: PriceClasses, dollars: float) -> np.ndarray:
    logits = np.full((1, len(classes)), -50.0)
    logits[0, np.searchsorted(classes.edges, dollars) - 1] = 50.0
    return logits


@pytest.mark.parametrize("dollars", [0.75, 9.99, 249.0, 1299.0, 9500.0])
def test_a_certain_price_is_read_to_the_width_of_its_class(dollars: float) -> None:
    assert estimate(distribution(spike(LOG, dollars)), "median", LOG)[0] == pytest.approx(dollars, rel=0.011)


def test_log_spaced_classes_are_alike_wide_as_shares() -> None:
    assert np.diff(np.log(LOG.edges)) == pytest.approx(np.log(12_000 / 0.4) / 512)
    assert len(LOG) == 512


def test_whole_dollars_have_the_dollar_in_their_middle() -> None:
    assert len(WHOLE_DOLLARS) == 1000
    assert WHOLE_DOLLARS.middles[[0, 25, 999]].tolist() == [0.0, 25.0, 999.0]


def test_levels_and_quantiles_undo_each_other_in_any_classes() -> None:
    shares = np.random.default_rng(1).dirichlet(np.ones(512), 3)
    levels = np.array([0.1, 0.5, 0.93])
    assert LOG.level_of(shares, LOG.quantile(shares, levels)) == pytest.approx(levels)


def test_a_price_outside_all_classes_lies_at_their_end() -> None:
    shares = np.full((2, 512), 1 / 512)
    assert LOG.level_of(shares, [0.01, 1e6]).tolist() == pytest.approx([0.0, 1.0])


def test_a_reading_may_cost_thousands() -> None:
    (reading,) = read_prices(spike(LOG, 4999.0), UNCALIBRATED, LOG)
    assert reading.low <= reading.price <= reading.high
    assert reading.price == pytest.approx(4999, rel=0.02)


def test_classes_are_read_from_what_meta_json_says() -> None:
    assert PriceClasses.read({"lowest": 0.4, "highest": 12_000.0, "count": 512}).edges == pytest.approx(LOG.edges)
    assert len(PriceClasses.read({"dollars": 10_000})) == 10_000


@pytest.mark.parametrize("told", [{"lowest": 5.0, "highest": 1.0, "count": 4}, {"lowest": 0.0, "highest": 9.0, "count": 4}])
def test_classes_that_do_not_ascend_are_refused(told: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"ascend|Geometric|zero"):
        PriceClasses.read(told)
