"""Fetches a page over HTTP: behind the guard, within a size and a time, one request at a time to a host. Does not read it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import httpx2

from common.errors import AnswerTooLargeError
from scanner.pages.page_data import PageError
from scanner.parsing.feed_entry import FeedError
from scanner.parsing.packed_answer import ACCEPTED, encodings_of, is_too_large, read_unpacked

MAX_PAGE = 2 * 1024 * 1024  # bytes, as they come and unpacked
TIMEOUT = 10.0  # seconds for a page with its redirects, without the time in which it waits for its turns
MAX_REDIRECTS = 5  # what counts clicks goes by two or three
AT_ONCE = 16  # pages of all hosts: each may hold 2 MB
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HTML = ("text/html", "application/xhtml+xml")
_HEADERS = {
    "User-Agent": "product-pricing-agent/0.1 (page reader)",
    "Accept": "text/html, application/xhtml+xml",
    "Accept-Language": "en-US, en;q=0.8",
    "Accept-Encoding": ACCEPTED,
}


class Turns(Protocol):
    """Keeps us polite."""

    def of(self, url: str) -> AbstractAsyncContextManager[None]:
        """The turn of the host of an address."""
        ...


@dataclass(frozen=True)
class Page:
    """A page's bytes, and where it was found in the end."""

    url: str
    body: bytes
    content_type: str = ""


class PageFetcher:
    """A fetcher over HTTP. `transport` is the guard in production; `timeout`: seconds for one page."""

    def __init__(
        self, transport: httpx2.AsyncBaseTransport, turns: Turns, timeout: float = TIMEOUT, clock: Callable[[], float] = monotonic
    ) -> None:
        self._http = httpx2.AsyncClient(transport=transport, headers=_HEADERS, timeout=timeout, trust_env=False)
        self._turns, self._timeout, self._clock = turns, timeout, clock
        self._room = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str) -> Page:
        """The page at an address. PageError says what went wrong."""
        try:
            return await self._follow(httpx2.URL(url))
        except (TimeoutError, httpx2.TimeoutException) as exc:
            raise PageError(f"no complete answer within {self._timeout:g} s", may_pass=True) from exc
        except FeedError as exc:  # of the guard and of what unpacks
            raise PageError(str(exc)) from exc
        except AnswerTooLargeError as exc:
            raise PageError(f"larger than {exc.most} bytes") from exc
        except httpx2.HTTPError as exc:
            raise PageError(f"cannot be fetched: {exc or type(exc).__name__}", may_pass=True) from exc
        except (httpx2.InvalidURL, ValueError) as exc:
            raise PageError(f"cannot be fetched: {exc or type(exc).__name__}") from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _follow(self, url: httpx2.URL) -> Page:
        left = self._timeout
        for _ in range(MAX_REDIRECTS + 1):
            if url.scheme not in ("http", "https") or not url.host:
                raise PageError(f"{str(url)[:200]} is not an http or https address")
            async with self._turns.of(str(url)), self._room:
                begun = self._clock()
                async with asyncio.timeout(left):
                    found = await self._ask(url)
                left = max(left - (self._clock() - begun), 0.0)
            if isinstance(found, Page):
                return found
            url = found
        raise PageError(f"more than {MAX_REDIRECTS} redirects")

    async def _ask(self, url: httpx2.URL) -> Page | httpx2.URL:
        """The page, or where it is said to be."""
        response = await self._http.send(self._http.build_request("GET", url), stream=True)
        try:
            if response.status_code in _REDIRECTS:
                return url.join(response.headers.get("location", ""))
            _refuse(response)
            body = await read_unpacked(response.aiter_raw(), _encoding_of(response), MAX_PAGE)
            return Page(str(url), body, response.headers.get("content-type", "")[:200])
        finally:
            await response.aclose()


def _refuse(response: httpx2.Response) -> None:
    """PageError for an answer that is no page, or one that is too large by its own word."""
    status, headers = response.status_code, response.headers
    if status != 200:
        raise PageError(f"HTTP {status}", status=status, may_pass=status == 429 or status >= 500)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _HTML:
        raise PageError(f"{kind[:60] or 'of no content type'}, which is no page", status=status)
    if is_too_large(headers.get("content-length", ""), MAX_PAGE):
        raise PageError(f"larger than {MAX_PAGE} bytes", status=status)


def _encoding_of(response: httpx2.Response) -> str | None:
    """Of a page, which has one at most."""
    header = response.headers.get("content-encoding", "")
    named = encodings_of(header)
    if len(named) > 1:
        raise PageError(f"encoded as {header[:40]}, which was not asked for")
    return named[0] if named else None
