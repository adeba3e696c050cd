"""The model's references come first where they hold; the rules' remain where it has no answer."""

import asyncio

from common.judging import Reference
from scanner.references.offer import Offer
from scanner.references.reader import ReferenceReader
from tests.unit.scanner.fakes import FakeReferences

OFFER = Offer("Acme Lamp for $100", "It was $175.", 100.0)
MODELS = Reference(kind="list", price=180.0, said_by="seller", words="tag says 180")


def kinds(model: FakeReferences | None, offer: Offer = OFFER) -> list[str]:
    return [each.kind for each in asyncio.run(ReferenceReader(model).read(offer))]


def test_the_rules_read_where_there_is_no_model() -> None:
    assert kinds(None) == ["was"]


def test_the_models_answer_comes_first() -> None:
    assert kinds(FakeReferences((MODELS,))) == ["list"]


def test_that_there_is_none_is_an_answer() -> None:
    assert kinds(FakeReferences(())) == []


def test_the_rules_remain_where_the_model_has_no_answer() -> None:
    assert kinds(FakeReferences(None)) == ["was"]


def test_in_another_currency_the_model_is_not_even_asked() -> None:
    model = FakeReferences((MODELS,))
    assert kinds(model, Offer("Acme Lamp for $100", "It was $175.", 100.0, currency="AUD")) == []
    assert model.offers == []


def test_others_get_their_turn_while_many_deals_are_read() -> None:
    offers = [Offer("Acme Lamp for $100", "It was $175, $20 less than elsewhere. " * 20, 100.0 + number) for number in range(200)]

    async def run() -> int:
        reader, turns = ReferenceReader(), 0
        reading = asyncio.gather(*(reader.read(each) for each in offers))
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(run()) > len(offers)
