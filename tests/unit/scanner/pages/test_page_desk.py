"""A person who gives an address gets the product, or the reason why there is none."""

import asyncio
from collections.abc import Mapping

import pytest

from common.errors import DeadlineExceededError, InvalidInputError, OverloadedError, UnavailableError
from scanner.pages.desk import AT_ONCE, PageDesk
from scanner.pages.page_data import SOLD_OUT, PageError, PageFacts
from scanner.pages.product_page import PageContent
from scanner.pages.schemas import ProductView
from tests.unit.scanner.fakes import FakePages

URL = "https://www.shop.example/1"
DRILL = PageFacts(title="Acme Drill", price=100.0, currency="EUR", list_price=150.0, availability="in stock")
RATES = {"USD": 1.0, "EUR": 1.1}


def dollars(price: float | None, currency: str) -> float | None:
    return None if price is None or currency not in RATES else price * RATES[currency]


def desk(pages: Mapping[str, PageFacts | Exception | None], hold: float = 0.0, seconds: float = 5.0) -> PageDesk:
    return PageDesk(FakePages(pages, hold), dollars, lambda url: "10.0.0.1 is private" if "10.0.0.1" in url else None, seconds)


def read(page: PageFacts | Exception | None, url: str = URL) -> ProductView:
    return asyncio.run(desk({URL: page}).read(url))


def test_a_product_comes_with_its_price_in_dollars_too() -> None:
    found = read(DRILL)
    assert (found.title, found.price, found.currency, found.dollars, found.list_price) == ("Acme Drill", 100.0, "EUR", 110.0, 150.0)
    assert (found.description, found.retailer, found.source, found.problems) == ("Words of its page.", "Acme Store", "json-ld", [])


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (PageFacts(title="Acme Drill"), "names no single price"),
        (PageFacts(title="Acme Drill", price=9.0), "names no single price"),
        (PageFacts(title="Acme Drill", price=9.0, currency="XAF"), "no exchange rate for XAF"),
        (PageFacts(title="Acme Drill", price=9.0, currency="USD", availability=SOLD_OUT), "sold out"),
        (PageFacts(price=9.0, currency="USD"), "in its title alone"),
    ],
)
def test_what_is_missing_or_doubtful_is_said(facts: PageFacts, problem: str) -> None:
    found = read(facts)
    assert [each for each in found.problems if problem in each]
    assert (found.price is None) == (found.currency is None)
    assert found.title


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://shop.example/1", "http or https"),
        ("javascript:alert(1)", "http or https"),
        ("shop.example/1", "http or https"),
        ("http://", "http or https"),
        ("http://me:secret@shop.example/", "without a user name"),
        ("http://10.0.0.1/", "private"),
    ],
)
def test_an_address_that_cannot_be_a_page_s_is_refused_unasked(url: str, why: str) -> None:
    pages = FakePages({})
    with pytest.raises(InvalidInputError, match=why) as refused:
        asyncio.run(PageDesk(pages, dollars, lambda each: "private" if "10.0" in each else None).read(url))
    assert (refused.value.field, pages.asked) == ("url", [])


@pytest.mark.parametrize(
    ("given", "error", "why"),
    [
        (None, InvalidInputError, "no product is described .* of “Page”"),
        (PageError("HTTP 404", status=404), InvalidInputError, "no such page.*HTTP 404"),
        (PageError("HTTP 403", status=403), InvalidInputError, "to no program.*HTTP 403"),
        (PageError("application/pdf, which is no page", status=200), InvalidInputError, "application/pdf"),
        (PageError("HTTP 503", status=503, may_pass=True), UnavailableError, "cannot be read now"),
        (PageError("no complete answer within 10 s", may_pass=True), UnavailableError, "within 10 s"),
    ],
)
def test_a_page_that_tells_nothing_says_why(given: Exception | None, error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why):
        read(given)


def test_a_list_of_goods_is_refused_as_one() -> None:
    class Listing(FakePages):
        async def look(self, url: str) -> tuple[str, PageContent]:
            return url, PageContent(has_several=True)

    with pytest.raises(InvalidInputError, match="several products"):
        asyncio.run(PageDesk(Listing({}), dollars, lambda _: None).read(URL))


def test_a_page_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(DeadlineExceededError, match=r"within 0\.05 s"):
        asyncio.run(desk({URL: DRILL}, hold=60.0, seconds=0.05).read(URL))


def test_only_a_few_pages_are_read_at_once() -> None:
    async def run() -> list[ProductView | BaseException]:
        asked = desk({URL: DRILL}, hold=0.02)
        found = await asyncio.gather(*(asked.read(URL) for _ in range(AT_ONCE + 2)), return_exceptions=True)
        return [*found, await asked.read(URL)]

    found = asyncio.run(run())
    assert sum(isinstance(each, OverloadedError) for each in found) == 2
    assert isinstance(found[-1], ProductView)
