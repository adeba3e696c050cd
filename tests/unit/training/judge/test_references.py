"""Readings are judged by a label's kind and price, and by whether the text bears them; a label's own errors are not ours."""

from typing import Any

import pytest

from common.judging import Reference
from scanner.references.offer import Offer
from training.judge.references import Reading, is_borne_out, read_deals, references_read


def deal(text: str, kind: str, price: float, **others: Any) -> dict[str, Any]:
    """A record like those of deals-market, whose quote is the text itself."""
    row = {"title": "Acme Lamp for $100", "text": text, "price": 100.0, "market_price": price, "market_kind": kind}
    return row | {"market_quote": text, "text_states_market": True, "basis": "same offer kind", "currency": "USD"} | others


def only(record: dict[str, Any]) -> Reading:
    (reading,) = read_deals([record])
    return reading


@pytest.mark.parametrize(
    ("text", "kind", "price"),
    [
        ("That is the lowest price we could find by $20.", "next_best", 120.0),
        ("That is the lowest price we could find by $20.", "next_best", 121.0),  # rounded to whole dollars
        ("The previous low was $90.", "history", 90.0),
        ("It was $150.", "regular", 150.0),
        ("It has an MSRP of $150.", "list", 150.0),
    ],
)
def test_kind_and_price_make_it_right(text: str, kind: str, price: float) -> None:
    reading = only(deal(text, kind, price))
    assert reading.is_right
    assert not reading.is_false


@pytest.mark.parametrize(("kind", "price"), [("list", 150.0), ("next_best", 150.0)])
def test_another_kind_is_neither_right_nor_against_the_text(kind: str, price: float) -> None:
    reading = only(deal("It was $150.", kind, price))
    assert not reading.is_right
    assert not reading.is_false


def test_the_labels_kind_at_another_price_is_false() -> None:
    reading = only(deal("It was $150.", "regular", 170.0))
    assert not reading.is_right
    assert reading.is_false


def test_a_label_that_a_field_gave_leaves_the_claims_kind_open() -> None:
    assert only(deal("It was $150.", "list", 150.0, market_quote="old_price 150.00")).is_right


def test_for_a_used_thing_a_label_of_a_new_one_is_met_by_its_kind() -> None:
    text = "That's $60 less than you'd pay for a new one."
    assert only(deal(text, "next_best", 160.0, title="Refurb Acme Lamp for $100", basis="new unit")).is_right
    assert not only(deal(text, "next_best", 160.0, title="Refurb Acme Lamp for $100")).is_right


def test_other_currencies_are_left_out() -> None:
    assert list(read_deals([deal("It was $150.", "regular", 150.0, currency="CAD")])) == []


def test_shares_are_of_the_texts_that_state_a_price() -> None:
    records = [
        deal("It was $150.", "regular", 150.0),
        deal("A nice lamp.", "regular", 150.0),
        deal("It was $150.", "regular", 190.0, text_states_market=False),
        deal("A nice lamp.", "regular", 150.0, text_states_market=False),
    ]
    assert references_read(read_deals(records)).as_json() == {"right": 0.5, "false": 0.5, "n": 2}


def test_of_no_text_nothing_is_said() -> None:
    assert references_read([]).as_json() == {"right": 0.0, "false": 0.0, "n": 0}


@pytest.mark.parametrize(
    ("words", "price", "start", "is_so"),
    [
        ("was $150", 150.0, 22, True),
        ("was $150", 250.0, 22, True),  # a sum with the asked price
        ("was $150", 151.0, 22, False),
        ("was $150", 150.0, 21, False),  # not there
        ("was $150", 150.0, None, False),
    ],
)
def test_what_bears_a_reference_out(words: str, price: float, start: int | None, is_so: bool) -> None:
    offer = Offer("Acme Lamp for $100", "It was $150.", 100.0)
    end = None if start is None else start + len(words)
    reference = Reference(kind="was", price=price, said_by="seller", words=words, start=start, end=end)
    assert is_borne_out(reference, offer) == is_so


def test_a_deal_that_names_no_currency_is_in_dollars() -> None:
    (reading,) = read_deals([{"title": "Acme Lamp for $100", "price": 100.0, "market_price": 150.0, "market_kind": "list"}])
    assert (reading.market_price, reading.is_stated) == (150.0, False)
