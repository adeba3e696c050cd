"""Reads a product's page for a person who gives its address: all that it tells, or why it tells nothing. Keeps nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, replace

import structlog

from common.errors import DeadlineExceededError, InvalidInputError, OverloadedError, UnavailableError
from scanner.feeds.feed_list import is_feed_url
from scanner.feeds.host_turns import host_of
from scanner.pages.page_data import PageError, PageFacts
from scanner.pages.page_reader import Reader
from scanner.pages.product_page import PageContent, ProductPage
from scanner.pages.schemas import ProductView

AT_ONCE = 4  # pages that persons wait for
SECONDS = 25.0  # for one, the turns at its host and at the reader included
_FIELD = "url"
Dollars = Callable[[float | None, str], float | None]


class PageDesk:
    """Reads pages, a few at once. `dollars`: a price and its currency in USD, None where that cannot be told.

    `why_never`: why an address can be told at sight never to be fetched. `seconds`: for a page.
    """

    def __init__(self, reader: Reader, dollars: Dollars, why_never: Callable[[str], str | None], seconds: float = SECONDS) -> None:
        self._reader, self._dollars, self._why_never, self._seconds = reader, dollars, why_never, seconds
        self._running = 0

    async def read(self, url: str) -> ProductView:
        """The product at an address.

        InvalidInputError says why there is none; UnavailableError that the page may be had later.
        """
        if not is_feed_url(url):
            raise InvalidInputError("must be an http or https address without a user name", _FIELD)
        if why := self._why_never(url):
            raise InvalidInputError(why, _FIELD)
        if self._running >= AT_ONCE:
            raise OverloadedError(f"{AT_ONCE} pages are being read already: come back in a moment")
        self._running += 1
        try:
            async with asyncio.timeout(self._seconds):
                found_at, content = await self._reader.look(url)
        except PageError as exc:
            raise _refusal(exc) from exc
        except TimeoutError as exc:
            raise DeadlineExceededError(f"the page was not read within {self._seconds:g} s") from exc
        finally:
            self._running -= 1
        if content.product is None:
            structlog.get_logger().info("no_product_on_page", url=url[:300])
            raise InvalidInputError(_why_no_product(content), _FIELD)
        return self._view(found_at, content.product, content.title)

    def _view(self, url: str, page: ProductPage, page_title: str) -> ProductView:
        facts = page.facts if page.facts.asks else replace(page.facts, price=None, currency=None, list_price=None)
        dollars = None if facts.asks is None else self._dollars(*facts.asks)
        told = asdict(facts) | {
            "url": url,
            "title": facts.title or page_title,
            "description": page.description,
            "dollars": None if dollars is None else round(dollars, 2),
            "retailer": page.retailer or host_of(url).removeprefix("www."),
            "category": page.category,
            "source": page.source,
            "problems": _problems(facts, page, dollars),
        }
        return ProductView.model_validate(told)


def _refusal(error: PageError) -> InvalidInputError | UnavailableError:
    if error.may_pass:
        return UnavailableError(f"the page cannot be read now: {error}")
    if error.is_gone:
        return InvalidInputError(f"there is no such page: its server answers {error}", _FIELD)
    if error.status in (401, 403, 451):
        return InvalidInputError(f"the shop shows this page to no program: its server answers {error}", _FIELD)
    return InvalidInputError(str(error), _FIELD)


def _why_no_product(content: PageContent) -> str:
    if content.has_several:
        return "there are several products on this page: give the address of one of them"
    named = f" of “{content.title[:120]}”" if content.title else ""
    return f"no product is described in the structured data (JSON-LD, microdata, OpenGraph){named}: describe it in words instead"


def _problems(facts: PageFacts, page: ProductPage, dollars: float | None) -> list[str]:
    found = []
    if facts.asks is None:
        found.append("the page names no single price")
    elif dollars is None:
        found.append(f"there is no exchange rate for {facts.currency}")
    if facts.is_sold_out:
        found.append("the page says that it is sold out")
    if not facts.title:
        found.append("the page names the product in its title alone")
    if not page.description:
        found.append("the page describes the product by its name alone")
    return found
