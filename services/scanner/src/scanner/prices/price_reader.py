"""Decides what a deal costs: the feed's own price element where it can be trusted, else the language model, else the rules."""

import asyncio
from dataclasses import replace
from typing import Protocol

from scanner.parsing.feed_entry import FeedEntry
from scanner.prices.rule_extractor import PRICED, Extraction, extract

_TOLERANCE = 0.05  # how far the feed's element may lie from the price in the title: more means that one of them is something else


class ModelExtractor(Protocol):
    """Reads a deal with a language model; None where it has no answer that holds."""

    async def extract(self, title: str, text: str, currency: str) -> Extraction | None:
        """One deal."""
        ...


class PriceReader:
    """Reads the price of new entries. `model` may be None."""

    def __init__(self, model: ModelExtractor | None = None) -> None:
        self._model = model

    async def read(self, entry: FeedEntry, currency: str) -> Extraction:
        """Price, kind and condition, and who said so."""
        rules = await asyncio.to_thread(extract, entry.title, entry.text, currency)  # some take milliseconds, a feed has 500
        if entry.price is not None and (trusted := _from_feed(entry, rules)) is not None:
            return trusted
        if self._model is not None and (answer := await self._model.extract(entry.title, entry.text, currency)) is not None:
            return answer
        return rules


def _from_feed(entry: FeedEntry, rules: Extraction) -> Extraction | None:
    """The feed's element is a product's price only if neither the feed nor the title says sale, monthly, from or the like."""
    if entry.price is None or entry.price <= 0 or entry.deal_type == "sale":
        return None
    if rules.kind not in (PRICED, "other"):
        return replace(rules, price_source="feed")
    if rules.price is not None and abs(entry.price - rules.price) > _TOLERANCE * rules.price:
        return None
    currency = entry.price_currency or rules.currency
    return replace(rules, price=entry.price, kind=PRICED, currency=currency, price_source="feed")
