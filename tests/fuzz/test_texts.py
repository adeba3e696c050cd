"""Prices and references are read off any text: without an exception, nothing that does not stand there, and in no long time."""

import math
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.judging.product_key import product_key
from scanner.prices.legible_text import legible
from scanner.prices.product_text import product_description, product_title
from scanner.prices.rule_extractor import MAX_TEXT, MAX_TITLE, PRICED, extract
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules
from tests.fuzz.texts import REPEATED, TEXTS

TITLES = ["Acme Drill for $129.99", "Acme TV $1,299", "Acme Lamp 12,50 EUR", "2 Acme Chairs for $59", "Acme Kit $45, was $90"]
# Zero-width space and joiners, soft hyphen, byte order mark, marks of direction.
UNSEEN = ["\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u200e", "\u202c"]
PRICES = st.floats(0.01, 100_000).map(lambda amount: round(amount, 2))


@given(TEXTS, TEXTS)
@example("Screws $.1", "")
def test_a_price_is_a_number_that_stands_in_the_text(title: str, text: str) -> None:
    found = extract(title, text)
    assert (found.kind == PRICED) == (found.price is not None)
    if found.price is not None:
        assert 0 < found.price < math.inf
        assert stands_in(found.price, f"{title} {text}"), found.price
    assert found.list_price is None or found.price is None or found.price < found.list_price < math.inf


def stands_in(price: float, text: str) -> bool:
    """Whether its digits do, whatever separates them; of cents, also without a dot, and of tenths without a whole."""
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text).translate(_DECIMALS))
    return any(
        form in digits
        for form in (
            f"{price:.2f}".replace(".", ""),
            f"{price:.0f}",
            f"{price:.1f}".replace(".", ""),
            f"{price * 100:.0f}",
            f"{price:.1f}".removeprefix("0."),
        )
    )


_DECIMALS = {
    ord(chr(point)): str(unicodedata.digit(chr(point)))
    for point in range(0x80, 0x1FFFF)
    if unicodedata.category(chr(point)) == "Nd"
}


@given(TEXTS, TEXTS, PRICES, st.sampled_from(["new", "used", "refurbished", "open-box"]))
def test_a_reference_stands_where_it_says_and_is_no_wild_number(title: str, text: str, price: float, condition: str) -> None:
    offer = Offer(title, text, price, condition)
    for found in read_by_rules(offer):
        assert found.start is not None
        assert found.end is not None
        assert offer.whole[found.start : found.end] == found.words
        assert price / 101 < found.price < price * 101


@given(TEXTS)
def test_a_product_has_a_name_wherever_its_deal_has_one(title: str) -> None:
    assert bool(product_title(title)) == bool(title.strip())
    assert len(product_key(title) or "") <= 300


@given(TEXTS)
@example("Acme 15´ rope")  # an apostrophe of another alphabet is told as ours
def test_a_description_says_nothing_new(text: str) -> None:
    assert set(product_description(text).split()) <= set(legible(text).split())


@given(REPEATED)
@pytest.mark.timeout(60)
def test_no_repetition_keeps_a_reader_busy(piece: str) -> None:
    title, text = (piece * MAX_TITLE)[:MAX_TITLE], (piece * MAX_TEXT)[:MAX_TEXT]
    extract(title, text)
    read_by_rules(Offer(title, text, 100.0))
    product_key(title)
    product_description(text)


@given(st.sampled_from(TITLES), st.sampled_from(UNSEEN), st.data())
def test_what_nobody_sees_may_hide_a_price_and_never_changes_it(title: str, unseen: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(title)))
    seen, disturbed = extract(title, ""), extract(title[:at] + unseen + title[at:], "")
    assert disturbed.price is None or (disturbed.price, disturbed.currency) == (seen.price, seen.currency)
