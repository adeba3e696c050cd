"""Shipping is read where one amount is stated for everybody, and is no part of what the readers of prices say."""

import json
from pathlib import Path

import pytest

from scanner.prices.rule_extractor import Extraction, extract
from scanner.prices.shipping import Shipping, read_shipping, with_shipping


def read(title: str, text: str = "") -> Shipping:
    found = extract(title, text)
    assert found.price is not None
    return read_shipping(title, text, found.price, found.currency)


@pytest.mark.parametrize(
    ("title", "amount"),
    [
        ("Acme PC for $1,300 + $14.99 shipping", 14.99),
        ("Acme Drill $50, $10 s&h", 10.0),
        ("Acme Drill $50 + $5.99 S/H", 5.99),
        ("Acme Drill $50 plus $4 flat-rate shipping", 4.0),
        ("Acme Drill $50 + $6 delivery", 6.0),
        ("Acme Drill $50 + shipping $5.99", 5.99),
        ("Acme Drill $50, delivery fee: $6", 6.0),
        ("Acme Drill $50 (shipping $5)", 5.0),
        ("Acme Drill for $60 + free shipping", 0.0),
        ("Acme Drill for $60 w/ free shipping", 0.0),
        ("Acme Drill $60 + Free S&H", 0.0),
        ("Acme Drill $60, ships free", 0.0),
        ("Acme Drill for $60 w/ Prime + free shipping", 0.0),
    ],
)
def test_one_amount_for_everybody_is_read(title: str, amount: float) -> None:
    assert read(title) == Shipping(amount)


@pytest.mark.parametrize(
    "title",
    [
        "Acme Drill for $60",
        "Acme Drill for $60 + free shipping w/ Prime",
        "Acme Drill for $60 + free shipping on orders over $75",
        "Acme Drill for $60 + Free S&H w/ $35+",
        "Acme Drill for $60 + free shipping for members",
        "Acme Drill for $60 + free delivery or pickup",
        "Acme Drill for $60 + shipping",
        "Acme Drill for $60 + shipping from $4.99",
        "Acme Drill for $60 (free shipping with Amazon Prime)",
        "Acme Drill for $60 + shipping from $4.99 shipping",
        "Acme Drill for $60 + $5 shipping or $9 shipping",
        "Acme Drill for $60 + £5 shipping",
        "Acme Drill for $60, avoid the $6.99 shipping",
    ],
)
def test_what_depends_on_who_buys_is_not_known(title: str) -> None:
    assert read(title).amount is None


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Acme Card - $124 ($120 + $4 shipping)", Shipping(4.0, is_included=True)),
        ("Acme Card - $124 ($120 + shipping $4)", Shipping(4.0, is_included=True)),
        ("Acme Drill $50 shipped", Shipping(0.0, is_included=True)),
        ("Acme Drill $50 (shipping included)", Shipping(0.0, is_included=True)),
    ],
)
def test_a_price_that_holds_the_shipping_is_not_raised_by_it(title: str, expected: Shipping) -> None:
    assert read(title) == expected
    assert with_shipping(extract(title, ""), title, "").price == extract(title, "").price


def test_a_price_is_that_of_the_thing_wherever_its_shipping_stands() -> None:
    for title in ("Acme Tent $199 + shipping $15", "Acme Tent $199 + $15 shipping"):
        found = extract(title, "")
        assert (found.price, found.has_variants, with_shipping(found, title, "").price) == (199.0, False, 214.0)
    assert extract("Acme Sofa with assembly + delivery $499", "").price == 499.0  # no other amount is the price


def test_a_text_counts_where_a_sentence_says_nothing_else() -> None:
    assert read("Acme Drill for $60", "A drill. Shipping adds $14.99. Buy Now at Acme").amount == 14.99
    assert read("Acme Drill for $60", "Shipping adds $7 or orders of $99 or more ship for free.").amount is None
    assert read("Acme Drill for $60", "Opt for pickup to avoid the $6.99 shipping charge.").amount is None
    assert read("Acme Drill for $60", "Shipping adds $7. To Canada shipping adds $20.").amount is None


def test_the_whole_is_what_is_paid() -> None:
    title = "Acme PC for $1,300 + $14.99 shipping"
    whole = with_shipping(extract(title, ""), title, "")
    assert (whole.price, whole.shipping) == (1314.99, 14.99)
    assert with_shipping(whole, title, "") == whole


def test_what_has_no_price_has_no_shipping() -> None:
    nothing = Extraction(None, None, "roundup", "new", "USD")
    assert with_shipping(nothing, "Sale + $5 shipping", "") == nothing


def test_labels_count_no_shipping_and_the_extraction_says_the_same(shared_data: Path) -> None:
    rows = [json.loads(line) for line in (shared_data / "feeds" / "deals-labelled.jsonl").read_text().splitlines()]
    paid = [
        row for row in rows if row["price"] is not None and read_shipping(row["title"], row["text"], row["price"], "USD").amount
    ]
    assert paid
    for row in paid:
        price = extract(row["title"], row["text"]).price
        assert price is not None
        assert abs(price - row["price"]) <= 1.0
