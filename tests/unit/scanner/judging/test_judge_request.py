"""What the ensemble is asked about a deal."""

from typing import Any

import pytest

from common.judging import MAX_REFERENCES, Reference, Seen
from scanner.judging.judge_request import request_of
from tests.unit.scanner.fakes import stored

WAS = {"kind": "was", "price": 90.0, "said_by": "seller"}


def test_the_ensemble_is_asked_about_the_product_and_told_the_offer() -> None:
    deal = stored(
        title="Acme Drill for $60 + free shipping", description="It has two gears. Use code X to save $20.", references=[WAS]
    )
    request = request_of(deal, 60.0, [Seen(price=80.0, days=9.0, retailer="Acme")])
    assert (request.title, request.description, request.category) == ("Acme Drill", "It has two gears.", "Tools")
    offer = request.offer
    assert (offer.price, offer.condition, offer.retailer) == (60.0, "new", "Acme")
    assert offer.references == (Reference.model_validate(WAS),)
    assert [(each.price, each.days) for each in offer.seen] == [(80.0, 9.0)]


@pytest.mark.parametrize("text", ["", "Use code X to save $20."])
def test_without_a_word_of_the_product_its_title_describes_it(text: str) -> None:
    assert request_of(stored(description=text), 60.0).description == "Acme Drill"


def test_what_is_too_long_for_the_contract_is_cut() -> None:
    long: dict[str, Any] = {"title": "word " * 900, "description": "gear " * 9000, "retailer": "R" * 900, "category": "C" * 900}
    request = request_of(stored(**long, references=[WAS] * 30), 60.0)
    assert (len(request.offer.retailer), len(request.category or ""), len(request.offer.references)) == (200, 300, MAX_REFERENCES)
