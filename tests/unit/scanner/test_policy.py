"""Few and good alerts: thresholds, condition, currency, expiry and the cap."""

from datetime import timedelta

import pytest

from scanner.policy import Policy, Verdict, parse_rates
from tests.unit.scanner.fakes import NOW, answer, stored


def verdict(policy: Policy | None = None, price: float = 60.0, **values: object) -> Verdict | None:
    return (policy or Policy()).judge(stored(price=price, **values), answer(200.0, 150.0, 260.0), NOW)


def test_a_price_far_below_the_estimate_is_an_alert() -> None:
    found = verdict()
    assert found is not None
    assert found.is_alert
    assert (found.opportunity.estimate, found.opportunity.discount, found.opportunity.low) == (200.0, 140.0, 150.0)


@pytest.mark.parametrize(("price", "is_alert"), [(139.0, True), (141.0, False), (149.0, False)])
def test_an_opportunity_that_is_not_far_enough_below_is_listed_only(price: float, is_alert: bool) -> None:
    found = verdict(price=price)
    assert found is not None
    assert found.is_alert is is_alert


def test_a_price_within_the_interval_is_no_alert() -> None:
    found = Policy().judge(stored(price=130.0), answer(200.0, 120.0, 260.0), NOW)
    assert found is not None
    assert not found.is_alert


@pytest.mark.parametrize(
    "values", [{"price": 151.0}, {"price": 250.0}, {"expires": NOW - timedelta(minutes=1)}, {"currency": "AUD"}]
)
def test_no_opportunity_without_discount_validity_and_known_currency(values: dict[str, object]) -> None:
    assert Policy().judge(stored(**values), answer(200.0, 150.0, 260.0), NOW) is None


def test_an_estimate_that_is_no_number_makes_no_opportunity() -> None:
    assert Policy().judge(stored(), answer(float("nan"), 1.0, 2.0), NOW) is None
    assert Policy().judge(stored(), answer(float("inf"), 1.0, 2.0), NOW) is None


def test_a_price_in_another_currency_is_converted_and_said() -> None:
    found = verdict(Policy(rates={"AUD": 0.5}), price=100.0, currency="AUD")
    assert found is not None
    deal = found.opportunity.deal
    assert (deal.price, deal.currency, found.opportunity.discount) == (50.0, "USD", 150.0)
    assert "100.00 AUD" in deal.description


def test_a_refurbished_thing_is_compared_with_less_and_that_is_said() -> None:
    found = verdict(condition="refurbished")
    assert found is not None
    assert (found.opportunity.estimate, found.opportunity.low, found.opportunity.high) == (150.0, 112.5, 195.0)
    assert "refurbished" in found.opportunity.deal.description


def test_a_title_with_several_prices_is_listed_but_not_pushed() -> None:
    found = verdict(has_variants=True)
    assert found is not None
    assert not found.is_alert


@pytest.mark.parametrize(
    "title", ["Office Suite 1-PC Lifetime License for $20", "Antivirus 1-Year Subscription for $18", "Acme Novel (Kindle eBook) $3"]
)
def test_what_is_no_goods_is_listed_but_not_pushed(title: str) -> None:
    found = verdict(title=title)
    assert found is not None
    assert not found.is_alert


def test_a_list_price_changes_nothing() -> None:
    inflated, plain = verdict(list_price=9_999.0), verdict()
    assert inflated is not None
    assert plain is not None
    assert inflated.opportunity == plain.opportunity


def test_only_the_best_of_a_scan_are_pushed() -> None:
    policy = Policy(max_alerts=2)
    found = [policy.judge(stored(id=n, key=f"link:{n}", price=50.0 + n), answer(), NOW) for n in range(5)]
    verdicts = [each for each in found if each is not None]
    assert policy.alerts(verdicts) == {verdicts[0].opportunity.id, verdicts[1].opportunity.id}


def test_the_id_depends_on_the_deal_alone() -> None:
    ids = [found.opportunity.id for found in (verdict(), verdict(Policy(min_discount=1.0)), verdict(key="link:2")) if found]
    assert ids[0] == ids[1] != ids[2]


def test_rates_are_read() -> None:
    assert parse_rates("AUD=0.66, eur=1.08,") == {"AUD": 0.66, "EUR": 1.08}


@pytest.mark.parametrize("text", ["AUD", "AUD=", "AUD=x", "AUD=-1", "AUD=nan", "DOLLAR=1"])
def test_rates_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rates(text)
