"""Few and good alerts: what is listed, what is pushed, and why the rest is not."""

import math
from datetime import timedelta
from typing import Any, Literal

import pytest

from common.deals import Deal, Match, Opportunity
from common.pricing import Similar
from scanner.alert_rule import AlertRule
from scanner.deal_data import Judged, Told, Wanted
from scanner.intake.novelty import NoveltyRule
from scanner.policy import Policy, parse_rates
from tests.unit.scanner.fakes import NOW, answer, judgement, stored

DEGRADED = answer(pricers=1).model_copy(update={"degraded": ["specialist", "random-forest"]})
CLAIM = {"price": 900.0, "verdict": "inflated", "chance": 0.02}


def judged(policy: Policy | None = None, deal: dict[str, object] | None = None, **values: Any) -> Judged:
    price = 60.0
    return (policy or Policy()).judge(stored(price=price, **(deal or {})), judgement(200.0, price, **values), NOW)


def opportunity_of(found: Judged) -> Opportunity:
    assert found.opportunity is not None
    return found.opportunity


def test_a_price_that_surely_saves_is_an_alert_and_carries_what_that_rests_on() -> None:
    found = judged(list_price=CLAIM)
    assert found.is_alert
    opportunity = opportunity_of(found)
    assert (opportunity.estimate, opportunity.low, opportunity.high) == (200.0, 150.0, 260.0)
    assert (opportunity.discount, opportunity.chance, opportunity.why_not, opportunity.review) == (140.0, 0.95, None, False)
    assert [each.words for each in opportunity.evidence] == ["Three pricers say so."]
    assert opportunity.list_price
    assert opportunity.list_price.verdict == "inflated"
    assert len(opportunity.estimates) == 3


def test_the_discount_is_the_expected_saving_and_not_what_worth_is_above_the_price() -> None:
    assert opportunity_of(judged(saving=88.5)).discount == 88.5


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"chance": 0.89}, "the chance of 89% is less than 90%"),
        ({"support": 0.6}, "nothing beside the price itself says so clearly (support 60% of 82%)"),
        ({"known": False}, "nothing like it is known, and its text states no other price"),
        ({"answer": answer(pricers=1)}, "it rests on 1 pricer alone, and its text states no other price"),
        (
            {"answer": DEGRADED, "degraded": ["specialist", "random-forest"]},
            "it rests on 1 pricer alone, and its text states no other price",
        ),
    ],
)
def test_what_is_not_sure_enough_is_listed_with_the_reason(values: dict[str, Any], why: str) -> None:
    found = judged(**values)
    assert not found.is_alert
    assert opportunity_of(found).why_not == why


@pytest.mark.parametrize(
    ("match", "support", "wrong_in", "is_alert"),
    [
        ("exact", 0.85, 10, True),
        ("exact", 0.76, 10, True),
        ("model", 0.85, 10, False),
        ("similar", 0.85, 10, False),
        ("exact", 0.74, 10, False),
        ("exact", 0.85, 50, False),  # who allows fewer errors asks for more support, too
        ("exact", 0.97, 50, True),
    ],
)
def test_a_product_that_was_found_itself_is_pushed_by_what_it_costs_whatever_such_shops_do(
    match: Literal["exact", "model", "similar"], support: float, wrong_in: float, is_alert: bool
) -> None:
    found = answer().model_copy(update={"similar": [Similar(title="Acme drill", price=200.0, similarity=0.9, match=match)]})
    policy = Policy(rule=AlertRule(wrong_in=wrong_in))
    asked = judgement(200.0, 100.0, chance=0.7, support=support, answer=found)
    assert policy.judge(stored(price=100.0), asked, NOW).is_alert is is_alert


@pytest.mark.parametrize("values", [{"saving": 9.99}, {"chance": 0.49}, {"worth": math.nan}, {"saving": math.inf}])
def test_what_hardly_saves_or_probably_does_not_is_not_listed(values: dict[str, Any]) -> None:
    found = judged(**values)
    assert (found.opportunity, found.is_alert) == (None, False)
    assert opportunity_of(judged(saving=10.0, chance=0.5)).why_not is not None


@pytest.mark.parametrize("deal", [{"expires": NOW - timedelta(minutes=1)}, {"currency": "AUD"}])
def test_no_opportunity_without_validity_and_known_currency(deal: dict[str, object]) -> None:
    assert judged(deal=deal).opportunity is None


def test_what_is_too_good_to_be_believed_goes_to_review_and_is_never_pushed() -> None:
    policy = Policy(rule=AlertRule(wrong_in=1.01, push_saving=0.0, least_pricers=0, least_support=0.0))
    found = policy.judge(stored(price=1.0), judgement(900.0, 1.0, chance=0.3), NOW)
    opportunity = opportunity_of(found)
    assert (found.is_alert, opportunity.review) == (False, True)
    assert opportunity.why_not == "$1.00 is too little for something worth $900: look before you believe it"


def test_a_deal_that_the_ensemble_cannot_judge_is_no_opportunity() -> None:
    assert Policy().judge(stored(), None, NOW) == Judged(stored(), None, None, is_alert=False)


def test_a_price_in_another_currency_is_converted_and_said() -> None:
    deal = opportunity_of(judged(Policy(rates={"AUD": 0.5}), {"currency": "AUD"})).deal
    assert (deal.price, deal.currency) == (30.0, "USD")
    assert deal.description.startswith("Price converted from 60.00 AUD at 0.5 USD.")


def test_a_converted_price_past_a_thousand_is_written_with_its_separator() -> None:
    found = Policy(rates={"AUD": 0.01}).judge(stored(price=2499.0, currency="AUD"), judgement(200.0, 24.99), NOW)
    assert "2,499.00 AUD" in opportunity_of(found).deal.description


@pytest.mark.parametrize(("price", "currency"), [(0.0, "USD"), (-5.0, "USD"), (1e8, "USD"), (5.0, "AUD"), (math.inf, "USD")])
def test_what_can_not_be_told_in_dollars_has_none(price: float, currency: str) -> None:
    assert Policy().dollars(price, currency) is None
    assert Policy(rates={"AUD": 0.5}).dollars(10.0, "AUD") == 5.0


def test_the_worth_of_a_refurbished_thing_is_the_judges_who_knows_its_condition() -> None:
    opportunity = opportunity_of(judged(deal={"condition": "refurbished"}))
    assert (opportunity.estimate, opportunity.deal.description) == (200.0, "A drill.")


def test_what_is_published_is_the_contracts_deal_and_no_more() -> None:
    deal = opportunity_of(judged(deal={"retailer": "Acme Shop", "expires": NOW + timedelta(days=1)})).deal
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
        category="Tools",
    )


def test_a_title_with_several_prices_is_listed_but_not_pushed() -> None:
    found = judged(deal={"has_variants": True})
    assert (found.is_alert, opportunity_of(found).why_not) == (False, "its title names several prices")


@pytest.mark.parametrize(
    "title", ["Office Suite 1-PC Lifetime License for $20", "Antivirus 1-Year Subscription for $18", "Acme Novel (Kindle eBook) $3"]
)
def test_what_is_no_goods_is_listed_but_not_pushed(title: str) -> None:
    found = judged(deal={"title": title})
    assert not found.is_alert
    assert "no goods" in str(opportunity_of(found).why_not)


@pytest.mark.parametrize("title", ["Acme Drill, not working, $60", "Acme Drill for parts or repair $60"])
def test_what_is_broken_is_listed_but_not_pushed(title: str) -> None:
    found = judged(deal={"title": title, "condition": "used"})
    assert not found.is_alert
    assert "broken" in str(opportunity_of(found).why_not)


def test_those_of_a_scan_that_save_the_most_are_pushed_by_themselves_and_the_others_in_a_digest() -> None:
    policy = Policy(max_alerts=2)
    savings = (40.0, 90.0, 20.0, 70.0, 30.0)
    found = [policy.judge(stored(id=n, key=f"link:{n}"), judgement(saving=each), NOW) for n, each in enumerate(savings)]
    kept = policy.keep_best(found)
    assert [each.is_alert for each in kept] == [True] * 5
    assert [opportunity_of(each).digest for each in kept] == [True, False, True, False, True]
    assert [opportunity_of(each).discount for each in kept] == list(savings)


def test_what_a_watch_wants_is_pushed_by_itself_and_takes_no_others_place() -> None:
    policy = Policy(max_alerts=1)
    watch = Wanted(Match(kind="watch", id=3, name="a drill"), ("phone",), "high")
    found = [
        policy.judge(stored(id=n, key=f"link:{n}"), judgement(saving=saving), NOW, watched=watched)
        for n, (saving, watched) in enumerate([(20.0, [watch]), (90.0, []), (70.0, [])])
    ]
    assert [opportunity_of(each).digest for each in policy.keep_best(found)] == [False, False, True]


def test_a_watch_has_pushed_what_no_rule_wants_and_nobody_would_list() -> None:
    watch = Wanted(Match(kind="watch", id=3, name="an OLED TV"), ("phone",), "high")
    dear = judgement(50.0, 60.0, saving=-10.0, chance=0.1, support=0.1)
    found = Policy().judge(stored(price=60.0), dear, NOW, watched=[watch])
    opportunity = opportunity_of(found)
    assert (found.is_alert, opportunity.matches, opportunity.channels, opportunity.priority) == (
        True,
        [watch.match],
        ["phone"],
        "high",
    )


def test_a_watch_is_told_when_a_price_comes_within_reach_however_little_it_fell_for_that() -> None:
    watch = Wanted(Match(kind="watch", id=3, name="a drill"))
    little = NoveltyRule().why_no_new_low(60.0, [62.0])
    fallen = stored(why_no_news=little)
    assert Policy().judge(fallen, judgement(), NOW, watched=[watch]).is_alert
    assert not Policy().judge(fallen, judgement(), NOW).is_alert


@pytest.mark.parametrize(
    ("deal", "why"),
    [({"price": 1.0}, "look before you believe it"), ({"has_variants": True}, "several prices"), ({"why_no_news": "old"}, "old")],
)
def test_a_watch_pushes_nothing_that_cannot_be_believed_and_nothing_old(deal: dict[str, object], why: str) -> None:
    watch = Wanted(Match(kind="watch", id=3, name="a drill"))
    found = Policy().judge(stored(**deal), judgement(200.0, float(str(deal.get("price", 60.0)))), NOW, watched=[watch])
    assert not found.is_alert
    assert why in str(opportunity_of(found).why_not)


def test_what_is_no_news_is_listed_with_the_reason_and_not_pushed() -> None:
    found = judged(deal={"why_no_news": "it was published 5 days before it was seen"})
    assert (found.is_alert, opportunity_of(found).why_not) == (False, "it was published 5 days before it was seen")
    assert opportunity_of(judged(chance=0.6, deal={"why_no_news": "old"})).why_not == "the chance of 60% is less than 90%"


def test_what_repeats_a_push_is_listed_and_the_best_of_several_is_pushed() -> None:
    titles = {90.0: "Acme QX100 Blender", 110.0: "Quiet Acme QX-100 Blender", 50.0: "Acme Saw"}
    found = [
        Policy().judge(stored(id=n, key=f"link:{n}", title=titles[each]), judgement(saving=each), NOW)
        for n, each in enumerate(titles)
    ]
    assert [each.is_alert for each in Policy().without_repeats(found, [])] == [False, True, True]
    told = [Told("link:9", "Acme Saw", "new", 61.0), Told("link:8", "Acme QX100 Blender", "used", 10.0)]
    kept = Policy().without_repeats(found, told)
    assert [each.is_alert for each in kept] == [False, True, False]
    assert opportunity_of(kept[2]).why_not == "the same was pushed at $61.00, and this is not 5% less"


def test_fewer_that_qualify_than_are_wanted_are_all_pushed_and_no_others() -> None:
    policy = Policy(max_alerts=3)
    found = [policy.judge(stored(), each, NOW) for each in (judgement(), judgement(chance=0.6), judgement(chance=0.1))]
    assert [each.is_alert for each in policy.keep_best([*found, Judged(stored(), None)])] == [True, False, False, False]
    assert [opportunity_of(each).digest for each in Policy(max_alerts=0).keep_best(found[:1])] == [True]


def test_the_id_depends_on_the_deal_alone() -> None:
    ids = [opportunity_of(found).id for found in (judged(), judged(Policy(list_saving=1.0)), judged(deal={"key": "link:2"}))]
    assert ids[0] == ids[1] != ids[2]


def test_rates_are_read() -> None:
    assert parse_rates("AUD=0.66, eur=1.08,") == {"AUD": 0.66, "EUR": 1.08}


@pytest.mark.parametrize("text", ["AUD", "AUD=", "AUD=x", "AUD=-1", "AUD=nan", "DOLLAR=1"])
def test_rates_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rates(text)
