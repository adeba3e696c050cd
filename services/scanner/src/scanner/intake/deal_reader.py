"""Reads an entry into a deal: its price, why it is not judged, what the thing costs otherwise, what is remembered of it."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from common.judging import Reference
from scanner.deal_data import Feed, NewDeal
from scanner.identity import amounts_of, digest
from scanner.judging.past_offer import new_offer
from scanner.parsing.feed_entry import FeedEntry
from scanner.policy import Policy
from scanner.prices.rule_extractor import Extraction
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


class DealReader:
    """The readers of prices and references, and what the policy says of a price."""

    def __init__(self, extractor: Extractor, references: ReferenceSource, policy: Policy) -> None:
        self._extractor, self._references, self._policy = extractor, references, policy

    async def price(self, feed: Feed, entry: FeedEntry) -> Extraction:
        """What an entry costs."""
        return await self._extractor.read(entry, feed.currency)

    async def complete(self, new: NewDeal, now: datetime) -> NewDeal:
        """A deal whose price is read, with all else that is read of its entry."""
        read, entry = new.extraction, new.entry
        dollars = self._policy.dollars(read.price, read.currency)
        why = _no_price(read) if read.price is None else self._policy.why_skipped(read.currency, entry.expires, now)
        if waits := await asyncio.to_thread(self._why_waits, new, now):
            return replace(new, why_skipped=waits, waits=waits, reading=reading_of(entry))
        new = replace(new, why_skipped=why, references=await self._references_of(entry, read), reading=reading_of(entry))
        return replace(new, offer=await asyncio.to_thread(new_offer, new, dollars))  # by patterns: off the loop as the readers are

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
        return await self._references.read(Offer(entry.title, entry.text, read.price, read.condition, read.currency))


def offered(read: Extraction) -> tuple[float | None, str, str]:
    """What is asked, and for a thing in which condition: while that stays the same the offer does."""
    return read.price, read.currency, read.condition


def reading_of(entry: FeedEntry) -> str:
    """Stands for what a price is read from. While it stays the same an entry is not read again, which may cost a model's call."""
    return digest("|".join([entry.title, entry.deal_type, amounts_of(entry)]))


def _no_price(read: Extraction) -> str:
    return f"no price that can be relied on ({read.kind})"
