"""A database that an earlier version made is brought to today's form with all that it holds, and goes on from there."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from common.database import asynchronous
from common.deals import Opportunity
from common.migration import migrate
from scanner.feeds.feed_list import WantedFeed
from scanner.identity import keys_of
from scanner.judging.product_key import product_key
from scanner.opportunities.query import SORTS, Query
from scanner.parsing.feed_parser import parse_feed
from scanner.rates.day_rates import DayRates
from scanner.store.schema import METADATA
from scanner.store.store import Store, open_store
from tests.integration.scanner.desks import Desks
from tests.integration.scanner.first_release import ROWS, make_first
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, item, rss, scanner_over

A = "https://a.example/rss"
GONE = "https://gone.example/rss"


def with_store(url: str, use: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store(url, lambda: None)
        await use(store)
        await store.aclose()

    asyncio.run(run())


def test_what_the_first_release_knew_is_known(database_url: str) -> None:
    async def use(store: Store) -> None:
        await store.feeds.configure([WantedFeed(A, "A"), WantedFeed(GONE, "Gone")], "default")
        assert [(feed.url, feed.etag, feed.items_seen) for feed in await store.feeds.enabled()] == [(A, '"7"', 3)]
        keys = [row["key"] for row in ROWS["deal_keys"]]
        assert set(await store.deals.known([*keys, "link:new"])) == set(keys)
        skipped, unpriced, waits, _ = (await store.deals.page(None, 10)).items
        assert (skipped["state"], skipped["reason"], skipped["price"]) == ("skipped", "no price that can be relied on (none)", None)
        assert (unpriced["state"], unpriced["references"]) == ("unpriced", [])
        assert (waits["estimate"], waits["low"], waits["high"], waits["chance"]) == (20.0, 15.0, 30.0, None)
        now = datetime(2026, 11, 21, tzinfo=UTC)
        assert [each["id"] for each in (await store.opportunities.page(None, 10, now=now)).items] == ["waits"]
        assert [each["id"] for each in (await store.opportunities.page(None, 10, now=NOW, state="all")).items] == ["sent", "waits"]
        assert (await store.scans.get("scan-1"))["alerts"] == 2

    asyncio.run(make_first(database_url))
    with_store(database_url, use)


def test_what_waited_is_still_published_and_new_deals_follow_it(database_url: str) -> None:
    async def use(store: Store) -> None:
        await store.feeds.configure([WantedFeed(A, "A")], "environment")
        report = await scanner_over(store, FakeSource({A: rss(item("Acme Drill for $60", text="It was $80."))}), FakeJudge()).scan()
        assert (report.pricing.priced, report.pricing.alerts) == (2, 1)  # the lamp that waited is too cheap to be believed
        rows = await store.outbox.unsent(10)
        lamp, drill = [Opportunity.model_validate_json(row.body).deal for row in rows]
        assert (lamp.title, "Acme Drill" in drill.title) == ("Acme Lamp waits for $9", True)
        assert [each.price for each in drill.references] == [80.0]
        await store.outbox.mark_appended([(row.id, f"{row.id}-0") for row in rows], datetime.now(UTC))
        await store.outbox.mark_sent([row.id for row in rows], datetime.now(UTC))
        assert await store.outbox.count_unsent() == 0

    asyncio.run(make_first(database_url))
    with_store(database_url, use)
    with_store(database_url, lambda store: store.feeds.configure([], "default"))  # a second start does nothing more


def test_a_deal_of_the_first_release_is_known_again_and_its_next_price_is_seen(database_url: str) -> None:
    cheaper = rss(item("Acme Lamp waits for $7", price="7.00"))
    (entry,) = parse_feed(cheaper, NOW).entries

    async def use(store: Store) -> None:
        (feed,) = (feed for feed in await store.feeds.enabled() if feed.url == A)
        await store.deals.add_keys([("link:waits", key) for key in keys_of(feed, entry)])
        source = FakeSource({A: rss(item("Acme Lamp waits for $9", price="9.00"))})
        scanner = scanner_over(store, source, FakeJudge(worth=20.0))
        assert (await scanner.scan()).feeds[0].new == 0
        source.bodies[A] = cheaper
        assert (await scanner.scan()).feeds[0].new == 1
        assert [each.price for each in await store.deals.past_prices(["link:waits"], NOW)] == [9.0, 7.0]
        (newest, *_) = (await store.opportunities.page(None, 10, now=NOW)).items
        assert (newest["deal"]["price"], newest["why_not"]) == (7.0, None)

    asyncio.run(make_first(database_url))
    with_store(database_url, use)


@pytest.mark.parametrize("made", [["feeds"], ["feeds", "deals", "deal_keys"], sorted(METADATA.tables)], ids=len)
def test_tables_that_a_version_without_migrations_made_are_completed(database_url: str, made: list[str]) -> None:
    """The first start of such a version was killed between two tables, or it was one of those after the first release."""
    feed = {"url": A, "title": "A", "currency": "USD", "origin": "person", "enabled": True, "demo": False}

    async def make() -> None:
        engine = create_async_engine(asynchronous(make_url(database_url)))
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all, [METADATA.tables[name] for name in made])
            await connection.execute(insert(METADATA.tables["feeds"]).values(feed))
        await engine.dispose()

    async def use(store: Store) -> None:
        assert [each.url for each in await store.feeds.enabled()] == [A]
        report = await scanner_over(store, FakeSource({A: rss(item("Acme Drill for $60"))}), FakeJudge()).scan()
        assert (report.pricing.priced, await store.outbox.count_unsent()) == (1, 1)

    asyncio.run(make())
    with_store(database_url, use)


def test_pages_money_and_rates_find_their_place_in_a_database_of_before(database_url: str) -> None:
    told = DayRates(NOW.date(), {"AUD": 0.65, "EUR": 1.1}, NOW.timestamp())
    pack = item("Acme AA Batteries 24-pack for $96 + $6 shipping")

    async def use(store: Store) -> None:
        await store.rates.keep(told)
        await store.rates.keep(told)  # a bank may be asked twice in a day
        await store.feeds.configure([WantedFeed(A, "A")], "environment")
        await scanner_over(store, FakeSource({A: rss(pack)}), FakeJudge()).scan()

    async def check(store: Store) -> None:
        assert await store.rates.newest() == told
        newest, *before = (await store.deals.page(None, 10)).items
        assert (newest["price"], newest["shipping"]) == (102.0, 6.0)
        assert newest["unit_price"] == {"price": 4.0, "unit": "piece"}
        assert {(each["shipping"], each["unit_price"], each["page"]) for each in before} == {(None,) * 3}

    asyncio.run(make_first(database_url))
    with_store(database_url, use)
    with_store(database_url, check)


def test_people_say_what_is_right_of_deals_that_the_first_release_stored(database_url: str) -> None:
    asyncio.run(make_first(database_url))
    desks = Desks(database_url)
    with desks.running():
        assert desks.get("/review") == {"items": [], "next": None}
        listed = desks.get("/deals")["items"]
        assert [(each["review_id"], each["feedback"]) for each in listed] == [(None, None)] * 4
        for each in listed:
            desks.post(f"/deals/{each['id']}/feedback", verdict="not_this_product", worth=12.0)
        rows = [json.loads(line) for line in desks.client.get("/feedback/export").text.splitlines()]
        assert {row["market_price"] for row in rows} == {12.0}
        assert sorted(row["said_worth"] or 0.0 for row in rows)[-1] == 20.0
    with desks.running():  # a second start does nothing more
        assert desks.get("/feedback")["counts"] == {"not_this_product": 4}


def test_offers_and_pushes_of_the_version_without_products_get_theirs(database_url: str) -> None:
    """Their tables as that version made them, with rows in them."""
    moment, title = NOW.timestamp(), "Acme QX100 Blender for $60"
    deal = {
        "id": 1,
        "key": "link:1",
        "feed_id": 1,
        "price": 60.0,
        **dict.fromkeys(("feed", "description", "url", "retailer", "category", "kind", "price_source"), "x"),
        **{"title": title, "currency": "USD", "condition": "new", "state": "priced", "has_variants": False},
        **dict.fromkeys(("published", "first_seen", "last_seen"), moment),
    }
    told = Opportunity.model_validate(
        {"id": "one", "deal": deal | {"published": NOW}, "estimate": 200, "low": 150, "high": 250, "discount": 140, "created": NOW}
    )
    pushed = {"id": "one", "deal_id": 1, "feed_id": 1, "discount": 140.0, "dismissed": False, "alerted": True, "created": moment}
    pushed |= {"body": told.model_dump_json(exclude={"product", "standing", "matches"})}
    product = product_key(title)
    offer = {"deal_key": "link:1", "product": product, "condition": "new", "price": 60.0, "offered": moment}
    offer |= dict.fromkeys(("retailer", "feed", "url"), "x")

    async def make() -> None:
        url = asynchronous(make_url(database_url))
        await migrate(url, "scanner", "0005")
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            for table, row in (("deals", deal), ("offers", offer), ("opportunities", pushed)):
                columns, places = ", ".join(row), ", ".join(f":{name}" for name in row)
                await connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), row)
        await engine.dispose()

    async def use(store: Store) -> None:
        await store.backfill.run()
        (found,) = (await store.products.page("", None, "seen", cursor=None, limit=10)).items
        assert (found["title"], found["lowest"], found["offers"]) == (title, 60.0, 1)
        assert (found["told_price"], found["told_at"]) == (60.0, NOW)
        ((push, _),) = await store.ledger.pushed(NOW)
        assert push.product == found["id"]

    asyncio.run(make())
    with_store(database_url, use)
    with_store(database_url, use)


def test_opportunities_of_before_are_found_by_their_words_and_figures(database_url: str) -> None:
    async def use(store: Store) -> None:
        for query, expected in (
            (Query(words="lamp wait"), ["waits"]),
            (Query(price=9.0), ["sent", "waits"]),
            (Query(price=8.0), []),
            (Query(percent=50.0, words="acme sent"), ["sent"]),
            (Query(chance=0.1), []),
        ):
            assert [
                each["id"] for each in (await store.opportunities.page(None, 10, now=NOW, state="all", query=query)).items
            ] == expected
        for sort in SORTS:
            assert len((await store.opportunities.page(None, 10, now=NOW, state="all", sort=sort)).items) == 2

    asyncio.run(make_first(database_url))
    with_store(database_url, use)
