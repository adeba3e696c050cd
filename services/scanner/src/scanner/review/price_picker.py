"""Makes of the price that a person names all that follows from it: references, memory, whether it is news. Knows no table."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from common.errors import InvalidInputError
from common.judging import Reference
from scanner.deal_data import PastPrice, StoredDeal
from scanner.history.product_id import offer_at
from scanner.policy import Policy
from scanner.references.offer import Offer
from scanner.review.pick import DealNow, Pick


class References(Protocol):
    """Reads what a thing costs elsewhere or otherwise."""

    async def read(self, offer: Offer) -> tuple[Reference, ...]:
        """The references that the deal's text bears out."""
        ...


class PastPrices(Protocol):
    """What deals cost before."""

    async def past_prices(self, entries: list[str], since: datetime) -> list[PastPrice]:
        """What these entries cost after `since`, the oldest first."""
        ...


class PricePicker:
    """Works with what reads references of new deals, and by the policy's rules of novelty and currencies."""

    def __init__(self, references: References, past: PastPrices, policy: Policy) -> None:
        self._references, self._past, self._policy = references, past, policy

    async def pick(self, now_is: DealNow, wanted: tuple[float, str, str], now: datetime) -> Pick:
        """`wanted`: price, currency, condition. InvalidInputError where that cannot be told in dollars."""
        price, currency, condition = wanted
        dollars = self._dollars(price, currency)
        deal = now_is.at(price, currency, condition)
        references = await self._references.read(Offer(deal.title, deal.description, price, condition, currency))
        return Pick(
            price,
            currency,
            condition,
            references,
            await asyncio.to_thread(offer_at, deal, dollars),
            why_no_news=await self._why_no_news(now_is, deal, now),
        )

    async def put_back(self, now_is: DealNow, former: Pick, now: datetime) -> Pick:
        """What was read before a person said otherwise, with what follows from it."""
        if former.price is None:
            return former
        found = await self.pick(now_is, (former.price, former.currency, former.condition), now)
        told = replace(found, source=former.source, kind=former.kind, has_variants=former.has_variants)
        told = replace(told, state=former.state, reason=former.reason)
        return replace(told, offer=None, references=()) if former.has_variants else told

    def _dollars(self, price: float, currency: str) -> float:
        if self._policy.dollars(1.0, currency) is None:
            why = self._policy.why_skipped(currency, None, datetime.max)
            raise InvalidInputError(why or f"no exchange rate for {currency}", "currency")
        if (dollars := self._policy.dollars(price, currency)) is None:
            raise InvalidInputError(f"{price:g} {currency} is no price that can be judged", "price")
        return dollars

    async def _why_no_news(self, now_is: DealNow, deal: StoredDeal, now: datetime) -> str | None:
        """News counts from the pick: what waited is news as long as it was seen no longer ago than news may be old."""
        novelty = self._policy.novelty
        waited = now - now_is.first_seen
        if waited > novelty.max_age:
            return f"it was seen {waited / timedelta(hours=1):,.0f} hours before its price was told"
        if deal.entry is None:
            return deal.why_no_news
        old = novelty.why_stale(deal.published, now_is.first_seen)
        return old or await self._why_no_new_low(deal, now, had_price=now_is.facts["price"] is not None)

    async def _why_no_new_low(self, deal: StoredDeal, now: datetime, *, had_price: bool) -> str | None:
        past = await self._past.past_prices([deal.entry or deal.key], now - self._policy.novelty.cool_down)
        others = past[:-1] if had_price else past  # the last is its own, which is about to change
        before = [dollars for each in others if (dollars := self._policy.dollars(each.price, each.currency))]
        price = self._policy.dollars(deal.price, deal.currency)
        return self._policy.novelty.why_no_new_low(price, before) if price else None
