"""Where a feed asks for it the page of each new entry is read, and tells what the feed does not; without it a deal goes on."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.deal_data import Feed, ScanReport
from scanner.feeds.feed_care import Attempt
from scanner.pages.page_data import SOLD_OUT, PageError, PageFacts
from scanner.pages.page_reader import ScanPages
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.references.reader import ReferenceReader
from scanner.service import Ports, Scanner
from scanner.store.store import Store
from tests.unit.scanner.fakes import NOW, FakeJudge, FakePages, FakeSource, item, rss, store_in

A, B = "https://a.example/rss", "https://b.example/rss"
PAGE = PageFacts(title="Acme Drill QX100", price=59.49, currency="USD", brand="Acme", model="QX100")
Pages = Mapping[str, PageFacts | Exception | None]


def link(number: int = 1) -> str:
    return f"https://deals.example/{number}.html?iref=rss"


class WithDetails:
    """The store's feeds, which all ask for details."""

    def __init__(self, store: Store, details: bool) -> None:
        self._store, self._details = store, details

    async def enabled(self) -> list[Feed]:
        return [replace(feed, details=self._details) for feed in await self._store.feeds.enabled()]

    async def record_fetch(self, feed: Feed, attempt: Attempt) -> None:
        await self._store.feeds.record_fetch(feed, attempt)


class Watch:
    """A store with a scanner over it whose feeds and pages can change between scans."""

    def __init__(self, store: Store, pages: Pages, details: bool, policy: Policy) -> None:
        self.store, self.reader, self.source, self.judge = store, FakePages(pages), FakeSource({}), FakeJudge()
        memory = WithDetails(store, details), store.deals, store.readings, store.offers
        given = self.source, PriceReader(), ReferenceReader(), self.judge, store.plans
        self.scanner = Scanner(Ports(*memory, *given, pages=ScanPages(self.reader)), policy, lambda: NOW)

    async def scan(self, *items: str, url: str = A) -> ScanReport:
        self.source.bodies[url] = rss(*items)
        return await self.scanner.scan()

    async def deals(self) -> list[dict[str, Any]]:
        return (await self.store.deals.page(None, 50)).items


def watch(folder: Path, pages: Pages, run: Callable[[Watch], Any], *, details: bool = True, urls: tuple[str, ...] = (A,)) -> Any:
    async def all_of_it() -> Any:
        store = await store_in(folder, *urls)
        try:
            return await run(Watch(store, pages, details, Policy()))
        finally:
            await store.aclose()

    return asyncio.run(all_of_it())


def one(folder: Path, title: str, page: PageFacts | Exception | None, **values: Any) -> dict[str, Any]:
    async def run(watched: Watch) -> dict[str, Any]:
        await watched.scan(item(title, **values))
        (deal,) = await watched.deals()
        return deal

    found: dict[str, Any] = watch(folder, {link(): page}, run)
    return found


def test_a_page_prices_a_title_that_names_no_price(tmp_path: Path) -> None:
    deal = one(tmp_path, "Acme Drill QX100", PAGE)
    assert (deal["price"], deal["price_source"], deal["state"]) == (59.49, "page", "priced")
    assert deal["page"]["model"] == "QX100"


def test_a_page_that_differs_from_the_title_leaves_it_to_a_person(tmp_path: Path) -> None:
    deal = one(tmp_path, "Acme Drill for $45", PAGE)
    assert (deal["price"], deal["price_source"], deal["state"]) == (45.0, "rules", "review")
    assert deal["reason"] == "the title says 45.00 USD, the page says 59.49 USD: which is it?"


def test_a_page_before_a_coupon_is_no_other_price(tmp_path: Path) -> None:
    deal = one(tmp_path, "Acme Drill for $45 w/ coupon", PAGE)
    assert (deal["price"], deal["state"]) == (45.0, "priced")


def test_brand_and_model_reach_the_judge(tmp_path: Path) -> None:
    async def run(watched: Watch) -> str:
        await watched.scan(item("Cordless drill for $60"))
        return watched.judge.calls[0][0].description

    assert "Brand: Acme. Model: QX100." in watch(tmp_path, {link(): PAGE}, run)


def test_a_deal_goes_on_without_a_page_that_cannot_be_had(tmp_path: Path) -> None:
    for number, page in enumerate([None, PageError("no complete answer"), RuntimeError("unheard of")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        deal = one(folder, "Acme Drill for $60", page)
        assert (deal["price"], deal["state"], deal["page"]) == (60.0, "priced", None)


def test_what_its_page_says_is_sold_out_is_listed_and_not_pushed(tmp_path: Path) -> None:
    deal = one(tmp_path, "Acme Drill for $60", replace(PAGE, availability=SOLD_OUT))
    assert (deal["price"], deal["reason"]) == (59.49, "its page says that it is sold out")


def test_only_new_entries_of_feeds_that_ask_have_their_pages_read(tmp_path: Path) -> None:
    async def run(watched: Watch) -> list[str]:
        await watched.scan(item("Acme Drill for $60"))
        await watched.scan(item("Acme Drill for $60"), item("Acme Saw for $40", number=2))
        return watched.reader.asked

    assert watch(tmp_path, {}, run) == [link(1), link(2)]
    other = tmp_path / "other"
    other.mkdir()
    assert watch(other, {}, run, details=False) == []


def test_the_pages_of_all_feeds_are_read_at_once(tmp_path: Path) -> None:
    async def run(watched: Watch) -> float:
        watched.reader.hold = 0.3
        watched.source.bodies[B] = rss(*(item(f"Acme Saw S{n} for $40", number=n) for n in range(11, 16)))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await watched.scan(*(item(f"Acme Drill D{n} for $60", number=n) for n in range(1, 6)))
        return loop.time() - begun

    assert watch(tmp_path, {}, run, urls=(A, B)) < 2.5


def test_a_page_that_cannot_be_had_again_changes_no_price(tmp_path: Path) -> None:
    async def run(watched: Watch) -> list[tuple[float, str]]:
        await watched.scan(item("Acme Drill for $60"))
        watched.reader.pages = {}
        await watched.scan(item("Now: Acme Drill for $60"))
        return [(deal["price"], deal["price_source"]) for deal in await watched.deals()]

    assert watch(tmp_path, {link(): PAGE}, run) == [(59.49, "page")]


def test_a_changed_title_has_its_page_read_again(tmp_path: Path) -> None:
    async def run(watched: Watch) -> list[float]:
        await watched.scan(item("Acme Drill QX100"))
        watched.reader.pages[link()] = replace(PAGE, price=49.99)
        await watched.scan(item("Acme Drill QX100 again"))
        return [deal["price"] for deal in await watched.deals()]

    assert watch(tmp_path, {link(): PAGE}, run) == [49.99, 59.49]
