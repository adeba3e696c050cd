"""A winner is looked at once more: what is gone, sold out or dearer is not pushed; what cannot be looked at is, and says so."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.deal_data import Judged
from scanner.decision import Decision, Past, Wishes
from scanner.pages.market_check import MarketCheck
from scanner.pages.page_data import IN_STOCK, SOLD_OUT, PageError, PageFacts
from scanner.planner.plan_data import Plan
from scanner.policy import Policy
from tests.unit.scanner.fakes import NOW, FakePages, judgement, store_in, stored

POLICY = Policy(rates={"AUD": 0.5})
URL = "https://deals.example/1"
PAGE = PageFacts(title="Acme Drill", price=60.0, currency="USD", availability=IN_STOCK)


def alert(**deal: Any) -> Judged:
    return POLICY.judge(stored(**deal), judgement(), NOW)


def look(page: PageFacts | Exception | None, **deal: Any) -> Judged:
    check = MarketCheck(FakePages({URL: page}), POLICY.dollars)
    (found,) = asyncio.run(check.look([alert(**deal)], NOW))
    return found


def why_not(found: Judged) -> str | None:
    assert found.opportunity is not None
    assert found.is_alert == (found.opportunity.why_not is None)
    return found.opportunity.why_not


def described(found: Judged) -> str:
    assert found.opportunity is not None
    assert found.is_alert
    return found.opportunity.deal.description


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (PageError("HTTP 404", status=404), "its page is gone"),
        (PageError("HTTP 410", status=410), "its page is gone"),
        (replace(PAGE, availability=SOLD_OUT), "it is sold out"),
        (replace(PAGE, availability=SOLD_OUT, price=None), "it is sold out"),
        (replace(PAGE, price=149.99), "its page asks $149.99"),
        (replace(PAGE, price=1_249.99), "its page asks $1,249.99"),
    ],
)
def test_what_does_not_hold_any_more_is_listed_with_the_reason(page: PageFacts | Exception, why: str) -> None:
    found = look(page)
    assert why_not(found) == why
    assert found.judgement is not None


@pytest.mark.parametrize(
    ("price", "words"), [(60.0, "asked $60.00."), (61.0, "asked $61.00."), (49.5, "asked $49.50, which is less.")]
)
def test_the_same_or_a_lower_price_is_pushed_and_noted(price: float, words: str) -> None:
    assert described(look(replace(PAGE, price=price))).startswith(f"At 12:00 UTC its page {words} A drill.")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (None, "it names no product"),
        (replace(PAGE, price=None), "it names no price"),
        (replace(PAGE, currency="XXX"), "it names no price"),
        (PageError("HTTP 403", status=403), "HTTP 403"),
        (PageError("no complete answer within 10 s"), "no complete answer within 10 s"),
        (RuntimeError("unheard of"), "it cannot be read"),
    ],
)
def test_what_cannot_be_looked_at_is_pushed_as_unchecked(page: PageFacts | Exception | None, words: str) -> None:
    assert described(look(page)).startswith(f"Its page was not checked: {words}. A drill.")


def test_a_coupon_explains_a_higher_price() -> None:
    found = look(replace(PAGE, price=120.0), description="A drill. Apply coupon code HALF.")
    assert described(found).startswith("Its page asks $120.00, before what the text says lowers it.")


def test_shipping_is_no_part_of_what_a_page_asks() -> None:
    assert look(PAGE, price=75.0, shipping=15.0).is_alert
    assert why_not(look(replace(PAGE, price=75.0), price=75.0, shipping=15.0)) == "its page asks $75.00"


def test_another_currency_is_compared_in_dollars() -> None:
    assert look(replace(PAGE, price=120.0, currency="AUD")).is_alert
    assert why_not(look(replace(PAGE, price=300.0, currency="AUD"))) == "its page asks $150.00"


def test_only_alerts_are_looked_at_and_the_order_stays() -> None:
    listed = POLICY.judge(stored(id=2, key="link:2", url="https://deals.example/2"), judgement(chance=0.6), NOW)
    pages = FakePages({URL: PAGE})
    found = asyncio.run(MarketCheck(pages, POLICY.dollars).look([listed, alert()], NOW))
    assert [each.deal.id for each in found] == [2, 1]
    assert pages.asked == [URL]
    assert found[0] == listed


def test_all_together_take_no_longer_than_their_time() -> None:
    begun = time.monotonic()
    check = MarketCheck(FakePages({URL: PAGE}, hold=60.0), POLICY.dollars, seconds=0.1)
    (found,) = asyncio.run(check.look([alert()], NOW))
    assert time.monotonic() - begun < 5.0
    assert described(found).startswith("Its page was not checked: there was no time for it.")


class ChoosesAll:
    """A planner that wants everything."""

    async def plan(self, judged: Any, now: Any) -> Plan:
        return Plan("1", now, "done", frozenset(each.deal.id for each in judged), (), 0, 0.0)


def test_what_a_planner_chose_is_looked_at_too(tmp_path: Path) -> None:
    async def run() -> list[Judged]:
        store = await store_in(tmp_path)
        check = MarketCheck(FakePages({}), POLICY.dollars)
        decision = Decision(POLICY, Past(store.deals), (ChoosesAll(), store.plans), Wishes(), [check])
        try:
            return await decision.among([alert()], NOW)
        finally:
            await store.aclose()

    (found,) = asyncio.run(run())
    assert why_not(found) == "its page is gone"
