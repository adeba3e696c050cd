"""Real feeds, where the shared data is, as they might read an hour later: what of it is new."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.intake.deal_reader import DealReader
from scanner.intake.intake import Intake
from scanner.parsing.feed_entry import FeedEntry
from scanner.parsing.feed_parser import parse_feed
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.references.reader import ReferenceReader
from tests.unit.scanner.fakes import NOW, store_in

Entries = Sequence[FeedEntry]
FEEDS = {"dealnews-computers.xml": "USD", "ozbargain.xml": "AUD"}


def entries_of(folder: Path, name: str) -> list[FeedEntry]:
    """The entries of a feed, each title once, none of them over."""
    found = parse_feed((folder / "feeds" / name).read_bytes(), NOW).entries
    return [replace(each, expires=None) for each in {entry.title: entry for entry in found}.values()]


def new_of(folder: Path, currency: str, *fetches: Entries) -> tuple[list[int], int]:
    """How many entries of each fetch are new, and how many of the first one's have a price."""

    async def run() -> tuple[list[int], int]:
        store = await store_in(folder, "https://a.example/rss", currency=currency)
        (feed,) = await store.feeds.enabled()
        policy = Policy(rates={"AUD": 0.66})
        intake = Intake(store.deals, store.readings, DealReader(PriceReader(), ReferenceReader(), policy), policy)
        found = [await intake.take(feed, each, NOW + timedelta(hours=at)) for at, each in enumerate(fetches)]
        deals = (await store.deals.page(None, 200)).items
        await store.aclose()
        return found, sum(deal["price"] is not None for deal in deals[-found[0] :])

    return asyncio.run(run())


def tracked(entries: Entries) -> list[FeedEntry]:
    return [
        replace(each, link=f"{each.link}{'&' if '?' in each.link else '?'}utm_source=z&fbclid={at}", guid=f"guid {at}")
        for at, each in enumerate(entries)
    ]


def misspelt(entries: Entries) -> list[FeedEntry]:
    """The first long word of each title lacks a letter."""
    return [replace(each, title=re.sub(r"\b([A-Za-z]{4})[a-z]([a-z]{2,})", r"\1\2", each.title, count=1)) for each in entries]


def with_a_word_more(entries: Entries) -> list[FeedEntry]:
    return [replace(each, title=f"Great {each.title}") for each in entries]


@pytest.mark.parametrize(("name", "currency"), FEEDS.items())
@pytest.mark.parametrize("edit", [tracked, misspelt, with_a_word_more])
def test_an_edit_makes_hardly_any_deal_new(
    shared_data: Path, tmp_path: Path, name: str, currency: str, edit: Callable[[Entries], list[FeedEntry]]
) -> None:
    entries = entries_of(shared_data, name)
    (first, again, edited, after), _ = new_of(tmp_path, currency, entries, entries, edit(entries), edit(entries))
    assert (first, again, after) == (len(entries), 0, 0)
    assert edited <= 2  # where "Delivery" or "Purchase" is misspelt another price is read


@pytest.mark.parametrize(("name", "currency"), FEEDS.items())
def test_other_deals_under_the_links_and_guids_of_these_are_new(
    shared_data: Path, tmp_path: Path, name: str, currency: str
) -> None:
    entries = entries_of(shared_data, name)
    half = len(entries) // 2
    former, latter = entries[:half], entries[half : 2 * half]
    others = [replace(new, link=old.link, guid=old.guid) for old, new in zip(former, latter, strict=True)]
    assert new_of(tmp_path, currency, former, others, others)[0] == [half, half, 0]


@pytest.mark.parametrize(("name", "currency"), FEEDS.items())
def test_every_lower_price_is_seen(shared_data: Path, tmp_path: Path, name: str, currency: str) -> None:
    def cheaper(entry: FeedEntry) -> FeedEntry:
        title = re.sub(r"\$([\d,]+(?:\.\d+)?)", lambda found: f"${float(found[1].replace(',', '')) * 0.8:.2f}", entry.title)
        return replace(entry, title=title, price=entry.price and round(entry.price * 0.8, 2))

    entries = entries_of(shared_data, name)
    lower = [cheaper(each) for each in entries]
    (first, changed, after), priced = new_of(tmp_path, currency, entries, lower, lower)
    assert (first, changed, after) == (len(entries), priced, 0)
    assert priced > len(entries) / 2
