"""The pages of a scan over real connections, in every bad way there is: each costs itself alone, and none of the others."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator

import pytest

from common.errors import InvalidInputError, UnavailableError
from scanner.address_guard import GuardedTransport
from scanner.feeds.host_turns import HostTurns
from scanner.pages.desk import PageDesk
from scanner.pages.page_data import PageFacts
from scanner.pages.page_fetcher import MAX_PAGE, PageFetcher
from scanner.pages.page_process import PageProcess
from scanner.pages.page_reader import PageReader, ScanPages
from scanner.pages.schemas import ProductView
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


def drip_html(server: HostileServer, connection: socket.socket) -> None:
    connection.sendall(f"HTTP/1.1 200 OK\r\n{HTML}\r\n\r\n".encode())
    while not server.closing.wait(0.05):
        connection.sendall(b"<")


@pytest.fixture
def pages() -> Iterator[HostileServer]:
    running = HostileServer({**PAGES, "drips-html": drip_html})
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


@pytest.mark.parametrize(
    ("path", "error", "why"),
    [
        ("html", InvalidInputError, "no product is described"),
        ("malformed", InvalidInputError, "no product is described"),
        ("too-large", InvalidInputError, "larger than"),
        ("bomb", InvalidInputError, "larger than"),
        ("pdf", InvalidInputError, "application/pdf"),
        ("gone", InvalidInputError, "no such page"),
        ("nowhere", InvalidInputError, "no such page"),
        ("to-private", InvalidInputError, "not a public address"),
        ("to-metadata", InvalidInputError, "not a public address"),
        ("to-file", InvalidInputError, "not an http or https address"),
        ("to-itself", InvalidInputError, "redirects"),
        ("hangs", UnavailableError, "within 1 s"),
        ("drips", InvalidInputError, "no page"),
        ("drips-html", UnavailableError, "within 1 s"),
        ("busy", UnavailableError, "HTTP 429"),
        ("broken", UnavailableError, "HTTP 500"),
        ("not-http", UnavailableError, "cannot be fetched"),
    ],
)
def test_a_person_is_told_why_a_page_tells_nothing(pages: HostileServer, path: str, error: type[Exception], why: str) -> None:
    begun = time.monotonic()
    with pytest.raises(error, match=why):
        look(pages, path)
    assert time.monotonic() - begun < 20.0


def test_a_person_is_told_what_a_page_tells(pages: HostileServer) -> None:
    found = look(pages, "moved")
    assert (found.title, found.price, found.dollars, found.source) == ("Acme Drill", 59.99, 59.99, "json-ld")
    assert (found.url, found.retailer) == (pages.url("good"), "127.0.0.1")


def look(pages: HostileServer, path: str) -> ProductView:
    async def run() -> ProductView:
        fetcher = PageFetcher(GuardedTransport(frozenset({pages.host})), HostTurns(gap=0.0), timeout=1.0)
        html = PageProcess(seconds=3.0)
        try:
            return await PageDesk(PageReader(fetcher, html), lambda price, _: price, lambda _: None).read(pages.url(path))
        finally:
            await fetcher.aclose()
            await html.aclose()

    return asyncio.run(run())
