"""Fetches feeds over HTTP: conditionally, within a size, through guarded redirects. Does not read them, and knows no deadline."""

from collections.abc import AsyncIterator

import httpx2

from common.bounded_answer import read_bounded
from common.errors import AnswerTooLargeError
from common.retry_after import read_retry_after
from scanner.deal_data import Feed, Fetched
from scanner.parsing.feed_entry import FeedError
from scanner.parsing.unpacking import MAX_BODY, Unpacker

MAX_REDIRECTS = 3
DEFAULT_WAIT = 900.0  # seconds for which a server is left alone that does not say for how long
GONE_WAIT = 7 * 86_400.0  # seconds after which a feed that is gone for good is asked for again: servers err in that, too
_MOVED_FOR_GOOD = frozenset({301, 308})
_REDIRECTS = _MOVED_FOR_GOOD | {302, 303, 307}
_PACKED = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
_HEADERS = {
    "User-Agent": "product-pricing-agent/0.1 (feed reader)",
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",  # what can be unpacked with a bound
}


class HttpFetcher:
    """A fetcher over HTTP. `transport` is the guard in production and a fake in tests; `timeout`: seconds for a step of a fetch."""

    def __init__(self, transport: httpx2.AsyncBaseTransport, timeout: float = 10.0) -> None:
        self._http = httpx2.AsyncClient(transport=transport, headers=_HEADERS, timeout=timeout, trust_env=False)
        self._timeout = timeout

    async def fetch(self, feed: Feed) -> Fetched:
        """The feed's body, or nothing where it has not changed. FeedError says what went wrong."""
        try:
            return await self._follow(feed)
        except httpx2.TimeoutException as exc:
            raise FeedError(f"no complete answer within {self._timeout:g} s", is_unreachable=True) from exc
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            is_unreachable = isinstance(exc, httpx2.TransportError)
            raise FeedError(f"cannot be fetched: {exc or type(exc).__name__}", is_unreachable=is_unreachable) from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _follow(self, feed: Feed) -> Fetched:
        url, moved_to, is_for_good = httpx2.URL(feed.url), None, True
        for _ in range(MAX_REDIRECTS + 1):
            if url.scheme not in ("http", "https") or not url.host:
                raise FeedError(f"{url} is not an http or https address")
            request = self._http.build_request("GET", url, headers=_conditions(feed))
            response = await self._http.send(request, stream=True)
            try:
                if response.status_code not in _REDIRECTS:
                    return await _read(response, str(url), moved_to)
                is_for_good &= response.status_code in _MOVED_FOR_GOOD
                url = url.join(response.headers.get("location", ""))
                moved_to = str(url) if is_for_good else None
            finally:
                await response.aclose()
        raise FeedError(f"more than {MAX_REDIRECTS} redirects", status=response.status_code)


def _conditions(feed: Feed) -> dict[str, str]:
    headers = {"If-None-Match": _validator(feed.etag), "If-Modified-Since": _validator(feed.last_modified)}
    return {name: value for name, value in headers.items() if value}


def _validator(text: str | None) -> str | None:
    """What can be sent back as it came: of what is not ASCII nobody knows which bytes it was. A database may hold such a one."""
    return text if text and text.isascii() and text.isprintable() else None


async def _read(response: httpx2.Response, url: str, moved_to: str | None) -> Fetched:
    status, headers = response.status_code, response.headers
    body = None
    if status != 304:
        _refuse(status, headers)
        try:
            body = await _unpacked(response.aiter_raw(), headers.get("content-encoding", ""))
        except AnswerTooLargeError as exc:
            raise FeedError(f"larger than {exc.most} bytes", status=status) from exc
    validators = _validator(headers.get("etag")), _validator(headers.get("last-modified"))
    return Fetched(status, body, *validators, headers.get("content-type", "")[:200], url, moved_to)


def _refuse(status: int, headers: httpx2.Headers) -> None:
    """FeedError for an answer that is no feed, or one that is too large by its own word."""
    if status in (429, 503):
        asked = read_retry_after(headers.get("retry-after"))
        raise FeedError(f"HTTP {status}", status=status, wait=DEFAULT_WAIT if asked is None else asked)
    if status == 410:
        raise FeedError("HTTP 410: it is gone for good, says its server", status=status, wait=GONE_WAIT)
    if status != 200:
        raise FeedError(f"HTTP {status}", status=status)
    size = headers.get("content-length", "")
    if size.isascii() and size.isdigit() and int(size[:20]) > MAX_BODY:
        raise FeedError(f"larger than {MAX_BODY} bytes", status=status)


async def _unpacked(parts: AsyncIterator[bytes], encodings: str) -> bytes:
    """The body without its last encoding; a gzip within a gzip is left to who reads it."""
    named = [name for each in encodings.lower().split(",") if (name := each.strip()) not in ("", "identity", "none")]
    if any(name not in _PACKED for name in named):
        raise FeedError(f"encoded as {encodings[:40]}, which was not asked for")
    if not named:
        return await read_bounded(parts, MAX_BODY)
    unpacker = Unpacker(_PACKED[named[-1]])
    async for part in parts:
        unpacker.add(part)
    return unpacker.content()
