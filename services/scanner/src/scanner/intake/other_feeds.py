"""What other feeds than its own say of a known deal: a lower price of the very thing takes its place, all else is a repeat."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from scanner.deal_data import Feed, KnownDeal, NewDeal
from scanner.intake.deal_reader import DealReader, offered, reading_of
from scanner.intake.price_change import Known, PriceChange
from scanner.policy import Policy
from scanner.prices.rule_extractor import Extraction
from scanner.review.doubt import why_doubted


class Readings(Protocol):
    """What feeds said last of deals of other feeds."""

    async def last(self, feed: Feed, known: Sequence[KnownDeal]) -> dict[int, str]:
        """What a feed said last of these deals, by the deal's id."""
        ...

    async def note(self, feed: Feed, said: Sequence[tuple[KnownDeal, str]]) -> None:
        """What a feed says of them now."""
        ...


class OtherFeeds:
    """Hears them out."""

    def __init__(self, readings: Readings, reader: DealReader, change: PriceChange, policy: Policy) -> None:
        self._readings, self._reader, self._change, self._policy = readings, reader, change, policy

    async def cheaper(self, feed: Feed, others: Sequence[Known], now: datetime) -> list[NewDeal]:
        """Known deals of other feeds that are told here for less, by as much as a new low must be; all else is a repeat.

        What a feed says of them counts when it is first heard and when it changes: of two feeds that differ the later word does.
        """
        readings = await asyncio.to_thread(lambda: [reading_of(entry) for _, entry, _ in others])
        heard = await self._readings.last(feed, [deal for _, _, deal in others])
        cheaper, said = [], []
        for (keys, entry, deal), reading in zip(others, readings, strict=True):
            if reading not in (deal.reading, heard.get(deal.id)):
                read = await self._reader.price_alone(feed, entry)
                if self._is_lower(read, deal) and self._policy.why_skipped(read.currency, entry.expires, now) is None:
                    dated = replace(entry, published=now) if deal.id in heard else entry
                    cheaper.append(await self._change.in_place_of(deal, NewDeal(feed, dated, read, keys), now))
                else:
                    said.append((deal, reading))
        if said:
            await self._readings.note(feed, said)
        return cheaper

    def _is_lower(self, read: Extraction, deal: KnownDeal) -> bool:
        """Whether another feed's price is a new low for the very thing that a deal is of."""
        price, former = self._policy.dollars(read.price, read.currency), self._policy.dollars(deal.price, deal.currency)
        if price is None or former is None or read.has_variants or read.condition != deal.condition:
            return False
        if why_doubted(read) or offered(read) == deal.as_read:  # what a person said is wrong is no lower price
            return False
        return self._policy.novelty.is_new_low(price, former)
