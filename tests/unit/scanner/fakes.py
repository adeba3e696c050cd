"""Small stand-ins for the scanner's ports, and feeds written for the tests."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

from common.errors import UnavailableError
from common.judging import Judgement, JudgeRequest, Reference
from common.pricing import Estimate, PriceResponse
from scanner.deal_data import Feed, Fetched, NewDeal, OutboxRow, PastOffer, ReadFeed, StoredDeal
from scanner.feeds.feed_list import WantedFeed
from scanner.pages.page_data import PageError, PageFacts
from scanner.pages.product_page import PageContent, ProductPage
from scanner.parsing.feed_entry import FeedEntry, FeedError
from scanner.parsing.feed_parser import parse_feed
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.prices.rule_extractor import Extraction
from scanner.rates.day_rates import DayRates
from scanner.references.offer import Offer
from scanner.references.reader import ReferenceReader
from scanner.service import Ports, Scanner
from scanner.store.store import Store, open_store

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def item(
    title: str,
    *,
    number: int = 1,
    price: str | None = None,
    extra: str = "",
    text: str = "A sturdy thing.",
    published: datetime = NOW - timedelta(hours=3),
) -> str:
    """One item in DealNews' form."""
    element = f'<dealnews:price currency="USD">{price}</dealnews:price>' if price else ""
    return (
        f"<item><title>{escape(title)}</title><link>https://deals.example/{number}.html?iref=rss</link>"
        f"<description>{escape(f'<p>{text}</p>')}</description><guid>https://deals.example/{number}</guid>"
        f"<pubDate>{format_datetime(published)}</pubDate>{element}{extra}</item>"
    )


def item_of_today(title: str, **values: Any) -> str:
    """One item as it is published at the moment, where the clock is the real one."""
    return item(title, **{"published": datetime.now(UTC)} | values)


def rss(*items: str) -> bytes:
    """A feed of these items."""
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dealnews="https://www.dealnews.com/ns/rss/1.0.htm">'
    return f"{head}<channel><title>Deals</title>{''.join(items)}</channel></rss>".encode()


def entry(title: str = "Acme Drill for $60", **values: object) -> FeedEntry:
    """An entry with a link and a guid."""
    given: dict[str, object] = {
        "text": "",
        "link": "https://deals.example/1",
        "guid": "https://deals.example/1",
        "published": NOW,
    } | values
    return FeedEntry(title=title, **given)  # type: ignore[arg-type]


def stored(**values: object) -> StoredDeal:
    """A deal that waits to be judged."""
    given: dict[str, object] = {
        "id": 1,
        "key": "link:1",
        "feed": "Deals",
        "title": "Acme Drill for $60",
        "description": "A drill.",
        "url": "https://deals.example/1",
        "retailer": "Acme",
        "category": "Tools",
        "currency": "USD",
        "price": 60.0,
        "condition": "new",
        "has_variants": False,
        "published": NOW,
        "expires": None,
    } | values
    return StoredDeal.model_validate(given)


def answer(price: float = 200.0, low: float = 150.0, high: float = 260.0, pricers: int = 3) -> PriceResponse:
    """What the ensemble says of a product."""
    said = Estimate(pricer="a", price=price, low=low, high=high, model="fake@1", ms=1.0)
    return PriceResponse(price=price, low=low, high=high, model="fake@1", estimates=[said] * pricers)


def judgement(worth: float = 200.0, price: float = 60.0, /, **values: Any) -> Judgement:
    """What the ensemble says of an offer at `price`."""
    given = {
        "worth": worth,
        "low": worth * 0.75,
        "high": worth * 1.3,
        "saving": worth - price,
        "chance": 0.95,
        "support": 0.95,
        "margin": 0.25,
        "model": "judge@1",
        "evidence": [{"kind": "estimate", "price": worth, "weight": 1.0, "words": "Three pricers say so."}],
        "known": True,
        "identified": True,
        "answer": answer(worth),
    } | values
    return Judgement.model_validate(given)


class FakeSource:
    """Reads bodies by URL, in this process; an exception is raised instead. `hold` keeps every fetch until it is set."""

    def __init__(self, bodies: Mapping[str, bytes | Exception | None], hold: asyncio.Event | None = None) -> None:
        self.bodies, self.hold = dict(bodies), hold
        self.fetched: list[Feed] = []

    async def read(self, feed: Feed, now: datetime) -> ReadFeed:
        self.fetched.append(feed)
        if self.hold is not None:
            await self.hold.wait()
        body = self.bodies.get(feed.url, FeedError("refused", is_unreachable=True))
        if isinstance(body, Exception):
            raise body
        fetched = Fetched(304 if body is None else 200, body, etag='"1"')
        return ReadFeed(fetched, None if body is None else parse_feed(body, now))


class FakeJudge:
    """Finds everything worth `worth`; while `down`, fails. `after`: how many calls succeed before it goes down."""

    def __init__(self, worth: float = 200.0, *, down: bool = False, after: int | None = None) -> None:
        self.worth, self.down, self.after = worth, down, after
        self.calls: list[Sequence[JudgeRequest]] = []

    async def is_ready(self) -> bool:
        return not self.down

    async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
        if self.down or (self.after is not None and len(self.calls) >= self.after):
            raise UnavailableError("ensemble: down")
        self.calls.append(requests)
        return [judgement(self.worth, request.offer.price) for request in requests]


class FakeStream:
    """Keeps what is appended; fails as long as `down`. `stored_ids` were reported by a notifier."""

    def __init__(self, *, down: bool = False, capacity: int = 10_000) -> None:
        self.down, self.rows, self.capacity = down, list[OutboxRow](), capacity
        self.entries: dict[str, OutboxRow] = {}
        self.stored_ids: set[str] = set()
        self.run = "first"
        self._appended = 0

    async def prepare(self) -> None:
        self._use()

    async def append(self, rows: Sequence[OutboxRow]) -> list[str]:
        self._use()
        new = []
        for row in rows:
            self._appended += 1
            new.append(f"{self._appended}-0")
            self.entries[new[-1]] = row
        self.rows += rows
        return new

    async def stored(self, opportunities: Sequence[str]) -> set[str]:
        self._use()
        return self.stored_ids & set(opportunities)

    async def note_stored(self, opportunities: Sequence[str]) -> None:
        self.stored_ids -= set(opportunities)

    async def holds(self, entries: Sequence[str]) -> set[str]:
        self._use()
        return self.entries.keys() & set(entries)

    async def room(self) -> int:
        self._use()
        return max(0, self.capacity - len(self.entries))

    async def trim(self) -> None:
        self._use()

    async def server(self) -> str:
        self._use()
        return self.run

    def forget(self) -> None:
        """Start anew without anything."""
        self.entries, self.run = {}, "second"

    def _use(self) -> None:
        if self.down:
            raise UnavailableError("stream: down")


class FakeModel:
    """A language model that always gives the same reading."""

    def __init__(self, reading: Extraction | None) -> None:
        self.reading = reading

    async def extract(self, title: str, text: str, currency: str) -> Extraction | None:
        return self.reading


class FakeReferences:
    """A language model that always reads the same references, and remembers the offers it was given."""

    def __init__(self, references: tuple[Reference, ...] | None) -> None:
        self.references, self.offers = references, list[Offer]()

    async def read(self, offer: Offer) -> tuple[Reference, ...] | None:
        self.offers.append(offer)
        return self.references


async def store_in(folder: Path, *urls: str, currency: str = "USD") -> Store:
    """A real store in a SQLite file, with these feeds."""
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'scanner.sqlite3'}", lambda: None)
    await store.feeds.configure([WantedFeed(url, f"Feed {url}", currency) for url in urls], "environment")
    return store


def scanner_over(store: Store, source: FakeSource, judge: FakeJudge, policy: Policy | None = None) -> Scanner:
    """The use case over a real store and fakes for the rest, at a fixed time."""
    memory = store.feeds, store.deals, store.readings, store.offers
    ports = Ports(*memory, source, PriceReader(), ReferenceReader(), judge, store.plans, products=store.products)
    return Scanner(ports, policy or Policy(), lambda: NOW)


async def until(what: str, check: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Ask until it holds; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, f"within {seconds:g} s it was not so that {what}"
        await asyncio.sleep(0.02)


def in_days(days: float) -> str:
    """A moment relative to NOW, as feeds write it."""
    return (NOW + timedelta(days=days)).isoformat()


OFFER = PastOffer("link:now", "acme qx100", "new", 60.0, "Acme", "Deals", "https://deals.example/now", NOW)


def past(days: float, price: float = 80.0, **values: object) -> PastOffer:
    """OFFER, but so many days earlier and, unless told, for 80 dollars."""
    given: dict[str, object] = {"deal_key": f"link:{days}:{price}", "price": price, "offered": NOW - timedelta(days=days)}
    return replace(OFFER, **(given | values))  # type: ignore[arg-type]


def new_deal(offer: PastOffer) -> NewDeal:
    """A deal as it was just read, which offers this."""
    feed = Feed(1, "https://a.example/rss", offer.feed)
    read = Extraction(offer.price, None, "priced", offer.condition, "USD", price_source="feed")
    given = entry(offer.title or "Acme Drill for $60", link=offer.url, retailer=offer.retailer, published=offer.offered)
    return NewDeal(feed, given, read, (offer.deal_key,), offer=offer)


class FakePages:
    """Reads pages by their address; an exception is raised instead, and what is not there is gone. `hold`: seconds for each."""

    def __init__(self, pages: Mapping[str, PageFacts | Exception | None], hold: float = 0.0) -> None:
        self.pages, self.hold, self.asked = dict(pages), hold, list[str]()

    async def read(self, url: str) -> PageFacts | None:
        self.asked.append(url)
        await asyncio.sleep(self.hold)
        found = self.pages.get(url, PageError("HTTP 404", status=404))
        if isinstance(found, Exception):
            raise found
        return found

    async def look(self, url: str) -> tuple[str, PageContent]:
        facts = await self.read(url)
        return url, PageContent(facts and ProductPage(facts, "json-ld", "Words of its page.", "Tools", "Acme Store"), title="Page")


class FakeBank:
    """Tells these rates; an exception is raised instead. `calls`: how often it was asked."""

    def __init__(self, told: DayRates | Exception) -> None:
        self.told, self.calls = told, 0

    async def rates(self) -> DayRates:
        self.calls += 1
        if isinstance(self.told, Exception):
            raise self.told
        return self.told
