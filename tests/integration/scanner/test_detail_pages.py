"""The pages of a scan over real connections, in every bad way there is: each costs itself alone, and none of the others."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from scanner.address_guard import GuardedTransport
from scanner.feeds.host_turns import HostTurns
from scanner.pages.page_data import PageFacts
from scanner.pages.page_fetcher import MAX_PAGE, PageFetcher
from scanner.pages.page_process import PageProcess
from scanner.pages.page_reader import PageReader, ScanPages
from tests.integration.scanner.peers import BOMB, HostileServer, reply

HTML = "Content-Type: text/html"
OFFER = {"price": "59.99", "priceCurrency": "USD"}
TOLD = f'<script type="application/ld+json">{json.dumps({"@type": "Product", "name": "Acme Drill", "offers": OFFER})}</script>'
PAGES = {
    "good": reply(f"<html><head>{TOLD}</head></html>".encode(), HTML),
    "moved": reply(b"", "Location: /good", status="302 Found"),
    "beside-malformed": reply(f'<script type="application/ld+json">{{"@type": </script>{TOLD}'.encode(), HTML),
    "malformed": reply(b'<script type="application/ld+json">{"@type": "Product", "offers": {</script>', HTML),
    "too-large": reply(b"x" * (MAX_PAGE + 1), HTML),
    "bomb": reply(BOMB, HTML, "Content-Encoding: gzip"),
    "pdf": reply(b"%PDF-1.7", "Content-Type: application/pdf"),
    "deep": reply(TOLD.encode() + b"<div itemscope itemprop='a'>" * 60_000, HTML),
}
BAD = (
    "malformed",
    "too-large",
    "bomb",
    "pdf",
    "html",
    "empty",
    "endless",
    "declared-200-MB",
    "cut-short",
    "not-http",
    "hangs",
    "drips",
)
BAD += ("to-private", "to-metadata", "to-file", "to-itself", "busy", "gone", "broken")


@pytest.fixture
def pages() -> Iterator[HostileServer]:
    running = HostileServer(PAGES)
    yield running
    running.close()


def read(pages: HostileServer, *paths: str) -> dict[str, PageFacts | None]:
    async def run() -> dict[str, PageFacts | None]:
        fetcher = PageFetcher(GuardedTransport(frozenset({pages.host})), HostTurns(gap=0.0), timeout=1.0)
        html = PageProcess(seconds=3.0)
        scan = ScanPages(PageReader(fetcher, html))
        try:
            await scan.prepare([pages.url(path) for path in paths])
            return {path: await scan.of(pages.url(path)) for path in paths}
        finally:
            await scan.aclose()
            await fetcher.aclose()
            await html.aclose()

    return asyncio.run(run())


def test_good_pages_are_read_whatever_stands_between_them(pages: HostileServer) -> None:
    begun = time.monotonic()
    found = read(pages, *BAD[:10], "good", *BAD[10:], "moved", "deep", "beside-malformed")
    assert time.monotonic() - begun < 60.0
    drill = PageFacts(title="Acme Drill", price=59.99, currency="USD")
    assert {path: facts for path, facts in found.items() if path in BAD and facts is not None and facts.price is not None} == {}
    assert [found["good"], found["moved"], found["beside-malformed"]] == [drill] * 3


def test_nothing_private_was_asked_for(pages: HostileServer) -> None:
    assert read(pages, "to-private", "to-metadata", "to-file") == dict.fromkeys(("to-private", "to-metadata", "to-file"))
    assert [path for path, _ in pages.requests] == ["to-private", "to-metadata", "to-file"]
