"""What a known deal at another price becomes: a deal of its own in its place, and the end of what was told of the former price."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeAlias

from scanner.deal_data import KnownDeal, NewDeal, PastPrice
from scanner.identity import own_key
from scanner.intake.deal_reader import DealReader
from scanner.parsing.feed_entry import FeedEntry
from scanner.policy import Policy

Keys: TypeAlias = tuple[str, ...]
Known: TypeAlias = tuple[Keys, FeedEntry, KnownDeal]  # an entry that is a known deal


class PastPrices(Protocol):
    """What deals cost before."""

    async def past_prices(self, entries: Sequence[str], since: datetime) -> list[PastPrice]:
        """What these entries cost after `since`, the oldest first."""
        ...


class PriceChange:
    """Puts a deal in the place of another."""

    def __init__(self, deals: PastPrices, reader: DealReader, policy: Policy) -> None:
        self._deals, self._reader, self._policy = deals, reader, policy

    async def in_place_of(self, deal: KnownDeal, new: NewDeal, now: datetime) -> NewDeal:
        """A known deal at another price. `new` has the keys by which it was known."""
        read, novelty = new.extraction, self._policy.novelty
        why = novelty.why_old(new.entry.published, now, new.feed)
        why = why or await self._why_no_new_low(new, deal, now)
        keys = (own_key(new.keys, read.price, read.currency, now), *new.keys)
        new = await self._reader.complete(replace(new, keys=keys, follows=deal, why_no_news=why), now)
        return replace(new, withdraws=self._why_withdrawn(new, deal))

    def _why_withdrawn(self, new: NewDeal, deal: KnownDeal) -> str | None:
        """Why an alert at the former price is not to go out. A lower price is judged first: that may take its place."""
        read = new.extraction
        if read.price is None:
            return "no price is told now"
        if new.why_skipped == "expired":
            return "it has expired"
        now, before = self._policy.dollars(read.price, read.currency), self._policy.dollars(deal.price, deal.currency)
        is_lower = now is not None and before is not None and now < before
        if is_lower and read.condition == deal.condition and new.why_skipped is None:
            return None
        return (
            f"its price is {read.price:,.2f} {read.currency} now{'' if read.condition == deal.condition else ', ' + read.condition}"
        )

    async def _why_no_new_low(self, new: NewDeal, deal: KnownDeal, now: datetime) -> str | None:
        price = self._policy.dollars(new.extraction.price, new.extraction.currency)
        past = await self._deals.past_prices([deal.entry], now - self._policy.novelty.cool_down)
        before = [dollars for each in past if (dollars := self._policy.dollars(each.price, each.currency))]
        return self._policy.novelty.why_no_new_low(price, before) if price else None
