"""Fetching is conditional, bounded and guarded at every redirect."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from scanner.address_guard import GuardedTransport
from scanner.deal_data import Feed, Fetched
from scanner.feeds.feed_fetcher import MAX_BODY, HttpFetcher
from scanner.feeds.host_turns import HostTurns
from scanner.parsing.feed_entry import FeedError

FEED = Feed(1, "https://deals.example/rss", "Deals")
Handler = Callable[[httpx2.Request], httpx2.Response]


def fetch(handler: Handler, feed: Feed = FEED) -> Fetched:
    async def run() -> Fetched:
        fetcher = HttpFetcher(httpx2.MockTransport(handler), turns=HostTurns(gap=0.0))
        try:
            return await fetcher.fetch(feed)
        finally:
            await fetcher.aclose()

    return asyncio.run(run())


def give(content: bytes, **headers: str) -> Handler:
    """An answer whose body arrives raw, as from a wire."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx2.Response(200, headers=sent, stream=httpx2.ByteStream(content))


def test_a_body_comes_with_its_validators() -> None:
    found = fetch(give(b"<rss/>", ETag='"7"', Last_Modified="Sat, 21 Nov 2026 09:00:00 GMT"))
    assert replace(found, seconds=0.0) == Fetched(200, b"<rss/>", '"7"', "Sat, 21 Nov 2026 09:00:00 GMT", url=FEED.url)


def test_the_type_is_passed_on_for_its_charset() -> None:
    assert fetch(give(b"<rss/>", Content_Type="text/xml; charset=koi8-r")).content_type == "text/xml; charset=koi8-r"


@pytest.mark.parametrize("odd", ['"caf\u00e9"', '"\u2603"', '"a\x01"'])
def test_a_validator_that_cannot_be_sent_back_as_it_came_is_none(odd: str) -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(
            200, headers=[(b"etag", odd.encode()), (b"last-modified", odd.encode())], stream=httpx2.ByteStream(b"<rss/>")
        )

    found = fetch(handle, replace(FEED, etag=odd, last_modified=odd))  # as a database may hold it
    assert (found.etag, found.last_modified) == (None, None)
    assert not {"if-none-match", "if-modified-since"} & set(seen[0].headers)


def test_the_validators_are_sent_again_and_304_has_no_body() -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(304)

    assert fetch(handle, replace(FEED, etag='"7"', last_modified="yesterday")).body is None
    assert (seen[0].headers["if-none-match"], seen[0].headers["if-modified-since"]) == ('"7"', "yesterday")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (gzip.compress(b"<rss/>", mtime=0), "gzip"),
        (gzip.compress(b"<r", mtime=0) + gzip.compress(b"ss/>", mtime=0), "GZIP"),
        (zlib.compress(b"<rss/>"), "deflate"),
        (zlib.compress(b"<rss/>")[2:-4], "deflate"),
        (b"<rss/>", "identity"),
        (b"<rss/>", "none"),
        (gzip.compress(b"<rss/>", mtime=0), "identity, x-gzip"),
    ],
)
def test_what_was_asked_for_is_unpacked(content: bytes, encoding: str) -> None:
    assert fetch(give(content, Content_Encoding=encoding)).body == b"<rss/>"


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (give(b"x" * (MAX_BODY + 1)), "larger"),
        (give(b"x", Content_Length=str(MAX_BODY + 1)), "larger"),
        (give(gzip.compress(b"\0" * (MAX_BODY * 20)), Content_Encoding="gzip"), "larger"),
        (give(b"not gzip", Content_Encoding="gzip"), "damaged"),
        (give(gzip.compress(b"<rss/>", mtime=0)[:-4], Content_Encoding="gzip"), "too early"),
        (give(b"", Content_Encoding="gzip"), "too early"),
        (give(b"x", Content_Encoding="br"), "not asked for"),
        (give(b"x", Content_Encoding="gzip, br"), "not asked for"),
        (lambda _: httpx2.Response(410), "gone for good"),
        (lambda _: httpx2.Response(302), "redirects"),
        (lambda _: httpx2.Response(404), "404"),
        (lambda _: httpx2.Response(500), "500"),
        (lambda _: httpx2.Response(302, headers={"location": "file:///etc/passwd"}), "not an http"),
        (lambda _: httpx2.Response(302, headers={"location": "/again"}), "redirects"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(handler: Handler, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        fetch(handler)


def test_three_redirects_are_followed() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        step = int(request.url.params.get("step", "0"))
        return httpx2.Response(301, headers={"location": f"/rss?step={step + 1}"}) if step < 3 else give(b"<rss/>")(request)

    assert fetch(handle).body == b"<rss/>"


@pytest.mark.parametrize(
    ("statuses", "moved_to"), [((301, 308), "https://deals.example/2"), ((301, 302), None), ((307, 308), None)]
)
def test_only_what_moved_for_good_at_each_step_says_where_to(statuses: tuple[int, ...], moved_to: str | None) -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        step = int(request.url.path.strip("/")) if request.url.path != "/rss" else 0
        if step == len(statuses):
            return give(b"<rss/>")(request)
        return httpx2.Response(statuses[step], headers={"location": f"/{step + 1}"})

    found = fetch(handle)
    assert (found.moved_to, found.url) == (moved_to, "https://deals.example/2")


def test_a_feed_that_is_gone_is_told_by_its_status() -> None:
    with pytest.raises(FeedError) as caught:
        fetch(lambda _: httpx2.Response(410))
    assert (caught.value.wait, caught.value.status) == (None, 410)


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_to_be_left_alone_says_for_how_long(status: int) -> None:
    with pytest.raises(FeedError) as caught:
        fetch(lambda _: httpx2.Response(status, headers={"retry-after": "120"}))
    assert (caught.value.wait, caught.value.status) == (120.0, status)


def wait_of(asked: str | None) -> float:
    with pytest.raises(FeedError) as caught:
        fetch(lambda _: httpx2.Response(503, headers=[] if asked is None else [(b"Retry-After", asked.encode())]))
    assert caught.value.wait is not None
    return caught.value.wait


def test_retry_after_is_read_as_seconds_or_a_date_within_reason() -> None:
    assert wait_of("60") == 60.0
    assert 3500 < wait_of(format_datetime(datetime.now(UTC) + timedelta(hours=1))) <= 3600
    assert wait_of(format_datetime(datetime.now(UTC) - timedelta(hours=1))) == 0.0
    assert wait_of("9" * 20) == 86_400.0
    assert wait_of(None) == wait_of("soon") == 900.0
    for odd in ("\u00b2", "\u0663", "-5", "1e9", "nan", "inf", "Mon, 99 Xxx 2026 10:00:00 GMT", "9999999999999999-01-01"):
        assert wait_of(odd) == 900.0


def test_every_hop_of_a_redirect_is_guarded() -> None:
    async def resolve(host: str, _: int) -> list[str]:
        return ["192.168.1.1"] if host == "inside.example" else ["93.184.216.34"]

    def handle(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"location": "http://inside.example/secret"})

    async def run() -> None:
        transport = GuardedTransport(frozenset(), httpx2.MockTransport(handle), resolve)
        await HttpFetcher(transport, turns=HostTurns(gap=0.0)).fetch(FEED)

    with pytest.raises(FeedError, match=r"192\.168\.1\.1"):
        asyncio.run(run())
