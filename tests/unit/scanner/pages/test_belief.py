"""The feed's own price comes first, then the page's, then the title's; where page and title differ both are kept."""

from dataclasses import replace

import pytest

from scanner.pages.belief import believed, enriched, page_candidate
from scanner.pages.page_data import PageFacts
from scanner.prices.candidate import Candidate
from scanner.prices.rule_extractor import Extraction, extract
from tests.unit.scanner.fakes import entry

PAGE = PageFacts(title="Acme Drill QX100", price=59.99, currency="USD")


def believe(title: str, page: PageFacts = PAGE, **read: object) -> Extraction:
    return believed(replace(extract(title, ""), **read), entry(title), page)  # type: ignore[arg-type]


def test_the_page_is_more_exact_than_a_title() -> None:
    found = believe("Acme Drill for $60")
    assert (found.price, found.price_source) == (59.99, "page")


def test_the_feeds_own_price_comes_before_the_page() -> None:
    found = believe("Acme Drill for $60", price_source="feed")
    assert (found.price, found.price_source) == (60.0, "feed")


def test_a_title_without_a_price_is_priced_by_its_page() -> None:
    found = believe("Acme Drill QX100")
    assert (found.price, found.currency, found.kind, found.price_source) == (59.99, "USD", "priced", "page")


@pytest.mark.parametrize(
    "title",
    [
        "Acme Plan for $9.99 per month",
        "Acme Tools: From $5",
        "Acme Tools Sale",
        "Win an Acme Drill",
        "Acme Phone (activation required)",
    ],
)
def test_a_page_makes_no_price_of_what_has_none(title: str) -> None:
    assert believe(title).price is None


@pytest.mark.parametrize("text", ["Get it with a 2-year contract.", "Save on everything at Acme."])
def test_a_page_makes_no_price_of_what_its_text_says_has_none(text: str) -> None:
    given = entry("Acme Phone X", text=text)
    assert believed(extract(given.title, given.text), given, PAGE).price is None


@pytest.mark.parametrize(
    "page",
    [replace(PAGE, price=79.99), replace(PAGE, currency="CAD"), replace(PAGE, price=None), replace(PAGE, currency=None)],
)
def test_a_page_that_says_something_else_is_not_believed(page: PageFacts) -> None:
    found = believe("Acme Drill for $60", page)
    assert (found.price, found.currency, found.price_source) == (60.0, "USD", "rules")


def test_what_a_page_says_is_told_beside_what_the_deal_says() -> None:
    told = entry("Acme Drill for $60")
    read = extract(told.title, "")
    assert page_candidate(read, told, PAGE) == Candidate(59.99, "USD", "page", "its page's structured data")
    assert page_candidate(read, told, replace(PAGE, price=None)) is None


def test_a_page_before_a_coupon_says_nothing_against_the_deal() -> None:
    told = entry("Acme Drill for $60 w/ coupon")
    read = extract(told.title, "")
    assert page_candidate(read, told, replace(PAGE, price=79.99)) is None
    assert page_candidate(read, told, replace(PAGE, price=49.99)) is not None


def test_a_page_may_say_that_a_thing_is_not_new_and_never_that_it_is() -> None:
    assert believe("Acme Drill for $60", replace(PAGE, condition="refurbished")).condition == "refurbished"
    assert believe("Refurbished Acme Drill for $60", replace(PAGE, condition="new")).condition == "refurbished"


def test_a_former_price_is_taken_from_the_page_where_the_deal_names_none() -> None:
    assert believe("Acme Drill for $60", replace(PAGE, list_price=99.0)).list_price == 99.0
    assert believe("Acme Drill for $60", replace(PAGE, list_price=50.0)).list_price is None


def test_brand_and_model_enrich_a_text_that_does_not_name_them() -> None:
    page = replace(PAGE, brand="Acme", model="QX100")
    assert enriched(entry("Cordless drill", text="A drill"), page).text == "A drill. Brand: Acme. Model: QX100."
    assert enriched(entry("Acme QX100", text="A drill."), page).text == "A drill."
    assert enriched(entry("Cordless drill", text=""), page).text == "Brand: Acme. Model: QX100."
