"""A scanner that is run day after day over what feeds say on each."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import escape
from pathlib import Path

from scanner.parsing.feed_entry import FeedEntry
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.prices.rule_extractor import Extraction
from scanner.references.reader import ReferenceReader
from scanner.service import Ports, Scanner
from scanner.store.store import Store
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, rss, store_in

A, B = "https://a.example/rss", "https://b.example/rss"
LINK = "https://deals.example/1"
DRILL = "Acme Drill for $60"


def told(title: str, link: str = "", guid: str = "", text: str = "", days: float = 0.0) -> str:
    """An item with what it is given alone, `days` old."""
    date = (NOW - timedelta(days=days)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    parts = {"title": title, "link": link, "guid": guid, "description": text, "pubDate": date}
    return f"<item>{''.join(f'<{name}>{escape(part)}</{name}>' for name, part in parts.items() if part)}</item>"


class Days:
    """A scanner that is run again and again, a day apart, over what the feeds say on each."""

    def __init__(self, store: Store, policy: Policy | None = None) -> None:
        self.store, self.source, self.reader, self.judge = store, FakeSource({}), CountingReader(), FakeJudge()
        self.now = NOW
        ports = Ports(
            store.feeds,
            store.deals,
            store.readings,
            store.offers,
            self.source,
            self.reader,
            ReferenceReader(),
            self.judge,
            store.plans,
            products=store.products,
        )
        self._scanner = Scanner(ports, policy or Policy(), lambda: self.now)

    async def scan(self, *items: str, feed: str = A, days: float = 1.0) -> tuple[int, int]:
        """How many are new, and how many are pushed."""
        self.source.bodies = {feed: rss(*items)}
        return await self.scan_again(days)

    async def scan_again(self, days: float = 1.0) -> tuple[int, int]:
        """The same of what the source holds."""
        report = await self._scanner.scan()
        self.now += timedelta(days=days)
        return sum(each.new for each in report.feeds), report.pricing.alerts

    async def listed(self) -> list[tuple[float, str | None]]:
        """Price and reason of each opportunity."""
        found = (await self.store.opportunities.page(None, 50, now=self.now)).items
        return [(each["deal"]["price"], each["why_not"]) for each in found]


class CountingReader(PriceReader):
    """Counts what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def read(self, entry: FeedEntry, currency: str) -> Extraction:
        self.count += 1
        return await super().read(entry, currency)


def over_days(folder: Path, use: Callable[[Days], Awaitable[None]], policy: Policy | None = None) -> None:
    async def run() -> None:
        store = await store_in(folder, A, B)
        await use(Days(store, policy))
        await store.aclose()

    asyncio.run(run())
