"""What feeds said last of deals of other feeds: by feed, the last word alone, and it goes with the deal to its next price."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from scanner.deal_data import Feed, KnownDeal, NewDeal
from scanner.feeds.feed_list import WantedFeed
from scanner.prices.rule_extractor import Extraction
from scanner.store.store import Store, open_store
from tests.unit.scanner.fakes import NOW, entry

A, B, C = (Feed(number, f"https://{name.lower()}.example/rss", name) for number, name in enumerate("ABC", start=1))


def deal(number: int, feed: Feed = A, price: float = 60.0) -> NewDeal:
    read = Extraction(price, None, "priced", "new", "USD")
    return NewDeal(feed, entry(f"Acme Drill {number}"), read, (f"link:{number}:{price}", f"guid:{number}"), reading=feed.title)


def with_deals(folder: Path, count: int, use: Callable[[Store, list[KnownDeal]], Awaitable[None]]) -> None:
    """A store with three feeds, and so many deals of the first."""

    async def run() -> None:
        store = await open_store(f"sqlite:///{folder / 'scanner.sqlite3'}", lambda: None)
        await store.feeds.configure([WantedFeed(feed.url, feed.title) for feed in (A, B, C)], "environment")
        await store.deals.add_deals([deal(number) for number in range(count)], NOW)
        known = await store.deals.known([f"guid:{number}" for number in range(count)])
        await use(store, [known[f"guid:{number}"] for number in range(count)])
        await store.aclose()

    asyncio.run(run())


def test_the_last_word_of_each_feed_is_kept_of_any_number_of_deals(tmp_path: Path) -> None:
    async def use(store: Store, known: list[KnownDeal]) -> None:
        assert await store.readings.last(B, known) == {}
        await store.readings.note(B, [(each, "first") for each in known])
        await store.readings.note(C, [(known[0], "of C")])
        await store.readings.note(B, [(known[1], "second")])
        assert await store.readings.last(B, known) == {each.id: "first" for each in known} | {known[1].id: "second"}
        assert await store.readings.last(C, known) == {known[0].id: "of C"}

    with_deals(tmp_path, 1_100, use)


def test_words_go_with_a_deal_to_the_feed_that_takes_it_over_whose_own_are_no_others_any_more(tmp_path: Path) -> None:
    async def use(store: Store, known: list[KnownDeal]) -> None:
        await store.readings.note(B, [(known[0], "of B")])
        await store.readings.note(C, [(known[0], "of C")])
        await store.deals.add_deals([replace(deal(0, B, 50.0), follows=known[0])], NOW)
        found = [(await store.deals.known(["guid:0"]))["guid:0"]]
        assert found[0].price == 50.0
        said = [(await store.readings.last(feed, found)).get(found[0].id) for feed in (A, B, C)]
        assert said == ["A", None, "of C"]
        assert await store.readings.last(B, known) == {}

    with_deals(tmp_path, 1, use)
