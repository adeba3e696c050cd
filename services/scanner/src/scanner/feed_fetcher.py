"""Fetches feeds over HTTP: conditionally, within a deadline and a size, through guarded redirects. Does not read them."""

import asyncio
import zlib
from collections.abc import AsyncIterator

import httpx2

from common.bounded_answer import BoundedBody
from common.errors import AnswerTooLargeError
from common.retry_after import read_retry_after
from scanner.deal_data import Feed, FeedError, Fetched

MAX_BODY = 5 * 1024 * 1024  # bytes, after decompression
MAX_REDIRECTS = 3
DEFAULT_WAIT = 900.0  # seconds for which a server is left alone that does not say for how long
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "product-pricing-agent/0.1 (feed reader)",
    "Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",  # what can be unpacked with a bound
}


class HttpFetcher:
    """A feed source over HTTP. `transport` is the guard in production and a fake in tests; `timeout` in seconds, over all."""

    def __init__(self, transport: httpx2.AsyncBaseTransport, timeout: float = 10.0) -> None:
        self._http = httpx2.AsyncClient(transport=transport, headers=_HEADERS, timeout=timeout, trust_env=False)
        self._timeout = timeout

    async def fetch(self, feed: Feed) -> Fetched:
        """The feed's body, or nothing where it has not changed. FeedError says what went wrong."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._follow(feed)
        except TimeoutError as exc:
            raise FeedError(f"no complete answer within {self._timeout:g} s", is_unreachable=True) from exc
        except httpx2.TimeoutException as exc:
            raise FeedError(f"no complete answer within {self._timeout:g} s", is_unreachable=True) from exc
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            is_unreachable = isinstance(exc, httpx2.TransportError)
            raise FeedError(f"cannot be fetched: {exc or type(exc).__name__}", is_unreachable=is_unreachable) from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _follow(self, feed: Feed) -> Fetched:
        url = httpx2.URL(feed.url)
        for _ in range(MAX_REDIRECTS + 1):
            if url.scheme not in ("http", "https") or not url.host:
                raise FeedError(f"{url} is not an http or https address")
            request = self._http.build_request("GET", url, headers=_conditions(feed))
            response = await self._http.send(request, stream=True)
            try:
                if response.status_code not in _REDIRECTS:
                    return await _read(response)
                url = url.join(response.headers.get("location", ""))
            finally:
                await response.aclose()
        raise FeedError(f"more than {MAX_REDIRECTS} redirects", status=response.status_code)


def _conditions(feed: Feed) -> dict[str, str]:
    headers = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    return {name: value for name, value in headers.items() if value}


async def _read(response: httpx2.Response) -> Fetched:
    status, headers = response.status_code, response.headers
    if status == 304:
        return Fetched(status, None, headers.get("etag"), headers.get("last-modified"))
    if status in (429, 503):
        asked = read_retry_after(headers.get("retry-after"))
        wait = DEFAULT_WAIT if asked is None else asked
        raise FeedError(f"HTTP {status}; it will not be asked again for {wait:.0f} s", status=status, wait=wait)
    if status != 200:
        raise FeedError(f"HTTP {status}", status=status)
    if headers.get("content-length", "").isdigit() and int(headers["content-length"]) > MAX_BODY:
        raise FeedError(f"larger than {MAX_BODY} bytes", status=status)
    body = await _unpack(response.aiter_raw(), headers.get("content-encoding", "identity").strip().lower())
    return Fetched(status, body, headers.get("etag"), headers.get("last-modified"))


async def _unpack(parts: AsyncIterator[bytes], encoding: str) -> bytes:
    """Join and decompress, never holding more than MAX_BODY: a small gzip can unpack to gigabytes."""
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise FeedError(f"encoded as {encoding[:20]}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=47) if "gzip" in encoding or encoding == "deflate" else None  # 47: gzip or zlib
    body = BoundedBody(MAX_BODY)
    try:
        async for part in parts:
            body.add(unpacker.decompress(part, body.room + 1) if unpacker else part)
    except zlib.error as exc:
        raise FeedError(f"damaged {encoding}: {exc}") from exc
    except AnswerTooLargeError as exc:
        raise FeedError(f"larger than {exc.most} bytes") from exc
    if unpacker and not unpacker.eof:
        raise FeedError(f"{encoding} that ends too early")
    return body.content()
