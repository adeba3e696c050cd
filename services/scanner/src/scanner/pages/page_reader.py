"""Reads pages: one by its address, or all that a scan needs, within a time. Knows neither HTTP nor HTML.

What was read stays at hand until the next scan asks, so that a page is fetched once for all who ask for it.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from common.background import end
from scanner.pages.page_data import PageError, PageFacts
from scanner.pages.page_fetcher import Page
from scanner.pages.product_page import PageContent

SCAN_SECONDS = 120.0  # for the pages of a scan: one host's hundred take a minute of politeness
MOST_PAGES = 300  # of a scan


class Fetcher(Protocol):
    """Gets a page's bytes."""

    async def fetch(self, url: str) -> Page:
        """The page at an address. PageError says what went wrong."""
        ...


class HtmlReader(Protocol):
    """Reads a page's bytes."""

    async def read(self, body: bytes, content_type: str = "") -> PageFacts | None:
        """What it tells of its product. PageError where it cannot be read."""
        ...

    async def read_content(self, body: bytes, content_type: str = "") -> PageContent:
        """All that a person is told of it. PageError where it cannot be read."""
        ...


class PageReader:
    """Fetches and reads single pages."""

    def __init__(self, fetcher: Fetcher, html: HtmlReader) -> None:
        self._fetcher, self._html = fetcher, html

    async def read(self, url: str) -> PageFacts | None:
        """What the page at an address tells of its product; None where that is nothing. PageError where it cannot be had."""
        page = await self._fetcher.fetch(url)
        return await self._html.read(page.body, page.content_type)

    async def look(self, url: str) -> tuple[str, PageContent]:
        """Where the page was found in the end, and all that a person is told of it. PageError where it cannot be had."""
        page = await self._fetcher.fetch(url)
        return page.url, await self._html.read_content(page.body, page.content_type)


class Reader(Protocol):
    """Reads single pages."""

    async def read(self, url: str) -> PageFacts | None:
        """What the page at an address tells of its product. PageError where it cannot be had."""
        ...

    async def look(self, url: str) -> tuple[str, PageContent]:
        """Where it was found in the end, and all that a person is told of it. PageError where it cannot be had."""
        ...


class ScanPages:
    """The pages of a scan. `seconds` for all of them together, `most` of them; what is beyond that is not read."""

    def __init__(self, reader: Reader, seconds: float = SCAN_SECONDS, most: int = MOST_PAGES) -> None:
        self._reader, self._seconds, self._most = reader, seconds, most
        self._tasks: dict[str, asyncio.Task[PageFacts | None]] = {}
        self._end = 0.0  # by the loop's clock

    async def prepare(self, urls: Sequence[str]) -> None:
        """Forget the former scan's, and read these, all hosts at once."""
        await end(list(self._tasks.values()))
        self._tasks, self._end = {}, asyncio.get_running_loop().time() + self._seconds
        await asyncio.gather(*(self.of(url) for url in dict.fromkeys(urls)))
        if len(self._tasks) >= self._most:
            structlog.get_logger().warning("pages_left_out", most=self._most, asked=len(urls))

    async def of(self, url: str) -> PageFacts | None:
        """What a page tells; None where it tells nothing, cannot be had, or where there is no time for it."""
        if url not in self._tasks:
            if not url or len(self._tasks) >= self._most:
                return None
            self._tasks[url] = asyncio.get_running_loop().create_task(self._read(url), name="page")
        return await asyncio.shield(self._tasks[url])

    async def aclose(self) -> None:
        """End what is under way."""
        await end(list(self._tasks.values()))

    async def _read(self, url: str) -> PageFacts | None:
        try:
            async with asyncio.timeout_at(self._end):
                return await self._reader.read(url)
        except TimeoutError:
            structlog.get_logger().warning("page_not_read", url=url[:300], why=f"no time for it within {self._seconds:g} s")
        except PageError as exc:
            structlog.get_logger().info("page_not_read", url=url[:300], why=str(exc))
        except Exception:  # noqa: BLE001 (whatever a page or its address does, the deal goes on without it)
            structlog.get_logger().exception("page_fails_unexpectedly", url=url[:300])
        return None
