"""The doors that explain a price: asked once, in one batch, and answered with what the pricers really say."""

import asyncio
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from common.errors import UnavailableError
from common.pricing import ItemError, PricedItem, PriceRequest, PriceResponse, Similar
from common.problem import problem
from ensemble.app import Fakes, create_app
from ensemble.explain.attribute_service import AttributeAdvisor
from ensemble.explain.word_service import WordReader
from ensemble.service import TimeLimit

WORTH = {"256 GB": 2.0, "512 GB": 4.0, "used": 0.5, "brushless": 1.5, "kit": 1.2}


def worth_of(text: str) -> float:
    price = 100.0
    for words, factor in WORTH.items():
        price *= factor if words in text else 1.0
    return price


class WordPricer:
    """Prices by the words of WORTH; keeps what it was asked in which batches."""

    def __init__(self, similar: Sequence[str] = (), fails: Callable[[str], bool] = lambda _: False) -> None:
        self.batches = list[list[str]]()
        self.similar, self.fails = [Similar(title=each, price=1.0, similarity=0.9) for each in similar], fails

    async def price(self, requests: Sequence[PriceRequest], seconds: float = 0.0) -> list[PricedItem]:
        self.batches.append([each.text for each in requests])
        return [self._one(each.text) for each in requests]

    def _one(self, text: str) -> PricedItem:
        if self.fails(text):
            return ItemError(error=problem(503, "too late"))
        price = worth_of(text)
        return PriceResponse(price=price, low=price / 2, high=price * 2, model="word@1", similar=self.similar)


def advise(pricer: WordPricer, description: str, title: str | None = None) -> list[tuple[str, float]]:
    found = asyncio.run(AttributeAdvisor(pricer, lambda: 2026).advise(PriceRequest(description=description, title=title)))
    assert not isinstance(found, ItemError)
    return [(each.name, each.narrowing) for each in found.attributes]


def test_the_attribute_whose_values_differ_most_in_price_comes_first() -> None:
    pricer = WordPricer()
    found = advise(pricer, "Acme phone")
    assert [name for name, _ in found] == ["storage", "condition"]  # memory and year change nothing
    assert found[0][1] > found[1][1] > 0
    assert len(pricer.batches[0]) == 1
    assert len(pricer.batches) == 2
    assert "Acme phone, 256 GB" in pricer.batches[1]
    assert "Acme phone\nCondition: used" in pricer.batches[1]
    assert "Acme phone (2022)" in pricer.batches[1]


def test_a_value_is_said_in_the_title_where_there_is_one() -> None:
    pricer = WordPricer()
    advise(pricer, "With a charger.", "Acme phone")
    assert "Acme phone, 64 GB\nWith a charger." in pricer.batches[1]


def test_of_similar_products_their_values_are_asked() -> None:
    pricer = WordPricer(["Acme phone 256 GB", "Acme phone 512 GB"])
    advise(pricer, "Acme phone")
    asked = [each for each in pricer.batches[1] if " GB" in each and "RAM" not in each]
    assert asked == [f"Acme phone, {size} GB" for size in (256, 512, 64, 128)]


def test_what_cannot_be_priced_is_left_out_and_the_shares_still_sum_to_one() -> None:
    pricer = WordPricer(fails=lambda text: "512 GB" in text or "RAM" in text)
    found = asyncio.run(AttributeAdvisor(pricer, lambda: 2026).advise(PriceRequest(description="Acme phone")))
    assert not isinstance(found, ItemError)
    storage = next(each for each in found.attributes if each.name == "storage")
    assert [each.value for each in storage.values] == ["64 GB", "128 GB", "256 GB"]
    assert sum(each.share for each in storage.values) == pytest.approx(1.0, abs=1e-3)
    assert storage.expected_width == pytest.approx(found.width * (1 - storage.narrowing), abs=1e-3)


def test_a_value_at_which_the_pricers_took_it_for_another_thing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORTH, "used", 0.3)
    assert "condition" in [name for name, _ in advise(WordPricer(), "Acme phone")]
    monkeypatch.setitem(WORTH, "used", 0.1)
    monkeypatch.setitem(WORTH, "refurbished", 0.1)
    assert "condition" not in [name for name, _ in advise(WordPricer(), "Acme phone")]


def test_where_the_text_itself_cannot_be_priced_nothing_more_is_asked() -> None:
    pricer = WordPricer(fails=lambda _: True)
    assert isinstance(asyncio.run(AttributeAdvisor(pricer, lambda: 2026).advise(PriceRequest(description="x"))), ItemError)
    assert len(pricer.batches) == 1


def reader(pricer: WordPricer) -> WordReader:
    return WordReader(pricer, TimeLimit(8.0, 0.25))


DRILL = PriceRequest(title="Drill kit", description="brushless motor, kit of 20 V")


def test_each_phrase_is_left_out_everywhere_and_told_with_its_places() -> None:
    pricer = WordPricer()
    found = asyncio.run(reader(pricer).read(DRILL))
    assert len(pricer.batches) == 1
    effects = {each.words: (each.effect, each.dollars) for each in found.phrases}
    assert effects["brushless motor"] == (round(math.log(1.5), 4), 60.0)
    assert effects["20 V"] == (0.0, 0.0)
    texts = {"title": DRILL.title or "", "description": DRILL.description}
    for each in found.phrases:
        assert {texts[place.field][place.start : place.end].lower() for place in each.places} == {each.words.lower()}


def test_what_is_said_twice_is_left_out_twice() -> None:
    pricer = WordPricer()
    found = asyncio.run(reader(pricer).read(PriceRequest(title="Drill, kit", description="A motor, kit")))
    (kit,) = [each for each in found.phrases if each.words == "kit"]
    assert [place.field for place in kit.places] == ["title", "description"]
    assert "Drill\nA motor" in pricer.batches[0]


def test_an_answer_is_kept_unless_it_lacks_something() -> None:
    whole, lacking = WordPricer(), WordPricer(fails=lambda text: "brushless" not in text)
    for pricer, batches in ((whole, 1), (lacking, 2)):
        read = reader(pricer)

        async def twice(read: WordReader = read) -> tuple[int, int]:
            return len((await read.read(DRILL)).phrases), len((await read.read(DRILL)).phrases)

        first, second = asyncio.run(twice())
        assert (first == second, len(pricer.batches)) == (True, batches)


def test_places_are_those_of_the_text_that_was_sent_though_another_of_the_same_words_was_asked_before() -> None:
    spaced = PriceRequest(title="  Drill kit", description="brushless  motor,\n\nkit of  20 V")

    async def both() -> list[str]:
        read = reader(WordPricer())
        await read.read(DRILL)
        found = await read.read(spaced)
        places = [place for each in found.phrases for place in each.places if place.field == "description"]
        return [spaced.description[place.start : place.end] for place in places]

    assert asyncio.run(both()) == ["brushless  motor", "kit", "20 V"]


def test_a_text_of_one_phrase_has_none_that_could_be_left_out() -> None:
    assert asyncio.run(reader(WordPricer()).read(PriceRequest(description="kettle"))).phrases == []


def test_a_specialist_without_a_price_is_said() -> None:
    with pytest.raises(UnavailableError, match="too late"):
        asyncio.run(reader(WordPricer(fails=lambda _: True)).read(DRILL))


class OddPricer(WordPricer):
    """Gives `odd` as the price of one text."""

    def __init__(self, text: str, odd: float) -> None:
        super().__init__()
        self.text, self.odd = text, odd

    def _one(self, text: str) -> PricedItem:
        answer = super()._one(text)
        return answer.model_copy(update={"price": self.odd}) if text == self.text else answer


@pytest.mark.parametrize("odd", [0.0, -1.0, math.nan, math.inf])
def test_a_price_that_cannot_be_is_no_answer(odd: float) -> None:
    told = asyncio.run(reader(OddPricer("brushless motor, kit of 20 V", odd)).read(DRILL))  # without "Drill kit"
    assert [each.words for each in told.phrases] == ["brushless motor", "kit", "20 V"]
    with pytest.raises(UnavailableError, match="cannot be"):
        asyncio.run(reader(OddPricer(DRILL.text, odd)).read(DRILL))


def test_both_are_doors() -> None:
    fakes = Fakes(pricer=WordPricer(), specialist=WordPricer(), now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    with TestClient(create_app(fakes)) as client:
        attributes = client.post("/price/attributes", json={"description": "Acme phone"})
        words = client.post("/price/words", json={"description": "brushless motor, kit"})
        refused = [client.post(path, json={"title": "x"}) for path in ("/price/attributes", "/price/words")]
    assert (attributes.status_code, attributes.json()["attributes"][0]["name"], attributes.json()["kind"]) == (
        200,
        "storage",
        "phone",
    )
    assert (words.status_code, words.json()["phrases"][0]["words"]) == (200, "brushless motor")
    assert [(each.status_code, each.json()["errors"][0]["field"]) for each in refused] == [(422, "description")] * 2


def test_without_a_specialist_words_are_not_told() -> None:
    with TestClient(create_app(Fakes(pricer=WordPricer()))) as client:
        refused = client.post("/price/words", json={"description": "brushless motor, kit"})
    assert (refused.status_code, "specialist" in refused.json()["detail"]) == (503, True)
