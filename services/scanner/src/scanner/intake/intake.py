"""Takes a feed's entries in: finds what is new or has another price, and stores both. Fetches and judges nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from scanner.deal_data import Feed, KnownDeal, NewDeal
from scanner.identity import entries_by_keys, is_of_offer, own_key, shop_of
from scanner.intake.deal_reader import DealReader, offered, reading_of
from scanner.intake.other_feeds import OtherFeeds, Readings
from scanner.intake.price_change import Keys, Known, PastPrices, PriceChange
from scanner.intake.title_match import is_reworded, may_be_edited
from scanner.pages.belief import is_near
from scanner.parsing.feed_entry import FeedEntry
from scanner.policy import Policy
from scanner.prices.rule_extractor import Extraction

SAME_OFFER = timedelta(days=7)  # after which the same title at the same price is the next sale


class KnownDeals(PastPrices, Protocol):
    """The deals that were seen."""

    async def mark_seen(self, keys: Sequence[str], now: datetime) -> None:
        """The deals that these identities are known of are still in a feed: they are not forgotten for a long time."""
        ...

    async def known(self, keys: Sequence[str]) -> dict[str, KnownDeal]:
        """The deals that these identities are known of."""
        ...

    async def at_prices(self, prices: Sequence[float], since: datetime) -> list[KnownDeal]:
        """Deals at one of these prices that were last seen after `since`."""
        ...

    async def add_deals(self, new: Sequence[NewDeal], now: datetime) -> None:
        """Store new deals: unpriced, or skipped for a reason."""
        ...

    async def note_ends(self, told: Sequence[tuple[KnownDeal, datetime | None]], now: datetime) -> None:
        """Known deals that end at another moment than they did, or at none that is known."""
        ...

    async def add_keys(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Further identities (second) of the deals that one identity (first) is known of."""
        ...

    async def note_reading(self, deal: KnownDeal, entry: FeedEntry, reading: str, feed: Feed) -> None:
        """A known deal is told in other words, at the same price."""
        ...


@dataclass
class _Sorted:
    """Entries of one fetch with their keys: `fresh`, unknown; `known`, with the deal that each is. `aliases`: for add_keys."""

    fresh: list[tuple[Keys, FeedEntry]] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    aliases: list[tuple[str, str]] = field(default_factory=list)


class Intake:
    """Takes in one feed after the other: the same deal may stand in two."""

    def __init__(self, deals: KnownDeals, readings: Readings, reader: DealReader, policy: Policy) -> None:
        self._deals, self._reader, self._novelty = deals, reader, policy.novelty
        self._change = PriceChange(deals, reader, policy)
        self._other_feeds = OtherFeeds(readings, reader, self._change, policy)

    async def take(self, feed: Feed, entries: Sequence[FeedEntry], now: datetime) -> int:
        """How many are new, or have another price."""
        given = await asyncio.to_thread(entries_by_keys, feed, entries)
        lasting = [key for keys in given for key in keys if not is_of_offer(key)]
        await self._deals.mark_seen(lasting, now)  # first: what is known a moment later cannot be forgotten in between
        known = await self._deals.known([key for keys in given for key in keys])
        found = _sort(given, known, now)
        fresh = await asyncio.gather(*(self._new(feed, keys, entry, now) for keys, entry in found.fresh))
        fresh = await self._without_reworded(fresh, found, now)
        own, others = _by_teller(feed, found.known)
        await self._note_ends(feed, own, now)
        changed = await self._changed(feed, own, now)
        changed += await self._other_feeds.cheaper(feed, others, now)
        await self._deals.add_deals([*fresh, *changed], now)
        await self._deals.add_keys(found.aliases)
        await self._deals.mark_seen([key for keys, _, _ in found.known for key in keys], now)
        return len(fresh) + len(changed)

    async def read_pages(self, fetched: Sequence[tuple[Feed, Sequence[FeedEntry]]], now: datetime) -> None:
        """Have the pages at hand of what is new in these feeds, as far as they ask for that: of all of them at once."""
        fresh = list[FeedEntry]()
        for feed, entries in fetched:
            if feed.details:
                given = await asyncio.to_thread(entries_by_keys, feed, entries)
                known = await self._deals.known([key for keys in given for key in keys])
                fresh += [entry for _, entry in _sort(given, known, now).fresh]
        await self._reader.read_pages(fresh)

    async def _new(self, feed: Feed, keys: Keys, entry: FeedEntry, now: datetime) -> NewDeal:
        why = self._novelty.why_old(entry.published, now, feed)
        return await self._reader.complete(NewDeal(feed, entry, await self._reader.price(feed, entry), keys, why_no_news=why), now)

    async def _without_reworded(self, fresh: Sequence[NewDeal], found: _Sorted, now: datetime) -> list[NewDeal]:
        """Those that no deal is with a word more or less, under another link and guid. What stands beside it is another one."""
        prices = [new.extraction.price for new in fresh if new.extraction.price is not None]
        here = {deal.id for _, _, deal in found.known}
        former = [deal for deal in await self._deals.at_prices(prices, now - SAME_OFFER) if deal.id not in here] if prices else []
        kept = []
        for new in fresh:
            deal = next((deal for deal in former if _is_same_offer(new, deal)), None)
            if deal is None:
                kept.append(new)
            else:
                former.remove(deal)
                found.aliases += [(deal.key, key) for key in new.keys]
                found.known.append((new.keys, new.entry, deal))
        return kept

    async def _note_ends(self, feed: Feed, own: Sequence[Known], now: datetime) -> None:
        """Take note of known deals of which their feed says now that they end sooner or later. The others expire by themselves."""
        told = [(deal, entry.expires) for _, entry, deal in own if _has_other_end(feed, entry, deal, now)]
        if told:
            await self._deals.note_ends(told, now)

    async def _changed(self, feed: Feed, own: Sequence[Known], now: datetime) -> list[NewDeal]:
        """Known deals that have another price: what the feed says in which a deal was found, or any where that is read no more.

        One that was over and is to be had again is like one whose former price comes back.
        """
        readings = await asyncio.to_thread(lambda: [reading_of(entry) for _, entry, _ in own])
        changed = []
        for (keys, entry, deal), reading in zip(own, readings, strict=True):
            is_back = _is_back(feed, entry, deal, now)
            if reading != deal.reading or is_back:
                read = await self._reader.price(feed, entry)
                if _is_unread_page(read, deal):
                    continue  # until its page can be had again
                if not is_back and offered(read) in (
                    (deal.price, deal.currency, deal.condition),
                    deal.as_read,
                ):  # a person's word outlives an edit
                    await self._deals.note_reading(deal, entry, reading, feed)
                else:
                    of_now = replace(entry, published=now)  # a price is as old as its change
                    changed.append(await self._change.in_place_of(deal, NewDeal(feed, of_now, read, keys), now))
        return changed


def _by_teller(feed: Feed, known: Sequence[Known]) -> tuple[list[Known], list[Known]]:
    """(those whose own feed this is, or that have none any more; those of other feeds)."""
    own, others = list[Known](), list[Known]()
    for each in known:
        (own if each[2].feed_id == feed.id or each[2].is_orphan else others).append(each)
    return own, others


def _sort(given: Mapping[Keys, FeedEntry], known: Mapping[str, KnownDeal], now: datetime) -> _Sorted:
    found = _Sorted()
    taken: dict[str, FeedEntry] = {}  # what is new in this fetch, by its keys
    met: set[int] = set()
    for keys, entry in given.items():
        deal = next((known[key] for key in keys if key in known and _is_known_as(entry, key, known[key], now)), None)
        twin = next((key for key in keys if key in taken and may_be_edited(entry.title, taken[key].title)), None)
        if deal is not None:
            found.aliases += [(next(key for key in keys if known.get(key) == deal), key) for key in keys if key not in known]
            if deal.id not in met:
                found.known.append((keys, entry, deal))
            met.add(deal.id)
        elif twin is not None:
            found.aliases += [(twin, key) for key in keys if key != twin]
        else:
            is_taken = keys[0] in known  # by another deal, of which it may be the own key
            found.fresh.append(((own_key(keys, entry.title, now), *keys) if is_taken else keys, entry))
            taken.update(dict.fromkeys(keys, entry))
    return found


def _is_known_as(entry: FeedEntry, key: str, deal: KnownDeal, now: datetime) -> bool:
    """Whether an entry that shares a key with a deal is that deal: many may come under one link or guid."""
    if is_of_offer(key):
        return deal.last_seen >= now - SAME_OFFER
    return may_be_edited(entry.title, deal.title)


def _is_over(end: datetime | None, now: datetime) -> bool:
    return end is not None and end <= now


def _is_back(feed: Feed, entry: FeedEntry, deal: KnownDeal, now: datetime) -> bool:
    """Whether a deal that was over can be had again. That another feed tells no end says nothing of the one that was told.

    What a person said of its price still holds: such a deal is the same one with another end.
    """
    is_told = entry.expires is not None or deal.feed_id == feed.id
    return is_told and deal.as_read is None and _is_over(deal.expires, now) and not _is_over(entry.expires, now)


def _has_other_end(feed: Feed, entry: FeedEntry, deal: KnownDeal, now: datetime) -> bool:
    """Whether a deal ends at another moment than it did. What is over, and is so still, ended when it was told first."""
    is_told = entry.expires is not None or deal.feed_id == feed.id
    is_over_still = _is_over(deal.expires, now) and _is_over(entry.expires, now)
    return is_told and entry.expires != deal.expires and not is_over_still and not _is_back(feed, entry, deal, now)


def _is_unread_page(read: Extraction, deal: KnownDeal) -> bool:
    """Whether a price is missing, or rounded, for no other reason than that the page which told it cannot be had."""
    if deal.price_source != "page" or read.price_source == "page" or deal.price is None:
        return False
    return read.kind == "other" if read.price is None else read.currency == deal.currency and is_near(read.price, deal.price)


def _is_same_offer(new: NewDeal, deal: KnownDeal) -> bool:
    is_same = offered(new.extraction) == (deal.price, deal.currency, deal.condition)
    is_same_shop = shop_of(new.entry.retailer, new.entry.link) == shop_of(deal.retailer, deal.url)
    return is_same and is_same_shop and is_reworded(new.entry.title, deal.title)
