"""Reads an entry into a deal: its price, why it is not judged, what the thing costs otherwise, what is remembered of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from common.judging import Reference
from scanner.deal_data import Feed, NewDeal
from scanner.identity import amounts_of, digest
from scanner.judging.past_offer import new_offer
from scanner.pages.belief import believed, enriched, page_candidate
from scanner.pages.page_data import PageFacts
from scanner.parsing.feed_entry import FeedEntry
from scanner.policy import Policy
from scanner.prices.rule_extractor import Extraction
from scanner.prices.shipping import with_shipping, without_shipping
from scanner.prices.unit_price import read_unit_price
from scanner.references.offer import Offer
from scanner.review.doubt import why_doubted, why_unclear


class Extractor(Protocol):
    """Reads the price of an entry."""

    async def read(self, entry: FeedEntry, currency: str) -> Extraction:
        """What it costs, and who said so."""
        ...


class ReferenceSource(Protocol):
    """Reads what a thing costs elsewhere or otherwise."""

    async def read(self, offer: Offer) -> tuple[Reference, ...]:
        """The references that the deal's text bears out."""
        ...


class PageSource(Protocol):
    """The pages of a scan's new entries."""

    async def prepare(self, urls: Sequence[str]) -> None:
        """Read these, all hosts at once."""
        ...

    async def of(self, url: str) -> PageFacts | None:
        """What a page tells; None where that is nothing, or where it cannot be had."""
        ...


class DealReader:
    """The readers of prices, references and pages, and what the policy says of a price. `pages`: None where none are read."""

    def __init__(self, extractor: Extractor, references: ReferenceSource, policy: Policy, pages: PageSource | None = None) -> None:
        self._extractor, self._references, self._policy, self._pages = extractor, references, policy, pages

    async def read_pages(self, entries: Sequence[FeedEntry]) -> None:
        """Have the pages of new entries of a scan at hand."""
        if self._pages is not None:
            await self._pages.prepare([entry.link for entry in entries])

    async def price(self, feed: Feed, entry: FeedEntry) -> Extraction:
        """What one pays for an entry in all: shipping too, where one amount is stated."""
        return await self._whole(await self._extractor.read(entry, feed.currency), entry, await self._page_of(feed, entry))

    async def price_alone(self, feed: Feed, entry: FeedEntry) -> Extraction:
        """The same, by the entry alone: for what is mostly a repeat no page is read."""
        return await self._whole(await self._extractor.read(entry, feed.currency), entry, None)

    async def _whole(self, read: Extraction, entry: FeedEntry, page: PageFacts | None) -> Extraction:
        if page is not None:
            said = page_candidate(read, entry, page)
            read = believed(replace(read, candidates=(*read.candidates, said)) if said else read, entry, page)
        return await asyncio.to_thread(with_shipping, read, entry.title, entry.text)

    async def complete(self, new: NewDeal, now: datetime) -> NewDeal:
        """A deal whose price is read, with all else that is read of its entry."""
        read, entry, page = new.extraction, new.entry, await self._page_of(new.feed, new.entry)
        dollars = self._policy.dollars(read.price, read.currency)
        why = _no_price(read) if read.price is None else self._policy.why_skipped(read.currency, entry.expires, now)
        new = _with_page(new, page) if page is not None else new
        if waits := await asyncio.to_thread(self._why_waits, new, now):
            return replace(new, why_skipped=waits, waits=waits, reading=reading_of(entry))
        new = replace(new, why_skipped=why, references=await self._references_of(entry, read), reading=reading_of(entry))
        return await asyncio.to_thread(_reckoned, new, dollars)  # by patterns: off the loop as the readers are

    async def _page_of(self, feed: Feed, entry: FeedEntry) -> PageFacts | None:
        return await self._pages.of(entry.link) if self._pages is not None and feed.details else None

    def _why_waits(self, new: NewDeal, now: datetime) -> str | None:
        """Why a person is to look first. Of what is over, or is no news without a price, nobody is asked."""
        read = new.extraction
        if self._policy.why_skipped(read.currency, new.entry.expires, now):
            return None
        return why_doubted(read) or (None if new.why_no_news else why_unclear(new.entry.title, read))

    async def _references_of(self, entry: FeedEntry, read: Extraction) -> tuple[Reference, ...]:
        """None without a price to which they belong, be it that the title names none or several."""
        if read.price is None or read.has_variants:
            return ()
        price = without_shipping(read.price, read.shipping)
        return await self._references.read(Offer(entry.title, entry.text, price, read.condition, read.currency))


def _reckoned(new: NewDeal, dollars: float | None) -> NewDeal:
    """With what is reckoned of its price: what is remembered, and what one of its pieces costs."""
    read, entry, unit_price = new.extraction, new.entry, None
    if read.price is not None and not read.has_variants:
        unit_price = read_unit_price(entry.title, entry.text, without_shipping(read.price, read.shipping))
    return replace(new, offer=new_offer(new, dollars), unit_price=unit_price)


def _with_page(new: NewDeal, page: PageFacts) -> NewDeal:
    """With what its page tells. What cannot be had is listed: it may come again, and is no news as long as it does not."""
    why = "its page says that it is sold out" if page.is_sold_out else None
    return replace(new, page=page, entry=enriched(new.entry, page), why_no_news=new.why_no_news or why)


def offered(read: Extraction) -> tuple[float | None, str, str]:
    """What is asked, and for a thing in which condition: while that stays the same the offer does."""
    return read.price, read.currency, read.condition


def reading_of(entry: FeedEntry) -> str:
    """Stands for what a price is read from. While it stays the same an entry is not read again, which may cost a model's call."""
    return digest("|".join([entry.title, entry.deal_type, amounts_of(entry)]))


def _no_price(read: Extraction) -> str:
    return f"no price that can be relied on ({read.kind})"
