"""What the store knows of deals: their identities, when they were seen, and what they came to, all or nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from common.deals import Opportunity
from common.judging import Reference
from scanner.deal_data import Feed, Judged, KnownDeal, NewDeal, StoredDeal, Told
from scanner.feeds.feed_list import WantedFeed
from scanner.policy import Policy
from scanner.prices.rule_extractor import Extraction
from scanner.store.retention import Retention
from scanner.store.store import Store, open_store
from tests.unit.scanner.fakes import NOW, entry, judgement

FEED = Feed(1, "https://a.example/rss", "A")
DRILL = Extraction(60.0, 99.0, "priced", "refurbished", "AUD", has_variants=True, price_source="feed")


def deal(number: int = 1, extraction: Extraction = DRILL, why_skipped: str | None = None) -> NewDeal:
    written = entry(f"Acme Drill {number}", text="A drill.", retailer="Acme", category="Tools", expires=NOW + timedelta(days=1))
    return NewDeal(FEED, written, extraction, (f"link:{number}", f"guid:{number}"), why_skipped)


def with_store(folder: Path, use: Callable[[Store, list[str]], Awaitable[None]]) -> None:
    """A store, and a list that grows at each call to publish."""

    async def run() -> None:
        calls = list[str]()
        store = await open_store(f"sqlite:///{folder / 'scanner.sqlite3'}", lambda: calls.append("publish"))
        await use(store, calls)
        await store.aclose()

    asyncio.run(run())


async def only(store: Store) -> StoredDeal:
    (found,) = await store.deals.unpriced(10)
    return found


def test_a_stored_deal_holds_what_was_read(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.deals.add_deals([deal()], NOW)
        assert await only(store) == StoredDeal(
            id=1,
            key="link:1",
            feed_id=1,
            title="Acme Drill 1",
            description="A drill.",
            price=60.0,
            currency="AUD",
            url="https://deals.example/1",
            retailer="Acme",
            feed="A",
            category="Tools",
            published=NOW,
            expires=NOW + timedelta(days=1),
            condition="refurbished",
            has_variants=True,
            price_source="feed",
        )
        (listed,) = (await store.deals.page(None, 10)).items
        assert (listed["list_price"], listed["kind"], listed["price_source"]) == (99.0, "priced", "feed")
        assert (listed["state"], listed["reason"], listed["estimate"]) == ("unpriced", None, None)

    with_store(tmp_path, use)


def test_a_deals_references_are_kept_with_it(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        said = Reference(kind="next_best", price=89.0, said_by="editor", words="Others want $89", start=3, end=18)
        await store.deals.add_deals([replace(deal(), references=(said,)), deal(2)], NOW)
        assert [each.references for each in await store.deals.unpriced(10)] == [[], [said]]
        listed = (await store.deals.page(None, 10)).items
        assert [each["references"] for each in listed] == [[], [said.model_dump()]]
        await store.scans.prune(NOW + Retention().deals + timedelta(days=1))
        await store.deals.add_deals([deal(3)], NOW)  # may get the number of one that is forgotten
        assert [each.references for each in await store.deals.unpriced(10)] == [[]]

    with_store(tmp_path, use)


def test_a_skipped_deal_is_listed_with_its_reason_and_does_not_wait(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.deals.add_deals([deal(why_skipped="expired")], NOW)
        (listed,) = (await store.deals.page(None, 10)).items
        assert (listed["state"], listed["reason"]) == ("skipped", "expired")
        assert await store.deals.unpriced(10) == []

    with_store(tmp_path, use)


def test_asking_what_is_known_marks_nothing_as_seen(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.deals.add_deals([deal(1), deal(2)], NOW)
        many = [f"link:{number}" for number in range(2_000)]  # more than one question holds
        assert set(await store.deals.known([*many, "guid:2"])) == {"link:1", "link:2", "guid:2"}
        assert await store.deals.known([]) == {}
        await store.scans.prune(NOW + Retention().deals + timedelta(seconds=1))
        assert await store.deals.known(many) == {}

    with_store(tmp_path, use)


def test_deals_that_are_marked_as_seen_are_not_forgotten(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.deals.add_deals([deal(1), deal(2)], NOW)
        await store.deals.mark_seen([*(f"link:{number}" for number in range(3, 1_500)), "guid:2"], NOW + timedelta(days=1))
        await store.scans.prune(NOW + Retention().deals + timedelta(seconds=1))
        assert set(await store.deals.known(["link:1", "guid:1", "link:2", "guid:2"])) == {"link:2", "guid:2"}

    with_store(tmp_path, use)


def change(old: KnownDeal, price: float, number: int = 1) -> NewDeal:
    """The deal of this number at another price."""
    return replace(deal(number, replace(DRILL, price=price)), keys=(f"again:{price}", f"link:{number}"), follows=old)


def test_a_new_price_takes_over_all_keys_of_the_old_one(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.deals.add_deals([deal(1), deal(2)], NOW)
        first = (await store.deals.known(["guid:1"]))["guid:1"]
        await store.deals.add_deals([change(first, 50.0)], NOW + timedelta(days=1))
        known = await store.deals.known(["link:1", "guid:1", "link:2"])
        assert (known["link:1"].price, known["guid:1"].price, known["link:2"].price) == (50.0, 50.0, 60.0)
        assert (known["guid:1"].key, known["guid:1"].entry, first.entry) == ("again:50.0", "link:1", "link:1")
        second = known["guid:1"]
        await store.deals.add_deals([change(second, 40.0)], NOW + timedelta(days=2))
        assert (await store.deals.known(["guid:1"]))["guid:1"].entry == "link:1"
        past = await store.deals.past_prices(["link:1"], NOW)
        assert [(each.entry, each.price, each.currency) for each in past] == [
            ("link:1", price, "AUD") for price in (60.0, 50.0, 40.0)
        ]
        assert [each.price for each in await store.deals.past_prices(["link:1"], NOW + timedelta(days=1))] == [50.0, 40.0]
        assert [each.price for each in await store.deals.at_prices([60.0, 50.0], NOW)] == [60.0]  # of the second deal
        states = [(each["price"], each["state"], each["reason"]) for each in (await store.deals.page(None, 10)).items]
        assert states == [
            (40.0, "unpriced", None),
            (50.0, "skipped", "its price is 40.00 AUD now"),
            (60.0, "unpriced", None),
            (60.0, "skipped", "its price is 50.00 AUD now"),
        ]

    with_store(tmp_path, use)


def test_a_key_goes_to_the_latest_deal_that_has_it(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.deals.add_deals([deal(1)], NOW)
        await store.deals.add_deals([replace(deal(2), keys=("again:2", "guid:1"))], NOW)
        known = await store.deals.known(["link:1", "guid:1"])
        assert (known["link:1"].id, known["guid:1"].id) == (1, 2)

    with_store(tmp_path, use)


def test_a_deal_whose_feed_is_read_no_more_is_an_orphan(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.feeds.configure([WantedFeed(FEED.url, "A")], "environment")
        await store.deals.add_deals([deal(1)], NOW)
        assert not (await store.deals.known(["link:1"]))["link:1"].is_orphan
        await store.feeds.remove(FEED.id)
        assert (await store.deals.known(["link:1"]))["link:1"].is_orphan

    with_store(tmp_path, use)


def test_what_was_pushed_is_told_by_its_time_in_dollars(tmp_path: Path) -> None:
    async def use(store: Store, _: list[str]) -> None:
        await store.deals.add_deals([deal(1, replace(DRILL, has_variants=False)), deal(2)], NOW)
        policy = Policy(rates={"AUD": 0.5})
        judged = [policy.judge(each, judgement(200.0, 30.0), NOW) for each in await store.deals.unpriced(10)]
        await store.deals.record_judged(judged, NOW)
        assert await store.deals.told_since(NOW) == [Told("link:1", "Acme Drill 1", "refurbished", 30.0)]
        assert await store.deals.told_since(NOW + timedelta(seconds=1)) == []

    with_store(tmp_path, use)


def test_what_was_judged_is_stored_with_its_opportunity_and_told_once(tmp_path: Path) -> None:
    async def use(store: Store, calls: list[str]) -> None:
        await store.deals.add_deals([deal()], NOW)
        policy = Policy(rates={"AUD": 0.5})
        judged = policy.judge((await only(store)).model_copy(update={"has_variants": False}), judgement(200.0, 30.0), NOW)
        assert judged.is_alert
        await store.deals.record_judged([judged], NOW)
        await store.deals.record_judged([judged], NOW)
        (row,) = await store.outbox.unsent(10)
        assert Opportunity.model_validate_json(row.body) == judged.opportunity
        (listed,) = (await store.deals.page(None, 10)).items
        assert (listed["state"], listed["reason"], listed["chance"]) == ("priced", None, 0.95)
        assert (listed["estimate"], listed["low"], listed["high"]) == (200.0, 150.0, 260.0)
        assert calls == ["publish"]

    with_store(tmp_path, use)


def test_an_opportunity_that_is_no_alert_is_listed_and_not_told(tmp_path: Path) -> None:
    async def use(store: Store, calls: list[str]) -> None:
        await store.deals.add_deals([deal(1), deal(2)], NOW)
        second, first = await store.deals.unpriced(10)
        judged = Policy(rates={"AUD": 0.5}).judge(first, judgement(200.0, 30.0), NOW)  # its title prices several things
        await store.deals.record_judged([judged, Judged(second, None)], NOW)
        assert len((await store.opportunities.page(None, 10, now=NOW, state="all")).items) == 1
        assert (await store.outbox.unsent(10), calls) == ([], [])
        states = [(each["state"], each["reason"]) for each in (await store.deals.page(None, 10)).items]
        assert states == [("skipped", "the ensemble cannot judge this offer"), ("priced", "its title names several prices")]

    with_store(tmp_path, use)


def test_what_is_too_good_to_be_believed_is_kept_for_review_with_the_reason(tmp_path: Path) -> None:
    async def use(store: Store, calls: list[str]) -> None:
        await store.deals.add_deals([deal(extraction=replace(DRILL, price=2.0, has_variants=False))], NOW)
        await store.deals.record_judged([Policy(rates={"AUD": 0.5}).judge(await only(store), judgement(900.0, 1.0), NOW)], NOW)
        (listed,) = (await store.deals.page(None, 10)).items
        assert (listed["state"], "look before you believe it" in listed["reason"]) == ("review", True)
        (found,) = (await store.opportunities.page(None, 10, now=NOW, state="all")).items
        assert (found["review"], found["why_not"]) == (True, listed["reason"])
        assert (await store.outbox.unsent(10), calls) == ([], [])

    with_store(tmp_path, use)


def test_where_one_of_the_judged_cannot_be_stored_none_is(tmp_path: Path) -> None:
    async def use(store: Store, calls: list[str]) -> None:
        await store.deals.add_deals([deal()], NOW)
        good = Policy(rates={"AUD": 0.5}).judge(
            (await only(store)).model_copy(update={"has_variants": False}), judgement(200.0, 30.0), NOW
        )
        assert good.opportunity is not None
        elsewhere = good.opportunity.model_copy(update={"id": "elsewhere"})
        foreign = Judged(good.deal.model_copy(update={"id": 99}), judgement(), elsewhere, is_alert=True)
        with pytest.raises(IntegrityError):
            await store.deals.record_judged([good, foreign], NOW)
        assert (await only(store)).id == good.deal.id
        assert (await store.opportunities.page(None, 10, now=NOW, state="all")).items == []
        assert (await store.outbox.unsent(10), calls) == ([], [])

    with_store(tmp_path, use)
