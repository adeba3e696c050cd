"""Pages are fetched behind the guard, within a size and a time, and politely; what is no page is refused."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from scanner.address_guard import GuardedTransport
from scanner.feeds.host_turns import HostTurns
from scanner.pages.page_data import PageError
from scanner.pages.page_fetcher import MAX_PAGE, MAX_REDIRECTS, Page, PageFetcher

URL = "https://shop.example/1"
HTML = {"content-type": "text/html; charset=utf-8"}
Handler = Callable[[httpx2.Request], httpx2.Response]


def fetch(transport: httpx2.AsyncBaseTransport | Handler, url: str = URL, timeout: float = 5.0) -> Page:
    async def run() -> Page:
        by = transport if isinstance(transport, httpx2.AsyncBaseTransport) else httpx2.MockTransport(transport)
        fetcher = PageFetcher(by, HostTurns(gap=0.0), timeout)
        try:
            return await fetcher.fetch(url)
        finally:
            await fetcher.aclose()

    return asyncio.run(run())


def give(content: bytes, **headers: str) -> Handler:
    sent = HTML | {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx2.Response(200, headers=sent, stream=httpx2.ByteStream(content))


def test_a_page_comes_as_it_is() -> None:
    assert fetch(give(b"<p>")) == Page(URL, b"<p>", "text/html; charset=utf-8")


def test_a_packed_page_is_unpacked() -> None:
    assert fetch(give(gzip.compress(b"<p>"), content_encoding="gzip")).body == b"<p>"


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        (give(b"x" * (MAX_PAGE + 1)), "larger than"),
        (give(b"", content_length=str(MAX_PAGE + 1)), "larger than"),
        (give(gzip.compress(b"\0" * 50_000_000), content_encoding="gzip"), "larger than"),
        (give(b"x", content_encoding="br"), "which was not asked for"),
        (give(gzip.compress(gzip.compress(b"x")), content_encoding="gzip, gzip"), "which was not asked for"),
        (give(b"no gzip", content_encoding="gzip"), "damaged"),
        (give(b"%PDF", content_type="application/pdf"), "no page"),
        (give(b"{}", content_type=""), "no page"),
    ],
)
def test_what_is_too_large_or_no_page_is_refused(handler: Handler, why: str) -> None:
    with pytest.raises(PageError, match=why):
        fetch(handler)


@pytest.mark.parametrize(("status", "is_gone"), [(404, True), (410, True), (403, False), (429, False), (500, False)])
def test_a_page_that_is_gone_is_told_from_one_that_is_refused(status: int, is_gone: bool) -> None:
    with pytest.raises(PageError) as refused:
        fetch(lambda _: httpx2.Response(status, headers=HTML))
    assert refused.value.is_gone == is_gone


def test_redirects_are_followed_and_bounded() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/1":
            return httpx2.Response(302, headers={"location": "https://other.example/2"})
        return httpx2.Response(200, headers=HTML, stream=httpx2.ByteStream(b"<p>"))

    assert fetch(handle).url == "https://other.example/2"
    seen = list[str]()

    def loop(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(302, headers={"location": "/1"})

    with pytest.raises(PageError, match="redirects"):
        fetch(loop)
    assert len(seen) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://127.0.0.1:8000/", "http://[::1]/", "file:///etc/passwd", "http://"])
def test_no_redirect_leads_to_a_private_place(target: str) -> None:
    async def resolved(host: str, port: int) -> list[str]:
        return ["93.184.216.34"] if host == "shop.example" else [host]

    asked = list[str]()

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.host)
        return httpx2.Response(302, headers={"location": target})

    with pytest.raises(PageError):
        fetch(GuardedTransport(frozenset(), httpx2.MockTransport(handle), resolved))
    assert asked == ["93.184.216.34"]


class Hanging(httpx2.AsyncBaseTransport):
    """Answers nothing, or byte after byte without end."""

    def __init__(self, *, drips: bool) -> None:
        self.drips = drips

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not self.drips:
            await asyncio.sleep(60)
        return httpx2.Response(200, headers=HTML, stream=Dripping())


class Dripping(httpx2.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b"."


@pytest.mark.parametrize("drips", [False, True])
def test_a_page_that_hangs_is_given_up(drips: bool) -> None:
    begun = time.monotonic()
    with pytest.raises(PageError, match="no complete answer"):
        fetch(Hanging(drips=drips), timeout=0.2)
    assert time.monotonic() - begun < 3.0


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "javascript:alert(1)", "https://", "x" * 5000])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(PageError):
        fetch(give(b""), url)


def test_a_turn_is_waited_for_without_end_of_the_pages_own_time() -> None:
    async def run() -> int:
        fetcher = PageFetcher(httpx2.MockTransport(give(b"<p>")), HostTurns(gap=0.2), timeout=0.3)
        found = await asyncio.gather(*(fetcher.fetch(f"https://shop.example/{n}") for n in range(4)))
        await fetcher.aclose()
        return len(found)

    assert asyncio.run(run()) == 4
