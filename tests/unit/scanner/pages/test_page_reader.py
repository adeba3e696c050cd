"""The pages of a scan are read once each, all at once, within a time; what goes wrong with one costs the others nothing."""

import asyncio
import time

from scanner.pages.page_data import PageError, PageFacts
from scanner.pages.page_fetcher import Page
from scanner.pages.page_reader import PageReader, ScanPages
from tests.unit.scanner.fakes import FakePages

A, B = "https://a.example/1", "https://b.example/1"
DRILL = PageFacts(title="Acme Drill", price=60.0, currency="USD")


class OnePage:
    """A fetcher of one page, and what reads it."""

    async def fetch(self, url: str) -> Page:
        return Page(url, b"<p>", "text/html; charset=koi8-r")

    async def read(self, body: bytes, content_type: str = "") -> PageFacts | None:
        return DRILL if (body, content_type) == (b"<p>", "text/html; charset=koi8-r") else None


def test_a_page_is_fetched_and_read() -> None:
    assert asyncio.run(PageReader(OnePage(), OnePage()).read(A)) == DRILL


def test_each_page_is_read_once_for_all_who_ask() -> None:
    async def run() -> tuple[list[PageFacts | None], list[str]]:
        reader = FakePages({A: DRILL, B: None})
        pages = ScanPages(reader)
        await pages.prepare([A, B, A])
        return [await pages.of(A), await pages.of(B), await pages.of(A)], reader.asked

    assert asyncio.run(run()) == ([DRILL, None, DRILL], [A, B])


def test_the_next_scan_reads_a_page_anew() -> None:
    async def run() -> list[str]:
        reader = FakePages({A: DRILL})
        pages = ScanPages(reader)
        await pages.prepare([A])
        await pages.prepare([])
        await pages.of(A)
        return reader.asked

    assert asyncio.run(run()) == [A, A]


def test_what_cannot_be_read_is_none_and_the_others_go_on() -> None:
    async def run() -> list[PageFacts | None]:
        pages = ScanPages(FakePages({A: DRILL, B: PageError("away"), "c": RuntimeError("unheard of")}))
        await pages.prepare([A, B, "c", ""])
        return [await pages.of(each) for each in (A, B, "c", "")]

    assert asyncio.run(run()) == [DRILL, None, None, None]


def test_all_together_take_no_longer_than_their_time() -> None:
    async def run() -> list[PageFacts | None]:
        pages = ScanPages(FakePages({A: DRILL, B: DRILL}, hold=60.0), seconds=0.1)
        await pages.prepare([A])
        return [await pages.of(A), await pages.of(B)]

    begun = time.monotonic()
    assert asyncio.run(run()) == [None, None]
    assert time.monotonic() - begun < 5.0


def test_no_more_than_so_many_are_read() -> None:
    async def run() -> list[str]:
        reader = FakePages({A: DRILL, B: DRILL})
        pages = ScanPages(reader, most=1)
        await pages.prepare([A, B])
        return reader.asked

    assert asyncio.run(run()) == [A]
