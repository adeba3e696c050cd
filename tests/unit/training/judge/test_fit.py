"""The whole fit: what the parts learn comes together, and a fold's model has seen none of its products."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy (make training)")

from common.pricing import PriceResponse
from ensemble.judge.model import Facts, JudgeModel
from tests.unit.training.judge.own_deals import answer, case, stated
from training.judge.cases import Case
from training.judge.fit import Evidence, Recipe, crossed, estimate_of, fit_judge

RECIPE = Recipe(folds=3)


def evidence(count: int = 150) -> Evidence:
    """Lamps: offered a fifth below worth, priced well, with a reference at every third; and goods at their own price."""
    rng, cases, answers = np.random.default_rng(2), list[Case](), list[PriceResponse]()
    for number in range(count):
        worth = 50.0 + number
        y = 0.2 + 0.1 * float(rng.standard_normal())
        price = round(worth * math.exp(-y), 2)
        references = (stated("next_best", worth),) if number % 3 == 0 else ()
        kind = "usual" if number % 5 == 0 else ("next_best", "list")[number % 2]
        offered = worth if kind == "usual" else price
        cases.append(case(offered, worth, kind, product=f"lamp {number}", references=references))
        answers.append(answer(worth * math.exp(0.15 * float(rng.standard_normal())), "exact", spread=1.25))
    is_usual = np.array([each.kind == "usual" for each in cases])
    return Evidence(cases, answers, np.arange(count) % 4 != 0, is_usual)


@pytest.fixture(scope="module")
def model() -> JudgeModel:
    return fit_judge(evidence(), RECIPE)


def worth(model: JudgeModel, price: float, said: float) -> float:
    return model.judge(Facts(case(price).offer, estimate_of(answer(said, "exact", spread=1.25)))).worth


def test_goods_at_their_own_price_are_no_part_of_what_the_asked_price_says(model: JudgeModel) -> None:
    told = evidence()
    assert fit_judge(told.only(~told.is_usual), RECIPE).prior == model.prior


def test_worth_lies_between_what_the_price_and_the_pricers_say(model: JudgeModel) -> None:
    assert 100 * math.exp(0.15) < worth(model, 100.37, 150.0) < 150
    assert worth(model, 100.37, 110.0) < worth(model, 100.37, 150.0)


def test_what_deals_that_pricers_were_fitted_on_say_of_estimates_is_not_believed(model: JudgeModel) -> None:
    told = evidence()
    seen = [
        each if is_honest else answer(case.market, "exact", spread=1.25)
        for each, case, is_honest in zip(told.answers, told.cases, told.is_honest | told.is_usual, strict=True)
    ]
    assert fit_judge(replace(told, answers=seen), RECIPE) == model


def test_only_keeps_cases_and_answers_together() -> None:
    told = evidence(10)
    some = told.only(told.is_usual)
    assert [each.product for each in some.cases] == ["lamp 0", "lamp 5"]
    assert list(some.answers) == [told.answers[0], told.answers[5]]
    assert some.is_honest.tolist() == [False, True]
    assert told.folds(4).tolist() == [each.fold(4) for each in told.cases]


def test_a_folds_model_has_seen_none_of_its_products() -> None:
    told = evidence(60)
    changed = [replace(each, market=9 * each.market) if each.fold(2) == 0 else each for each in told.cases]
    before, after = crossed(told, RECIPE, 2), crossed(replace(told, cases=changed), RECIPE, 2)
    assert before[0] == after[0]
    assert before[1] != after[1]
