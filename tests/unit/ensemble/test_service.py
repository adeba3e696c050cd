"""The ensemble answers with what is there, and says what is not."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from common.errors import UnavailableError
from common.pricing import PricedItem, PriceRequest, PriceResponse, Similar
from ensemble.combine import Weights, subset_key
from ensemble.rule import Factors, Interval, Rule, Shift
from ensemble.service import Ensemble, TimeLimit
from tests.unit.ensemble.flat_rules import NO_SHIFT, NO_WORDS, WIDE

NAMES = ("frontier-rag", "random-forest", "specialist")


def equal_weights() -> Weights:
    """The geometric mean of whoever is there, with an interval of a factor of e on both sides."""
    return rules_with(WIDE)


def rules_with(interval: Interval) -> Weights:
    """The same with another interval."""
    subsets = [[n for i, n in enumerate(NAMES) if mask >> i & 1] for mask in range(1, 8)]
    rules = {subset_key(s): Rule(dict.fromkeys(s, 1 / len(s)), NO_SHIFT, interval) for s in subsets}
    return Weights(list(NAMES), rules, NO_WORDS)


@dataclass
class FakePeer:
    """Answers a fixed price, or fails."""

    price_: float = 100.0
    error: Exception | None = None
    degraded: list[str] = field(default_factory=list)
    similar: list[Similar] = field(default_factory=list)
    member: str | None = None
    known: bool = True
    asked: int = 0

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        self.asked += 1
        if self.error:
            raise self.error
        low, high = self.price_ / 2, self.price_ * 2
        answer = PriceResponse.model_construct(price=self.price_, low=low, high=high, currency="USD", model="fake@1")
        answer.degraded, answer.similar, answer.estimates, answer.member = self.degraded, self.similar, [], self.member
        answer.known = self.known
        return [answer for _ in requests]


def ensemble_of(specialist: FakePeer, frontier: FakePeer, forest: FakePeer) -> Ensemble:
    peers = {"specialist": specialist, "frontier-rag": frontier, "random-forest": forest}
    return Ensemble(peers, equal_weights(), "test", TimeLimit(5.0, 0.1))


def price(ensemble: Ensemble, items: int = 1, text: str = "lamp") -> list[PricedItem]:
    return asyncio.run(ensemble.price([PriceRequest(description=text)] * items))


def one(ensemble: Ensemble, text: str = "lamp") -> PriceResponse:
    (result,) = price(ensemble, text=text)
    assert isinstance(result, PriceResponse)
    return result


def test_all_three_are_combined_and_reported() -> None:
    answer = one(ensemble_of(FakePeer(50), FakePeer(100), FakePeer(200)))
    assert answer.price == pytest.approx(100)
    assert (answer.low, answer.high) == (pytest.approx(100 / math.e, abs=0.01), pytest.approx(100 * math.e, abs=0.01))
    assert [(e.pricer, e.price) for e in answer.estimates] == [("specialist", 50), ("frontier-rag", 100), ("random-forest", 200)]
    assert answer.degraded == []
    assert answer.model == "ensemble@test"


def test_a_missing_pricer_is_named_and_the_others_answer() -> None:
    answer = one(ensemble_of(FakePeer(error=UnavailableError("down")), FakePeer(100), FakePeer(100)))
    assert answer.price == pytest.approx(100)
    assert answer.degraded == ["specialist"]


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -5.0, 0.0, 1e-300, 0.004, 1e12])
def test_an_estimate_that_makes_no_sense_is_left_out(nonsense: float) -> None:
    answer = one(ensemble_of(FakePeer(nonsense), FakePeer(100), FakePeer(100)))
    assert answer.price == pytest.approx(100)
    assert answer.degraded == ["specialist"]


def test_no_answer_rounds_to_nothing() -> None:
    """A cent each, and a level that is put right downwards: what an offer is worth beside $0.00 could not be told."""
    ensemble = ensemble_of(FakePeer(0.01), FakePeer(0.01), FakePeer(0.01))
    down = Shift([0.0], {kind: [-1.0] for kind in NO_SHIFT.offsets})
    for name, rule in ensemble.weights.subsets.items():
        ensemble.weights.subsets[name] = replace(rule, shift=down)
    answer = one(ensemble)
    assert (answer.low, answer.price, answer.high) == (0.0, 0.01, 0.01)


@pytest.mark.parametrize("items", [1, 3])
def test_when_none_answers_the_request_fails_and_says_when_to_come_back(items: int) -> None:
    with pytest.raises(UnavailableError) as caught:
        price(ensemble_of(*(FakePeer(error=UnavailableError("down")) for _ in range(3))), items)
    assert caught.value.retry_after == 2.0


def test_what_a_pricer_itself_lacks_is_passed_on_with_its_name() -> None:
    assert one(ensemble_of(FakePeer(), FakePeer(degraded=["chat-model"]), FakePeer())).degraded == ["frontier-rag/chat-model"]


def test_what_no_pricer_that_can_tell_knows_is_unknown() -> None:
    similar = [Similar(title="Lamp", price=20, similarity=0.9)]
    answers = {
        known: one(ensemble_of(FakePeer(), FakePeer(similar=similar, known=known), FakePeer())).known for known in (True, False)
    }
    assert answers == {True: True, False: False}


def test_without_a_pricer_that_can_tell_a_product_counts_as_known() -> None:
    assert one(ensemble_of(FakePeer(), FakePeer(error=UnavailableError("down")), FakePeer())).known


def test_similar_products_come_through() -> None:
    similar = [Similar(title="Lamp", price=20, similarity=0.9)]
    assert one(ensemble_of(FakePeer(), FakePeer(similar=similar), FakePeer())).similar == similar


@pytest.mark.parametrize(("match", "at_least"), [("exact", 500.0), ("model", 0.0)])
def test_a_pricer_that_has_found_the_product_itself_decides(match: Literal["exact", "model"], at_least: float) -> None:
    found = [Similar(title="LEGO 75192", price=850.0, similarity=0.8, match=match)]
    answer = one(
        ensemble_of(FakePeer(50), FakePeer(1000, similar=found), FakePeer(200)), "a set of 7541 pieces for grown-up builders"
    )
    shares = {each.pricer: each.weight for each in answer.estimates}
    assert (answer.price > at_least > 0) is (match == "exact")
    assert (shares["frontier-rag"] or 0) == pytest.approx(1 / 1.3 if match == "exact" else 1 / 3, abs=1e-3)


def test_for_a_bare_name_a_pricer_that_looks_products_up_counts_more() -> None:
    found = [Similar(title="LEGO 75192", price=850.0, similarity=0.8, match="model")]
    answer = one(ensemble_of(FakePeer(50), FakePeer(1000, similar=found), FakePeer(200)), "lego falcon")
    shares = {each.pricer: each.weight for each in answer.estimates}
    assert shares["frontier-rag"] == pytest.approx(1 / 1.6, abs=1e-3)


def test_a_chat_model_behind_frontier_rag_is_weighed_as_a_member_of_its_own_and_named() -> None:
    answer = one(ensemble_of(FakePeer(50), FakePeer(100, member="frontier-rag-chat"), FakePeer(200)))
    assert [(each.pricer, each.member, each.weight) for each in answer.estimates] == [
        ("specialist", None, 0.4),
        ("frontier-rag", "frontier-rag-chat", 0.2),
        ("random-forest", None, 0.4),
    ]
    told = answer.model_dump(mode="json")
    assert [each.get("member", "left out") for each in told["estimates"]] == ["left out", "frontier-rag-chat", "left out"]
    assert "member" not in told


def test_a_batch_is_answered_in_order_with_one_call_to_each_pricer() -> None:
    peer = FakePeer()
    results = price(ensemble_of(peer, FakePeer(), FakePeer()), items=20)
    assert len(results) == 20
    assert peer.asked == 1


def test_the_interval_is_that_of_what_is_asked_and_of_what_is_known() -> None:
    factors = Factors(kind={"name": 2.0}, category={"Appliances": 3.0}, known={"no": 5.0})
    ensemble = ensemble_of(FakePeer(), FakePeer(known=False), FakePeer())
    ensemble.weights = rules_with(Interval([0.0], [-0.1], [0.1], factors))
    (answer,) = asyncio.run(ensemble.price([PriceRequest(description="dishwasher", category="Appliances > Dishwashers")]))
    assert isinstance(answer, PriceResponse)
    assert math.log(answer.high / answer.price) == pytest.approx(0.1 * 2 * 3 * 5, abs=1e-3)
    assert not answer.known
