"""Decides what a deal costs: the feed's own price element where it can be trusted, else the language model, else the rules.

Who else says another price is told beside it, in `candidates`; nobody is asked for that alone.
"""

import asyncio
from dataclasses import replace
from typing import Protocol

from scanner.parsing.feed_entry import FeedEntry
from scanner.prices import terms
from scanner.prices.candidate import Candidate
from scanner.prices.candidates import named_amounts, rule_candidate
from scanner.prices.rule_extractor import PRICED, Extraction, extract

_TOLERANCE = 0.05  # how far the feed's element may lie from the price in the title: more means that one of them is something else


class ModelExtractor(Protocol):
    """Reads a deal with a language model; None where it has no answer that holds."""

    async def extract(self, title: str, text: str, currency: str) -> Extraction | None:
        """One deal."""
        ...


class PriceReader:
    """Reads the price of new entries, off the event loop. `model` may be None."""

    def __init__(self, model: ModelExtractor | None = None) -> None:
        self._model = model
        self._turn = asyncio.Semaphore(1)  # more threads would not be faster, and would keep the loop waiting for the interpreter

    async def read(self, entry: FeedEntry, currency: str) -> Extraction:
        """Price, kind and condition, who said so, and what others say."""
        async with self._turn:
            rules, said = await asyncio.to_thread(_read, entry, currency)
        if entry.price is not None and (trusted := _from_feed(entry, rules)) is not None:
            return replace(trusted, candidates=said)
        if self._model is not None and (answer := await self._model.extract(entry.title, entry.text, currency)) is not None:
            return replace(answer, candidates=(*_of_model(entry, answer), *said))
        return replace(rules, candidates=said)


def _read(entry: FeedEntry, currency: str) -> tuple[Extraction, tuple[Candidate, ...]]:
    """What the rules read; what feed and rules say or, where that is nothing, the amounts that are named."""
    rules = extract(entry.title, entry.text, currency)
    by_rules = rule_candidate(entry.title, entry.text, rules)
    said = tuple(filter(None, (_of_feed(entry, rules.currency), by_rules)))
    is_unclear = rules.kind == "other" and by_rules is None
    return rules, (*said, *named_amounts(entry.title, entry.text, currency)) if is_unclear else said


def _of_feed(entry: FeedEntry, currency: str) -> Candidate | None:
    if entry.price is None or entry.price <= 0 or entry.deal_type == "sale":
        return None
    return Candidate(entry.price, entry.price_currency or currency, "feed", "the feed's own price")


def _of_model(entry: FeedEntry, answer: Extraction) -> tuple[Candidate, ...]:
    if answer.price is None:
        return ()
    named = (each for each in named_amounts(entry.title, entry.text, answer.currency) if each.price == answer.price)
    return (Candidate(answer.price, answer.currency, "model", next((each.words for each in named), "")),)


def _from_feed(entry: FeedEntry, rules: Extraction) -> Extraction | None:
    """The feed's element is a product's price only if neither feed nor title says sale, monthly, from, contract or the like."""
    if entry.price is None or entry.price <= 0 or entry.deal_type == "sale":
        return None
    if rules.kind not in (PRICED, "other") or terms.is_refused(entry.title):
        return replace(rules, price_source="feed")
    if rules.price is not None and abs(entry.price - rules.price) > _TOLERANCE * rules.price:
        return None
    currency = entry.price_currency or rules.currency
    return replace(rules, price=entry.price, kind=PRICED, currency=currency, price_source="feed")
