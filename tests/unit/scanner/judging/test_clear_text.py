"""What a chat model writes of a deal is believed as far as the deal bears it out."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from common.judging import Judgement, JudgeRequest, Seen
from scanner.deal_data import PastOffer, StoredDeal
from scanner.judging.clear_text import MOST_CHOSEN, ClearDeals, borne_out
from scanner.judging.informed_judge import InformedJudge
from tests.unit.scanner.fakes import FakeJudge, stored

TITLE = "Acme QX900 Gaming Laptop for $899.99"
TEXT = "That is $350 off. The laptop has a 15.6-inch display, 16 GB of memory and a quiet fan. Ships free with code DEAL."
LAPTOP = stored(id=7, title=TITLE, description=TEXT, price=899.99)
GOOD = "A gaming laptop with a 15.6-inch display, 16 GB of memory and a quiet fan."


def held(price: float = 899.99, description: str = GOOD, number: int = 7) -> dict[int, str]:
    said = {"id": number, "price": price, "description": description}
    return borne_out(ClearDeals.model_validate({"deals": [said]}), [LAPTOP])


def test_a_text_that_the_deal_bears_out_is_taken() -> None:
    assert held() == {7: GOOD}


@pytest.mark.parametrize("price", [350.0, 1249.99, 0.0, -899.99])
def test_an_amount_off_or_an_invented_price_is_not(price: float) -> None:
    assert held(price=price) == {}


@pytest.mark.parametrize(
    "description",
    [
        GOOD.replace("16 GB", "32 GB"),
        GOOD.replace("15.6", "17.3"),
        f"{GOOD} Now $899.99.",
        "Splendid titanium workstation including wireless keyboard, mouse, bag.",
        "A laptop.",
        "laptop " * 400,
        "",
    ],
)
def test_a_text_with_what_the_deal_does_not_say_or_with_a_price_is_not(description: str) -> None:
    assert held(description=description) == {}


def test_a_deal_of_no_batch_is_not_and_each_counts_once() -> None:
    assert held(number=8) == {}
    said = [{"id": 7, "price": 899.99, "description": text} for text in (GOOD, GOOD + " Quiet.")]
    assert borne_out(ClearDeals.model_validate({"deals": said}), [LAPTOP]) == {7: GOOD}


def test_no_more_are_taken_than_were_asked_for() -> None:
    deals = [LAPTOP.model_copy(update={"id": number}) for number in range(9)]
    said = [{"id": number, "price": 899.99, "description": GOOD} for number in range(9)]
    assert sorted(borne_out(ClearDeals.model_validate({"deals": said}), deals)) == list(range(MOST_CHOSEN))


class Rewrites:
    """Writes one deal anew."""

    async def rewrite(self, deals: Sequence[StoredDeal]) -> Mapping[int, str]:
        return {7: GOOD}


class NoMemory:
    """Remembers nothing."""

    async def earlier(self, of: Sequence[PastOffer]) -> list[tuple[Seen, ...]]:
        return [() for _ in of]


def test_the_judge_is_asked_by_the_new_text_and_of_others_by_their_own() -> None:
    judge = FakeJudge()

    async def run() -> list[Judgement | None]:
        informed = InformedJudge(judge, NoMemory(), lambda price, _: price, Rewrites())
        return await informed.judge([LAPTOP, stored(description="It has two gears.")])

    assert len(asyncio.run(run())) == 2
    asked: Sequence[JudgeRequest] = judge.calls[0]
    assert [request.description for request in asked] == [GOOD, "It has two gears."]


def test_a_model_may_count_the_shipping_or_not() -> None:
    shipped = stored(id=7, title=f"{TITLE} + $20 shipping", description=TEXT, price=919.99, shipping=20.0)
    for price, found in {919.99: {7: GOOD}, 899.99: {7: GOOD}, 20.0: {}}.items():
        said = {"id": 7, "price": price, "description": GOOD}
        assert borne_out(ClearDeals.model_validate({"deals": [said]}), [shipped]) == found
