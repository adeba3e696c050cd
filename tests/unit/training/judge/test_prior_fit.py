"""From deals whose shops differ the fit finds the shops' levels; an unseen shop gets the general one."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy (make training)")

from ensemble.judge.density import Posterior
from ensemble.judge.terms import OfferFacts
from tests.unit.training.judge.own_deals import case
from training.judge.cases import Case
from training.judge.prior_fit import PriorRecipe, fit_prior, label_term

LEVELS = {"Acme Store": 0.1, "Best Barn": 0.5}  # ln(worth / price) of the shops' offers
WIDTHS = {"Acme Store": 0.05, "Best Barn": 0.25}
NEW = OfferFacts("lamp", 90.37, "Home", "New Shop")


def deal(number: int, shop: str, y: float, kind: str = "next_best") -> Case:
    price = 64 + number % 60 + 0.37  # one level, and an ending that says nothing
    return case(price, price * math.exp(y), kind, title="lamp", retailer=shop, product=f"lamp {number}")


@pytest.fixture(scope="module")
def deals() -> list[Case]:
    """Two shops with two hundred deals each; every twentieth tells a price that is simply wrong."""
    rng, found = np.random.default_rng(7), []
    for number in range(400):
        shop = list(LEVELS)[number % 2]
        wrong = 1.5 if number % 20 < 2 else 0.0
        found.append(deal(number, shop, LEVELS[shop] + wrong + WIDTHS[shop] * float(rng.standard_normal())))
    return found


def test_each_shop_gets_its_level_and_an_unseen_one_the_general_one(deals: list[Case]) -> None:
    prior = fit_prior(deals, PriorRecipe())
    for shop, level in LEVELS.items():
        assert prior.density(replace(NEW, retailer=shop)).mode == pytest.approx(level, abs=0.05)
    assert prior.density(NEW).mode == pytest.approx(sum(LEVELS.values()) / 2, abs=0.05)


def test_the_shop_whose_deals_differ_more_says_less(deals: list[Case]) -> None:
    prior = fit_prior(deals, PriorRecipe())
    sure, new, unsure = (prior.density(replace(NEW, retailer=shop)).precision for shop in ("Acme Store", "New Shop", "Best Barn"))
    assert unsure < new < sure
    assert sure / unsure > 4  # variances are 25 times apart, and the ridge pulls them together


def test_prices_that_lie_far_above_make_the_upper_side_flatter(deals: list[Case]) -> None:
    shape = fit_prior(deals, PriorRecipe()).shape
    assert shape.high > shape.low
    assert 1.5 <= shape.df < 10


def test_the_shape_is_that_of_the_deals_wherever_the_search_begins() -> None:
    """A search whose steps went by its start never left zero: it took whatever was skewed for symmetric."""
    rng = np.random.default_rng(11)
    far = np.abs(rng.standard_normal(600))
    ys = 0.3 + far * np.where(rng.random(600) < 1 / 6, -0.05, 0.25)  # as many on each side as their scales say
    shape = fit_prior([deal(i, "Acme Store", float(y)) for i, y in enumerate(ys)], PriorRecipe()).shape
    assert shape.high / shape.low == pytest.approx(5, rel=0.3)
    assert shape.df > 6  # normal sides


def test_what_holds_for_few_deals_is_no_term(deals: list[Case]) -> None:
    rare = [deal(1000 + i, "Corner Shop", 2.0) for i in range(2)]
    assert "shop=corner shop" not in fit_prior([*deals, *rare], PriorRecipe()).location.weights
    assert fit_prior([*deals, *rare, deal(1002, "Corner Shop", 2.0)], PriorRecipe()).location.weights["shop=corner shop"] > 0


def test_a_claims_bias_is_left_out_of_the_model_where_labels_count(deals: list[Case]) -> None:
    ys = LEVELS["Acme Store"] + 0.2 + WIDTHS["Acme Store"] * np.random.default_rng(8).standard_normal(600)
    claims = [deal(2000 + i, "Acme Store", float(y), "list") for i, y in enumerate(ys)]
    taken, told_apart = (fit_prior([*deals, *claims], PriorRecipe(label=label)) for label in (0.0, 1.0))
    offer = replace(NEW, retailer="Acme Store")
    middles = [float(Posterior.of(prior.density(offer).rows).quantile(0.5)[0]) for prior in (told_apart, taken)]
    assert middles[0] == pytest.approx(LEVELS["Acme Store"], abs=0.05)
    assert middles[1] > middles[0] + 0.1
    assert not [term for term in told_apart.location.weights if term.startswith("label=")]


def test_labels_are_told_of_claims_alone() -> None:
    assert [label_term(case(kind=kind)) for kind in ("next_best", "history", "list")] == ["", "", "label=list"]


def test_few_deals_that_lie_well_are_fitted_too() -> None:
    rng = np.random.default_rng(4)
    for count in (12, 25):
        few = [deal(i, "Acme Store", 0.2 + 0.1 * float(rng.uniform(-1, 1))) for i in range(count)]
        assert fit_prior(few, PriorRecipe()).density(NEW).mode == pytest.approx(0.2, abs=0.15)
