"""What of a wanted thing is to be had now, and the lowest price that was ever seen of it beside its target."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from common.things.thing import Thing
from common.things.vocabulary import TACIT
from scanner.judging.product_key import product_key
from scanner.watchlist.matching import Candidate, Offer, Sought, candidates, is_affordable
from scanner.watchlist.sighting import PastPrice, Sighting

_MOST_SHOWN = 20
_MOST_LOOKED_AT = 192  # candidates whose meaning is asked for: those at hand, and the cheapest
_LEAST_NEEDLE = 2  # characters of a word that is looked for in titles

Filter = Callable[[Sequence[Candidate], Sequence[Offer]], Awaitable[list[Candidate]]]


class Sightings(Protocol):
    """What was seen."""

    async def seen(self, words: Collection[str], now: datetime) -> list[Sighting]:
        """Deals of the last year with a price, by words of their titles."""
        ...

    async def lowest(self, products: Sequence[str], conditions: Sequence[str], now: datetime) -> PastPrice | None:
        """The lowest price of these products within a year."""
        ...


@dataclass(frozen=True)
class MatchNow:
    """An offer that is the wanted thing at its price, and not over. `price` in dollars."""

    sighting: Sighting
    price: float


@dataclass(frozen=True)
class Outlook:
    """`matches_now`: cheapest first; `lowest_seen`: at any price, within a year; `hint`: where the target is below that."""

    matches_now: tuple[MatchNow, ...] = ()
    lowest_seen: PastPrice | None = None
    hint: str | None = None


async def outlook_of(
    sought: Sought,
    sightings: Sightings,
    only_matching: Filter,
    dollars: Callable[[float, str], float | None],
    now: datetime,
) -> Outlook:
    """What is to be had of it."""
    seen = [(each, price) for each in await sightings.seen(needles_of(sought.wish.thing), now) if (price := _priced(each, dollars))]
    found, offers = await asyncio.to_thread(_candidates, sought, seen)
    matching = [each.at for each in await only_matching(found, offers)]
    at_hand = [MatchNow(*seen[at]) for at in matching if seen[at][0].is_now and is_affordable(sought.wish, offers[at])]
    keys = {key for at in matching if (key := product_key(offers[at].title))}
    past = [_past(*seen[at]) for at in matching]
    if keys and (remembered := await sightings.lowest(sorted(keys), sought.wish.conditions, now)):
        past.append(remembered)
    lowest = min(past, key=lambda each: each.price, default=None)
    shown = sorted(at_hand, key=lambda each: each.price)[:_MOST_SHOWN]
    return Outlook(tuple(shown), lowest, hint_of(sought.wish.target, lowest))


def needles_of(thing: Thing) -> set[str]:
    """What stands in most titles of such things, as small letters: words without their endings, and the digits of numbers."""
    words = {word for word in thing.words | thing.behind if len(word) >= _LEAST_NEEDLE}
    digits = {"".join(char for char in model if char.isdigit()) for model in thing.stated.models | thing.stated.fits}
    sizes = {f"{thing.stated.inches:g}"} if thing.stated.inches else set()
    return (words - TACIT or words) | {each for each in digits if len(each) >= _LEAST_NEEDLE} | sizes


def hint_of(target: float | None, lowest: PastPrice | None) -> str | None:
    """A word for a target that was never met."""
    if target is None or lowest is None or target >= lowest.price:
        return None
    below = f"${lowest.price - target:,.2f}".removesuffix(".00")
    return f"the lowest seen is {lowest.told()}; your target is {below} below it"


def _priced(sighting: Sighting, dollars: Callable[[float, str], float | None]) -> float | None:
    return dollars(sighting.price, sighting.currency)


def _candidates(sought: Sought, seen: Sequence[tuple[Sighting, float]]) -> tuple[list[Candidate], list[Offer]]:
    """At any price, as the lowest of all is looked for, too; those at hand first."""
    offers = [Offer.of(each.title, each.text, price, each.condition) for each, price in seen]
    found = candidates([sought], offers, at_any_price=True)
    found.sort(key=lambda each: (not seen[each.at][0].is_now, offers[each.at].price))
    return found[:_MOST_LOOKED_AT], offers


def _past(sighting: Sighting, price: float) -> PastPrice:
    return PastPrice(price, sighting.retailer or sighting.feed, sighting.published, sighting.url)
