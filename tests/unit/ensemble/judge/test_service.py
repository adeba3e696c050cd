"""Judging an offer: what the pricers are asked, what is told of each piece of evidence, and of a seller's list price."""

import asyncio

import pytest

from common.judging import Judgement
from common.pricing import ItemError
from common.problem import problem
from ensemble.judge.service import TURN, Judge
from tests.unit.ensemble.judge.judges import MODEL, Pricer, answer, request

EDITOR = {"kind": "next_best", "price": 180, "said_by": "editor", "words": "you would pay $80 more elsewhere"}


async def judged(pricer: Pricer, price: float = 100.0, **offer: object) -> Judgement:
    (result,) = await Judge(pricer, MODEL, "1").judge([request(price, **offer)])
    assert isinstance(result, Judgement)
    return result


@pytest.mark.anyio
async def test_an_offer_is_judged_with_its_evidence_in_words() -> None:
    found = await judged(Pricer(answer()), retailer="Acme Store", references=[EDITOR], seen=[{"price": 120, "days": 30}])
    assert found.worth == pytest.approx(180, rel=0.02)
    assert found.low < found.worth < found.high
    assert found.saving == pytest.approx(80, rel=0.05)
    assert found.chance > 0.95
    assert [each.kind for each in found.evidence] == ["asked_price", "estimate", "next_best", "seen"]
    assert sum(each.weight for each in found.evidence) == pytest.approx(1, abs=0.001)
    asked, said, editor, seen = (each.words for each in found.evidence)
    assert asked == "Asked: $100 at Acme Store."
    assert "$150 ($125 to $180)" in said
    assert editor == "An editor says the lowest price elsewhere is $180 (“you would pay $80 more elsewhere”)."
    assert seen == "Offered once in the last 30 days, at $120 in the middle."


@pytest.mark.anyio
async def test_the_pricers_are_told_the_condition_and_never_the_price() -> None:
    pricer = Pricer(answer())
    await judged(pricer, condition="open-box", references=[EDITOR])
    (asked,) = pricer.asked
    assert asked.description == "Acme QX100 blender\nCondition: open box"
    assert "100" not in asked.text.replace("QX100", "")


@pytest.mark.anyio
async def test_a_list_price_that_nobody_pays_is_called_inflated() -> None:
    dear = {"kind": "list", "price": 600, "said_by": "seller"}
    found = await judged(Pricer(answer(120)), references=[dear])
    assert found.list_price
    assert (found.list_price.price, found.list_price.verdict) == (600, "inflated")
    fair = await judged(Pricer(answer(150, "exact")), references=[{**dear, "price": 140}])
    assert fair.list_price
    assert fair.list_price.verdict == "plausible"
    assert (await judged(Pricer(answer()))).list_price is None


@pytest.mark.anyio
async def test_what_is_known_of_the_product_is_told() -> None:
    exact, unknown = await judged(Pricer(answer(match="exact"))), await judged(Pricer(answer(known=False)))
    assert (exact.identified, exact.known) == (True, True)
    assert "found by name: Acme QX100" in exact.evidence[1].words
    assert (unknown.identified, unknown.known) == (False, False)
    assert "nothing like it is known" in unknown.evidence[1].words


@pytest.mark.anyio
async def test_an_offer_whose_product_cannot_be_priced_costs_the_others_nothing() -> None:
    failed = ItemError(error=problem(503, "no pricer answered"))
    first, second = await Judge(Pricer(failed, answer()), MODEL, "1").judge([request(), request()])
    assert first == failed
    assert isinstance(second, Judgement)


def test_others_get_their_turn_while_many_offers_are_judged() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def run() -> int:
        counting = asyncio.create_task(count())
        found = await Judge(Pricer(*[answer()] * 100), MODEL, "1").judge([request()] * 100)
        counting.cancel()
        return len(found)

    assert asyncio.run(run()) == 100
    assert turns >= 100 // TURN
