"""Which prices a person is asked about, and which not."""

import asyncio

import pytest

from scanner.prices.price_reader import PriceReader
from scanner.prices.rule_extractor import Extraction
from scanner.review.doubt import why_doubted, why_unclear
from tests.unit.scanner.fakes import FakeModel, entry


def read(title: str, model: Extraction | None = None, **values: object) -> Extraction:
    return asyncio.run(PriceReader(FakeModel(model) if model else None).read(entry(title, **values), "USD"))


def said(price: float | None, kind: str = "priced") -> Extraction:
    return Extraction(price, None, kind, "new", "USD", price_source="model")


def test_each_who_reads_a_price_is_a_candidate_with_its_words() -> None:
    found = read("Acme QX100 Drill for $60 + free shipping", price=59.99, price_currency="USD")
    assert [(each.source, each.price, each.currency) for each in found.candidates] == [
        ("feed", 59.99, "USD"),
        ("rules", 60.0, "USD"),
    ]
    assert found.candidates[1].words == "Acme QX100 Drill for $60 + free shipping"
    assert why_doubted(found) is None


@pytest.mark.parametrize("element", [59.99, 60.5, 60.99, 59.01, 61.0])
def test_a_title_that_is_rounded_is_no_doubt(element: float) -> None:
    assert why_doubted(read("Acme QX100 Drill for $60", price=element, price_currency="USD")) is None


@pytest.mark.parametrize(("title", "element"), [("Acme QX100 Drill for $60", 62.0), ("Acme QX100 Drill for $600", 60.0)])
def test_feed_and_title_that_differ_are_a_doubt(title: str, element: float) -> None:
    why = why_doubted(read(title, price=element, price_currency="USD"))
    assert why is not None
    assert why.startswith(f"the feed says {element:,.2f} USD, the title says")


def test_a_dollar_that_is_little_of_a_price_is_no_doubt() -> None:
    assert why_doubted(read("Acme QX100 Drill for $1,000", price=1_015.0, price_currency="USD")) is None


def test_another_currency_of_the_element_is_a_doubt() -> None:
    found = read("Acme QX100 Drill for A$60", price=60.0, price_currency="USD")
    assert why_doubted(found) == "the feed says 60.00 USD, the title says 60.00 AUD: which is it?"


def test_what_the_model_says_against_the_title_is_a_doubt() -> None:
    found = read("Acme QX100 Drill for $60", model=said(40.0))
    assert [each.source for each in found.candidates] == ["model", "rules"]
    assert why_doubted(found) == "the model says 40.00 USD, the title says 60.00 USD: which is it?"


def test_the_model_is_not_asked_where_the_feed_is_believed() -> None:
    found = read("Acme QX100 Drill for $60", model=said(40.0), price=60.0, price_currency="USD")
    assert [each.source for each in found.candidates] == ["feed", "rules"]


@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Acme QX100 Drill for $60, QX200 for $80", {"price": 80.0}),  # a title of several things: each may mean another
        ("Acme QX100 Drill from $60", {"price": 80.0}),
        ("Acme drill sale: up to 50% off", {"price": 5.0, "deal_type": "sale"}),
        ("Acme QX100 Phone for $60 (activation required)", {"price": 99.0}),
    ],
)
def test_what_is_refused_on_purpose_is_no_doubt(title: str, values: dict[str, object]) -> None:
    found = read(title, price_currency="USD", **values)
    assert why_doubted(found) is None
    assert why_unclear(title, found) is None


@pytest.mark.parametrize(
    ("title", "text", "named"),
    [
        ("Acme QX1200 Drill: $1 ,299", "", "it is not sure what number stands in"),
        ("Crucial MX500 2TB SATA SSD ($230-46=183) Prime Day", "", "named is 230.00 USD"),
        ("Acme QX1200 Drill is back", "It is sold at $199 again.", "named is 199.00 USD"),
    ],
)
def test_a_product_with_an_amount_that_is_not_plainly_its_price_is_unclear(title: str, text: str, named: str) -> None:
    why = why_unclear(title, read(title, text=text))
    assert why is not None
    assert named in why


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Acme QX1200 Drill is back", "Nothing is said of money."),
        ("Acme QX1200 Drill $20/mo", ""),
        ("Acme QX1200 Drill from $19", ""),
        ("Up to 50% off Acme QX1200 Drills", ""),
        ("2 for $30: Acme QX1200 Drill", ""),
        ("[Discussion] is the Acme QX1200 worth it at $90?", "It costs $90."),
        ("Acme QX1200 Drill giveaway", "Worth $999."),
        ("$20 for $40 Acme gift card", ""),
        ("Men's shoes", "They cost $40."),
        ("Acme QX1200 Drill for parts", "Yours at $20."),
    ],
)
def test_nobody_is_asked_about_what_has_no_price_for_a_reason_or_names_no_amount(title: str, text: str) -> None:
    assert why_unclear(title, read(title, text=text)) is None
