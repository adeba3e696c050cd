"""What a person pays is what is judged, remembered and told: with shipping, in dollars, at the rate of a day that is named."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from common.deals import Deal, Opportunity
from scanner.policy import Policy
from scanner.rates.day_rates import DayRates, Rates
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, item, rss, scanner_over, store_in

A = "https://a.example/rss"


def told(
    folder: Path, *items: str, policy: Policy | None = None, currency: str = "USD"
) -> tuple[list[Deal], list[dict[str, Any]], FakeJudge]:
    async def run() -> tuple[list[Deal], list[dict[str, Any]], FakeJudge]:
        store, judge = await store_in(folder, A, currency=currency), FakeJudge()
        await scanner_over(store, FakeSource({A: rss(*items)}), judge, policy).scan()
        rows, deals = await store.outbox.unsent(10), (await store.deals.page(None, 10)).items
        await store.aclose()
        return [Opportunity.model_validate_json(row.body).deal for row in rows], deals, judge

    return asyncio.run(run())


def test_the_whole_is_judged_kept_and_pushed(tmp_path: Path) -> None:
    (pushed,), (deal,), judge = told(tmp_path, item("Acme Drill QX100 for $60 + $14.99 shipping"))
    assert (pushed.price, pushed.shipping) == (74.99, 14.99)
    assert pushed.description.startswith("The price includes $14.99 for shipping.")
    assert (deal["price"], deal["shipping"]) == (74.99, 14.99)
    assert judge.calls[0][0].offer.price == 74.99


def test_the_feeds_own_element_is_what_the_thing_costs_by_itself(tmp_path: Path) -> None:
    _, (deal,), _ = told(tmp_path, item("Acme Drill QX100 for $60 + $14.99 shipping", price="59.99"))
    assert (deal["price"], deal["price_source"]) == (74.98, "feed")


def test_references_are_reckoned_from_the_thing_by_itself(tmp_path: Path) -> None:
    drill = item("Acme Drill QX100 for $60 + $10 shipping", text="That's the lowest price we could find by $20.")
    _, (deal,), _ = told(tmp_path, drill)
    assert [each["price"] for each in deal["references"]] == [80.0]


def test_the_price_remembered_is_the_whole(tmp_path: Path) -> None:
    async def run() -> list[float]:
        store = await store_in(tmp_path, A)
        first = item("Acme QX100 Cordless Drill for $60 + $10 shipping", published=NOW - timedelta(days=2))
        later = item("Acme QX100 Cordless Drill for $40", number=2)
        await scanner_over(store, FakeSource({A: rss(first)}), FakeJudge()).scan()
        judge = FakeJudge()
        await scanner_over(store, FakeSource({A: rss(later)}), judge).scan()
        await store.aclose()
        return [each.price for each in judge.calls[0][0].offer.seen]

    assert asyncio.run(run()) == [70.0]


def test_a_unit_price_is_told_of_the_thing_by_itself_and_in_dollars(tmp_path: Path) -> None:
    pack = item("Acme AA Batteries 24-pack for $96 + $6 shipping")
    (pushed,), (deal,), _ = told(tmp_path, pack, policy=Policy(rates={"AUD": 0.5}), currency="AUD")
    assert deal["unit_price"] == {"price": 4.0, "unit": "piece"}
    assert pushed.unit_price is not None
    assert (pushed.unit_price.price, pushed.price, pushed.shipping) == (2.0, 51.0, 3.0)


def test_several_prices_have_no_unit_price(tmp_path: Path) -> None:
    _, (deal,), _ = told(tmp_path, item("Acme AA Batteries 24-pack for $12, or C for $10"))
    assert deal["unit_price"] is None


def test_a_conversion_says_whose_rate_of_which_day_it_used(tmp_path: Path) -> None:
    rates = Rates({"NZD": 0.6}, DayRates(date(2026, 11, 20), {"AUD": 0.651234}))
    policy = Policy(rates=rates, rate_words=rates.words)
    (pushed,), _, _ = told(tmp_path, item("Acme Drill for $60"), policy=policy, currency="AUD")
    assert pushed.description.startswith("Price converted from 60.00 AUD at 0.651234 USD, the central bank's rate of 2026-11-20.")
    (tmp_path / "2").mkdir()
    (pushed,), _, _ = told(tmp_path / "2", item("Acme Drill for $60"), policy=policy, currency="NZD")
    assert pushed.description.startswith("Price converted from 60.00 NZD at 0.6 USD, the rate that is set.")


def test_rates_that_change_count_from_then_on() -> None:
    rates = Rates({"AUD": 0.5})
    policy = Policy(rates=rates)
    assert policy.dollars(10.0, "AUD") == 5.0
    rates.of_day = DayRates(date(2026, 11, 20), {"AUD": 0.6})
    assert policy.dollars(10.0, "AUD") == 6.0
