"""Tries a feed before it is added: what it is, what stands in it, and whether prices can be read. Keeps nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from common.errors import OverloadedError
from scanner.deal_data import Feed, ReadFeed
from scanner.parsing.feed_entry import FeedEntry, FeedError, ParsedFeed
from scanner.prices.rule_extractor import Extraction

AT_ONCE = 4  # tests
SECONDS = 30.0  # for one, waiting for its host included
EXAMPLES = 5
_STALE = timedelta(days=7)  # since the newest item, where a feed is hardly worth watching


class Source(Protocol):
    """Reads a feed."""

    async def read(self, feed: Feed, now: datetime) -> ReadFeed:
        """The feed's answer; FeedError where there is none."""
        ...


class Prices(Protocol):
    """Reads prices."""

    async def read(self, entry: FeedEntry, currency: str) -> Extraction:
        """What an entry costs."""
        ...


@dataclass(frozen=True)
class Example:
    """An item as it is read. `kind` says why there is no price."""

    title: str
    price: float | None
    currency: str
    kind: str


@dataclass(frozen=True)
class Findings:
    """What a test found; `sentence` says it, or what went wrong. `feeds_found`: feeds of the web page that the address is of."""

    ok: bool
    sentence: str
    title: str = ""
    kind: str = ""
    items: int = 0
    with_price: int = 0
    newest: datetime | None = None
    warning: str | None = None
    examples: tuple[Example, ...] = ()
    feeds_found: tuple[str, ...] = ()


class FeedProbe:
    """Tests feeds, a few at once."""

    def __init__(self, source: Source, prices: Prices, now: Callable[[], datetime], seconds: float = SECONDS) -> None:
        self._source, self._prices, self._now, self._seconds = source, prices, now, seconds
        self._running = 0

    async def test(self, url: str, currency: str) -> Findings:
        """What is at an address. OverloadedError where too many others ask."""
        if self._running >= AT_ONCE:
            raise OverloadedError(f"{AT_ONCE} feeds are being tested already: come back later")
        self._running += 1
        try:
            async with asyncio.timeout(self._seconds):
                return await self._test(url, currency)
        except TimeoutError:
            return Findings(False, f"nothing was found within {self._seconds:g} s")
        except FeedError as exc:
            return Findings(False, _failure(exc), feeds_found=exc.feeds_found)
        finally:
            self._running -= 1

    async def _test(self, url: str, currency: str) -> Findings:
        now = self._now()
        read = await self._source.read(Feed(0, url, url[:200], currency), now)
        parsed = read.parsed or ParsedFeed("", [])
        prices = [await self._prices.read(entry, currency) for entry in parsed.entries]
        dates = [entry.published for entry in parsed.entries if entry.published < now]  # who bears no date has the fetch's
        with_price, newest = sum(each.price is not None for each in prices), max(dates, default=None)
        age = None if newest is None else now - newest
        return Findings(
            ok=True,
            sentence=_sentence(len(prices), with_price, age),
            title=parsed.title,
            kind=parsed.kind,
            items=len(prices),
            with_price=with_price,
            newest=newest,
            warning=_warning(read, with_price, age),
            examples=tuple(_examples(parsed.entries, prices)),
        )


def _examples(entries: Sequence[FeedEntry], prices: Sequence[Extraction]) -> list[Example]:
    pairs = list(zip(entries, prices, strict=True))[:EXAMPLES]
    return [Example(entry.title, read.price, read.currency, read.kind) for entry, read in pairs]


def _sentence(items: int, with_price: int, age: timedelta | None) -> str:
    if not items:
        return "a feed, without any item now"
    newest = "none with a date" if age is None else f"newest {_spoken(age)} old"
    return f"{items} item{'' if items == 1 else 's'}, {with_price or 'none'} with a price, {newest}"


def _warning(read: ReadFeed, with_price: int, age: timedelta | None) -> str | None:
    found = [read.warning] if read.warning else []
    if read.parsed and read.parsed.entries and not with_price:
        found.append("no price can be read: nothing of it would be pushed")
    if age is not None and age > _STALE:
        found.append(f"nothing new for {_spoken(age)}")
    return "; ".join(found) or None


def _failure(error: FeedError) -> str:
    if not error.feeds_found:
        return str(error)
    count = len(error.feeds_found)
    return f"{error}; it links {'a feed' if count == 1 else f'{count} feeds'}"


def _spoken(age: timedelta) -> str:
    hours = age / timedelta(hours=1)
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
