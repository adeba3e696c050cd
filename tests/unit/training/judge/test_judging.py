"""Each mode tells what it should: nothing of the label where it is to be guessed."""

import asyncio
from dataclasses import replace

import pytest

from common.judging import ReferenceKind
from ensemble.judge.model import JudgeModel
from tests.unit.ensemble.judge.judges import CLAIM, MODEL
from tests.unit.training.judge.own_deals import answer, case, stated
from training.judge.cases import Case
from training.judge.judging import Mode, judged, request_of, told

BOTH = (stated("next_best", 120), stated("regular", 150))


@pytest.mark.parametrize(("mode", "kinds"), [("blind", []), ("stated", ["next_best", "regular"]), ("others", ["regular"])])
def test_a_mode_shows_nothing_or_all_or_what_is_of_another_kind(mode: Mode, kinds: list[str]) -> None:
    assert [each.kind for each in told(case(kind="next_best", references=BOTH), mode)] == kinds


@pytest.mark.parametrize(
    ("label", "kind", "price", "is_shown"),
    [
        ("regular", "was", 120.0, False),
        ("regular", "list", 121.0, False),
        ("list", "regular", 119.5, False),
        ("list", "regular", 130.0, True),
        ("regular", "next_best", 120.0, True),  # another shop may ask the same
        ("history", "all_time_low", 120.0, False),
        ("history", "all_time_low", 110.0, True),
        ("next_best", "new_price", 120.0, False),
        ("next_best", "list", 120.0, True),
    ],
)
def test_the_labels_amount_is_hidden_under_any_name_of_its_family(
    label: str, kind: ReferenceKind, price: float, *, is_shown: bool
) -> None:
    assert bool(told(case(kind=label, references=(stated(kind, price),)), "others")) is is_shown


def test_a_request_tells_the_offer_and_not_its_label() -> None:
    asked = request_of(case(retailer="S" * 300, condition="used", references=BOTH), BOTH[:1])
    assert (asked.description, asked.title, asked.category) == ("Acme QX100 Lamp", None, "Home")
    assert (asked.offer.price, asked.offer.condition, asked.offer.retailer) == (100.0, "used", "S" * 200)
    assert asked.offer.references == BOTH[:1]
    assert request_of(case(), (), 60.0).offer.price == 60.0


def test_each_case_is_judged_by_its_own_answer_and_model() -> None:
    unbelieving = replace(MODEL, references={"next_best": CLAIM})

    def model_of(each: Case) -> JudgeModel:
        return MODEL if each.is_trusted else unbelieving

    cases, answers = [case(), case(kind="list"), case()], [answer(200), answer(200), answer(400)]
    found = asyncio.run(judged(cases, [request_of(each, BOTH[:1]) for each in cases], answers, model_of))
    assert [each.evidence[1].price for each in found] == pytest.approx([200, 200, 400])
    assert [each.evidence[2].price for each in found] == pytest.approx([120, 100 * 1.2**CLAIM.slope, 120], abs=0.01)
    assert found[0].worth == pytest.approx(120, abs=3)
    assert found[1].worth > 130
