"""Fetches feeds over HTTP: conditionally, within a size and a time, through guarded redirects. Does not read them.

Each request has its turn at its host; the time in which it waits for that is not its own.
"""

import asyncio
from dataclasses import replace
from time import monotonic

import httpx2

from common.errors import AnswerTooLargeError
from common.retry_after import read_retry_after
from scanner.deal_data import Feed, Fetched
from scanner.feeds.host_turns import HostTurns
from scanner.parsing.feed_entry import FeedError
from scanner.parsing.packed_answer import ACCEPTED, encodings_of, is_too_large, read_unpacked
from scanner.parsing.unpacking import MAX_BODY

MAX_REDIRECTS = 3
DEFAULT_WAIT = 900.0  # seconds for which a server is left alone that does not say for how long
_MOVED_FOR_GOOD = frozenset({301, 308})
_REDIRECTS = _MOVED_FOR_GOOD | {302, 303, 307}
_HEADERS = {
    "User-Agent": "product-pricing-agent/0.1 (feed reader)",
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": ACCEPTED,
}


class HttpFetcher:
    """A fetcher over HTTP. `transport` is the guard in production and a fake in tests; `timeout`: seconds for a whole fetch."""

    def __init__(self, transport: httpx2.AsyncBaseTransport, timeout: float = 10.0, turns: HostTurns | None = None) -> None:
        self._http = httpx2.AsyncClient(transport=transport, headers=_HEADERS, timeout=timeout, trust_env=False)
        self._timeout, self._turns = timeout, turns or HostTurns()

    async def fetch(self, feed: Feed) -> Fetched:
        """The feed's body, or nothing where it has not changed. FeedError says what went wrong."""
        try:
            return await self._follow(feed)
        except (httpx2.TimeoutException, TimeoutError) as exc:
            raise FeedError(f"no complete answer within {self._timeout:g} s", is_unreachable=True) from exc
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            is_unreachable = isinstance(exc, httpx2.TransportError)
            raise FeedError(f"cannot be fetched: {exc or type(exc).__name__}", is_unreachable=is_unreachable) from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _follow(self, feed: Feed) -> Fetched:
        url, moved_to, status, spent = httpx2.URL(feed.address), None, None, 0.0
        for _ in range(MAX_REDIRECTS + 1):
            if url.scheme not in ("http", "https") or not url.host:
                raise FeedError(f"{url} is not an http or https address")
            async with self._turns.of(str(url)):
                begun = monotonic()
                async with asyncio.timeout(max(self._timeout - spent, 0.0)):
                    found = await self._ask(url, _conditions(feed))
                spent += monotonic() - begun
            if isinstance(found, Fetched):
                return replace(found, moved_to=moved_to, seconds=spent)
            is_for_good = found.status_code in _MOVED_FOR_GOOD and (status is None or moved_to is not None)
            status, url = found.status_code, url.join(found.headers.get("location", ""))
            moved_to = str(url) if is_for_good else None
        raise FeedError(f"more than {MAX_REDIRECTS} redirects", status=status)

    async def _ask(self, url: httpx2.URL, headers: dict[str, str]) -> Fetched | httpx2.Response:
        """What is there; the response itself, without its body, where that leads elsewhere."""
        response = await self._http.send(self._http.build_request("GET", url, headers=headers), stream=True)
        try:
            return response if response.status_code in _REDIRECTS else await _read(response, str(url))
        finally:
            await response.aclose()


def _conditions(feed: Feed) -> dict[str, str]:
    headers = {"If-None-Match": _validator(feed.etag), "If-Modified-Since": _validator(feed.last_modified)}
    return {name: value for name, value in headers.items() if value}


def _validator(text: str | None) -> str | None:
    """What can be sent back as it came: of what is not ASCII nobody knows which bytes it was. A database may hold such a one."""
    return text if text and text.isascii() and text.isprintable() else None


async def _read(response: httpx2.Response, url: str) -> Fetched:
    status, headers = response.status_code, response.headers
    body = None
    if status != 304:
        _refuse(status, headers)
        try:
            # The last one alone: a gzip within a gzip is left to who reads it.
            encoding = next(reversed(encodings_of(headers.get("content-encoding", ""))), None)
            body = await read_unpacked(response.aiter_raw(), encoding)
        except AnswerTooLargeError as exc:
            raise FeedError(f"larger than {exc.most} bytes", status=status) from exc
    validators = _validator(headers.get("etag")), _validator(headers.get("last-modified"))
    return Fetched(status, body, *validators, headers.get("content-type", "")[:200], url)


def _refuse(status: int, headers: httpx2.Headers) -> None:
    """FeedError for an answer that is no feed, or one that is too large by its own word."""
    if status in (429, 503):
        asked = read_retry_after(headers.get("retry-after"))
        raise FeedError(f"HTTP {status}", status=status, wait=DEFAULT_WAIT if asked is None else asked)
    if status == 410:
        raise FeedError("HTTP 410: it is gone for good, says its server", status=status)
    if status != 200:
        raise FeedError(f"HTTP {status}", status=status)
    if is_too_large(headers.get("content-length", "")):
        raise FeedError(f"larger than {MAX_BODY} bytes", status=status)
