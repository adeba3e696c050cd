"""Few and good alerts: thresholds, condition, currency, expiry and the cap."""

from datetime import timedelta

import pytest

from common.deals import Deal, Opportunity
from scanner.deal_data import Judged
from scanner.policy import Policy, parse_rates
from tests.unit.scanner.fakes import NOW, answer, stored


def judged(policy: Policy | None = None, price: float = 60.0, **values: object) -> Judged:
    return (policy or Policy()).judge(stored(price=price, **values), answer(200.0, 150.0, 260.0), NOW)


def opportunity_of(found: Judged) -> Opportunity:
    assert found.opportunity is not None
    return found.opportunity


def test_a_price_far_below_the_estimate_is_an_alert() -> None:
    found = judged()
    assert found.is_alert
    opportunity = opportunity_of(found)
    assert (opportunity.estimate, opportunity.discount, opportunity.low) == (200.0, 140.0, 150.0)


@pytest.mark.parametrize(("price", "is_alert"), [(139.0, True), (141.0, False), (149.0, False)])
def test_an_opportunity_that_is_not_far_enough_below_is_listed_only(price: float, is_alert: bool) -> None:
    found = judged(price=price)
    assert found.opportunity is not None
    assert found.is_alert is is_alert


def test_a_price_within_the_interval_is_no_alert() -> None:
    found = Policy().judge(stored(price=130.0), answer(200.0, 120.0, 260.0), NOW)
    assert found.opportunity is not None
    assert not found.is_alert


@pytest.mark.parametrize(
    "values", [{"price": 151.0}, {"price": 250.0}, {"expires": NOW - timedelta(minutes=1)}, {"currency": "AUD"}]
)
def test_no_opportunity_without_discount_validity_and_known_currency(values: dict[str, object]) -> None:
    deal, given = stored(**values), answer(200.0, 150.0, 260.0)
    assert Policy().judge(deal, given, NOW) == Judged(deal, given)


def test_an_estimate_that_is_no_number_makes_no_opportunity() -> None:
    for price in (float("nan"), float("inf")):
        found = Policy().judge(stored(), answer(price, 1.0, 2.0), NOW)
        assert (found.opportunity, found.is_alert) == (None, False)


def test_a_deal_that_the_ensemble_cannot_price_is_no_opportunity() -> None:
    assert Policy().judge(stored(), None, NOW) == Judged(stored(), None, None, is_alert=False)


def test_a_price_in_another_currency_is_converted_and_said() -> None:
    opportunity = opportunity_of(judged(Policy(rates={"AUD": 0.5}), price=100.0, currency="AUD"))
    deal = opportunity.deal
    assert (deal.price, deal.currency, opportunity.discount) == (50.0, "USD", 150.0)
    assert "100.00 AUD" in deal.description


def test_a_converted_price_past_a_thousand_is_written_with_its_separator() -> None:
    opportunity = opportunity_of(judged(Policy(rates={"AUD": 0.01}), price=2499.0, currency="AUD"))
    assert "2,499.00 AUD" in (opportunity.deal.description or "")


def test_a_refurbished_thing_is_compared_with_less_and_that_is_said() -> None:
    opportunity = opportunity_of(judged(condition="refurbished"))
    assert (opportunity.estimate, opportunity.low, opportunity.high) == (150.0, 112.5, 195.0)
    assert "refurbished" in opportunity.deal.description


def test_what_is_published_is_the_contracts_deal_and_no_more() -> None:
    deal = opportunity_of(judged(retailer="Acme Shop", expires=NOW + timedelta(days=1))).deal
    assert deal == Deal(
        title="Acme Drill for $60",
        description="A drill.",
        price=60.0,
        currency="USD",
        url="https://deals.example/1",
        retailer="Acme Shop",
        feed="Deals",
        published=NOW,
        expires=NOW + timedelta(days=1),
        condition="new",
    )


def test_a_title_with_several_prices_is_listed_but_not_pushed() -> None:
    found = judged(has_variants=True)
    assert found.opportunity is not None
    assert not found.is_alert


@pytest.mark.parametrize(
    "title", ["Office Suite 1-PC Lifetime License for $20", "Antivirus 1-Year Subscription for $18", "Acme Novel (Kindle eBook) $3"]
)
def test_what_is_no_goods_is_listed_but_not_pushed(title: str) -> None:
    found = judged(title=title)
    assert found.opportunity is not None
    assert not found.is_alert


def test_only_the_best_of_a_scan_are_pushed() -> None:
    policy = Policy(max_alerts=2)
    found = [policy.judge(stored(id=n, key=f"link:{n}", price=54.0 - n), answer(), NOW) for n in range(5)]
    kept = policy.keep_best(found)
    assert [each.is_alert for each in found] == [True] * 5
    assert [each.is_alert for each in kept] == [False, False, False, True, True]
    assert [(each.deal, each.answer, each.opportunity) for each in kept] == [
        (each.deal, each.answer, each.opportunity) for each in found
    ]


def test_fewer_that_qualify_than_are_wanted_are_all_pushed_and_no_others() -> None:
    policy = Policy(max_alerts=3)
    found = [policy.judge(deal, answer(), NOW) for deal in (stored(), stored(price=149.0), stored(price=500.0))]
    assert [each.is_alert for each in policy.keep_best([*found, Judged(stored(), None)])] == [True, False, False, False]
    assert Policy(max_alerts=0).keep_best(found) == [Judged(each.deal, each.answer, each.opportunity) for each in found]


def test_the_id_depends_on_the_deal_alone() -> None:
    ids = [opportunity_of(found).id for found in (judged(), judged(Policy(min_discount=1.0)), judged(key="link:2"))]
    assert ids[0] == ids[1] != ids[2]


def test_rates_are_read() -> None:
    assert parse_rates("AUD=0.66, eur=1.08,") == {"AUD": 0.66, "EUR": 1.08}


@pytest.mark.parametrize("text", ["AUD", "AUD=", "AUD=x", "AUD=-1", "AUD=nan", "DOLLAR=1"])
def test_rates_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rates(text)
