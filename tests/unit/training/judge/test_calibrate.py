"""Judges that are too sure become as sure as they may be."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy (make training)")

from scipy.stats import norm

from ensemble.judge.density import TwoPiece
from ensemble.judge.model import JudgeModel, Linear, PriorModel, ReferenceModel
from tests.unit.training.judge.own_deals import answer, case, stated
from training.judge.calibrate import SHARPNESS, calibrated, facts_of
from training.judge.estimate_fit import START
from training.judge.fit import Evidence, estimate_of

LEVEL, SPREAD = 0.25, 0.3  # of ln(worth / price)
VAGUE = replace(START, base=6.0)  # an estimate that says nothing


def judge(spread: float, level: float = LEVEL) -> JudgeModel:
    """It takes the level for this, and believes the spread to be this; of estimates it thinks nothing."""
    return JudgeModel(PriorModel(Linear(level, {}), Linear(0.0, {}), TwoPiece(spread, spread, 50.0)), VAGUE, {})


def evidence(count: int = 600) -> Evidence:
    """Lamps at $100 whose worth lies as a normal distribution's quantiles do."""
    ys = LEVEL + SPREAD * norm.ppf((np.arange(count) + 0.5) / count)
    cases = [case(100.0, 100 * math.exp(float(y)), product=f"lamp {i}") for i, y in enumerate(ys)]
    return Evidence(cases, [answer(120.0)] * count, np.ones(count, bool), np.zeros(count, bool))


def test_a_judge_that_is_right_stays_as_it_is() -> None:
    sharpness, calibration = calibrated(dict.fromkeys(range(3), judge(SPREAD)), evidence())
    assert sharpness == pytest.approx(1.0, abs=0.1)
    assert calibration.slope == pytest.approx(1.0, abs=0.15)
    assert calibration.intercept == pytest.approx(0.0, abs=0.1)


def test_judges_that_are_too_sure_get_less_sharpness_and_a_slope_below_one() -> None:
    sharpness, calibration = calibrated(dict.fromkeys(range(3), judge(SPREAD / 4)), evidence())
    assert sharpness == min(SHARPNESS)
    assert calibration.slope < 0.7


def test_each_case_is_judged_by_the_model_of_its_fold() -> None:
    """The model of fold 0 knows the level of the cases in it, the other one of all others."""
    told = evidence()
    ys = [each.y + (1.0 if each.fold(2) else 0.0) for each in told.cases]
    cases = [replace(each, market=100 * math.exp(y)) for each, y in zip(told.cases, ys, strict=True)]
    moved = replace(told, cases=cases)
    lower, upper = judge(SPREAD), judge(SPREAD, LEVEL + 1.0)
    assert calibrated({0: lower, 1: upper}, moved)[1].slope == pytest.approx(1.0, abs=0.2)
    assert calibrated({0: upper, 1: lower}, moved)[1].slope < 0


def test_a_case_is_judged_blind_and_by_what_its_text_states() -> None:
    deal = case(references=(stated("next_best", 120), stated("list", 150)))
    told = Evidence([case(), deal], [answer(110.0), answer(130.0, "exact")], np.ones(2, bool), np.zeros(2, bool))
    blind, open_eyed = facts_of(deal, told, 1)
    assert blind.references == ()
    assert [(each.kind, each.price) for each in open_eyed.references] == [("next_best", 120.0), ("list", 150.0)]
    assert blind.estimate == open_eyed.estimate == estimate_of(told.answers[1])
    assert (estimate_of(told.answers[1]).price, estimate_of(told.answers[1]).match) == (130.0, "exact")


def test_a_claim_that_the_label_repeats_is_not_shown() -> None:
    """Else it would prove itself, and chances would be taken for too low."""
    claims = (stated("regular", 150), stated("list", 160), stated("all_time_low", 110))
    claimed, trusted = case(market=150.0, kind="regular", references=claims), case(market=150.0, references=claims)
    told = Evidence([claimed, trusted], [answer(120.0)] * 2, np.ones(2, bool), np.zeros(2, bool))
    assert [each.price for each in facts_of(claimed, told, 0)[1].references] == [160.0, 110.0]
    assert [each.price for each in facts_of(trusted, told, 1)[1].references] == [150.0, 160.0, 110.0]


def test_sharpness_is_that_of_blind_judgements() -> None:
    """What others ask is as sure as it is: that it nearly always holds is no reason to believe price and estimate more."""
    near = replace(judge(SPREAD / 2), references={"next_best": ReferenceModel(1.0, 0.0, TwoPiece(0.3, 0.3, 50.0))})
    blind = evidence()
    cases = [replace(each, references=(stated("next_best", each.market),)) for each in blind.cases]
    models = dict.fromkeys(range(3), near)
    assert calibrated(models, replace(blind, cases=cases))[0] == calibrated(models, blind)[0] == min(SHARPNESS)
