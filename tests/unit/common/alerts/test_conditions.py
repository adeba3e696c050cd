"""What a person means by words, shops, prices and chances."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from common.alerts.conditions import Conditions, folded, says
from common.deals import Deal, Opportunity
from common.pricing import Estimate

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def offer(**values: Any) -> Opportunity:
    deal = {
        "title": 'LG 65" OLED evo TV, C4',
        "description": "A television with HDMI 2.1. Comes with a wall-mount.",
        "price": 1199.0,
        "url": "https://www.bestbuy.com/tv",
        "retailer": "Best Buy",
        "feed": "Deals",
        "published": NOW,
        "category": "Electronics & Tech",
    } | {name: values.pop(name) for name in list(values) if name in Deal.model_fields}
    estimates = [Estimate(pricer="a", price=1600.0, low=1, high=2, model="m", ms=1.0)] * values.pop("pricers", 3)
    given = {"estimate": 1600.0, "low": 1400.0, "high": 1800.0, "discount": 380.0, "chance": 0.93, "feed_id": 7} | values
    return Opportunity(id="x", deal=Deal.model_validate(deal), created=NOW, estimates=estimates, **given)


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"include": ["oled"]},
        {"include": ["OLED evo"]},
        {"include": ["wall mount"]},
        {"include": ["plasma", "hdmi 2.1"]},
        {"include": ["television*"], "exclude": ["refurbished"]},
        {"include": ["tele*"]},
        {"include": ["title:c4"]},
        {"include": ["oled", "tv"], "include_all": True},
        {"exclude": ["old"]},  # a whole word: not the one in sold or bold
        {"exclude": ["title:hdmi"]},
        {"feeds": ["7"]},
        {"feeds": ["deals"]},
        {"categories": ["electronics"]},
        {"retailers": ["best buy"]},
        {"retailers": ["BestBuy.com"]},
        {"retailers": ["amazon", "bestbuy"]},
        {"conditions": ["new", "open-box"]},
        {"min_price": 1199, "max_price": 1199},
        {"least_saving": 380, "least_percent": 23.7, "least_chance": 0.93, "least_pricers": 3},
    ],
)
def test_an_offer_that_is_meant_is_found(when: dict[str, Any]) -> None:
    assert Conditions.model_validate(when).why_not(offer()) is None


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ({"include": ["oledx"]}, "it does not say oledx"),
        ({"include": ["oled tv"]}, "it does not say oled tv"),
        ({"include": ["ole"]}, "it does not say ole"),
        ({"include": ["title:hdmi"]}, "it does not say title:hdmi"),
        ({"include": ["oled", "plasma"], "include_all": True}, "it does not say plasma"),
        ({"exclude": ["Wall-Mount"]}, "it says Wall-Mount"),
        ({"feeds": ["8", "other"]}, "it is from another feed"),
        ({"categories": ["toys"]}, "its category is Electronics & Tech"),
        ({"retailers": ["buy"]}, None),
        ({"retailers": ["est"]}, "it is sold by Best Buy"),
        ({"retailers": ["com"]}, "it is sold by Best Buy"),
        ({"conditions": ["used"]}, "it is new"),
        ({"min_price": 1199.01}, "$1,199.00 is less than $1,199.01"),
        ({"max_price": 1198.99}, "$1,199.00 is more than $1,198.99"),
        ({"least_saving": 381}, "the expected saving of $380 is less than $381"),
        ({"least_percent": 24}, "the expected saving of 23 % is less than 24 %"),
        ({"least_chance": 0.94}, "the chance of 93% is less than 94%"),
        ({"least_pricers": 4}, "it rests on 3 of 4 pricers"),
    ],
)
def test_another_one_is_not_and_the_reason_is_told(when: dict[str, Any], why: str | None) -> None:
    assert Conditions.model_validate(when).why_not(offer()) == why


def test_a_shop_that_is_not_named_is_that_of_the_link() -> None:
    assert Conditions(retailers=("best buy",)).why_not(offer(retailer="")) is None
    assert Conditions(retailers=("amazon",)).why_not(offer(retailer="")) == "it is sold by bestbuy.com"
    assert Conditions(retailers=("amazon",)).why_not(offer(retailer="", url="")) == "it is sold by nobody who is named"


def test_case_accents_and_punctuation_do_not_matter() -> None:
    assert folded("Café—Crème (ÉDITION)!") == " cafe creme edition "
    assert says(["cafe creme", "straße"], "Café-Crème, STRASSE") == ["cafe creme", "straße"]


def test_what_no_chance_is_known_of_has_none() -> None:
    assert Conditions(least_chance=0.1).why_not(offer(chance=None)) == "the chance of 0% is less than 10%"
    assert Conditions(least_percent=1.0).why_not(offer(estimate=0.0)) == "the expected saving of 0 % is less than 1 %"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"words": ["x"]}, "words"),
        ({"include": ["  "]}, "include"),
        ({"include": ["title:*"]}, "needs a letter or a digit"),
        ({"include": ["x" * 101]}, "include"),
        ({"include": ["a"] * 101}, "include"),
        ({"include": ["Drill"], "exclude": ["drill"]}, "both included and excluded"),
        ({"conditions": ["mint"]}, "conditions"),
        ({"min_price": 10, "max_price": 9}, "min_price 10 is above max_price 9"),
        ({"min_price": -1}, "min_price"),
        ({"max_price": "nan"}, "max_price"),
        ({"least_chance": 1}, "least_chance"),
        ({"least_percent": 101}, "least_percent"),
        ({"least_pricers": 11}, "least_pricers"),
    ],
)
def test_conditions_that_mean_nothing_are_refused_by_name(when: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Conditions.model_validate(when)
