"""The modes' figures: who is in them, what they are told, and what would be pushed at parts of the market price."""

import asyncio

import numpy as np
import pytest

from scanner.alert_rule import AlertRule
from tests.unit.ensemble.judge.judges import MODEL
from tests.unit.training.judge.own_deals import answer, case, stated
from training.judge.modes import Figures, figures, highest_stated, pushed_at

CASES = [
    case(kind="next_best", references=(stated("next_best", 120), stated("was", 180), stated("list", 160))),
    case(kind="next_best", references=(stated("next_best", 120),)),
    case(kind="regular", market=150.0, references=(stated("was", 150),)),
    case(kind="list", market=200.0),
]
ANSWERS = [answer(140, "exact"), answer(140, "model", "similar"), answer(140, "similar"), answer(140, known=False)]
RULE = AlertRule(least_pricers=0)


def found() -> Figures:
    return asyncio.run(figures(CASES, ANSWERS, lambda _: MODEL, RULE))


def test_others_are_the_deals_that_state_another_reference() -> None:
    modes, outcomes = found().modes, found().outcomes
    assert {name: score["n"] for name, score in modes.items()} == {"blind": 4, "stated": 4, "others": 1}
    assert outcomes["others"].reference.tolist() == [180.0]
    assert modes["others"]["ln_reference"] == pytest.approx(np.log(180 / 120), abs=1e-4)


def test_a_mode_judges_by_what_it_shows() -> None:
    modes, outcomes = found().modes, found().outcomes
    assert outcomes["stated"].worth[1] == pytest.approx(120, abs=3)
    assert outcomes["blind"].worth[1] != pytest.approx(120, abs=3)
    assert outcomes["blind"].worth[3] == outcomes["stated"].worth[3]
    assert modes["blind"]["ln_reference"] is None
    assert modes["stated"]["by"]["list"]["ln_reference"] is None
    assert modes["stated"]["by"]["next_best"]["ln"] < modes["blind"]["by"]["next_best"]["ln"]


def test_the_highest_reference_is_that_of_those_shown() -> None:
    assert np.array_equal(highest_stated(CASES, "stated"), [180.0, 120.0, 150.0, np.nan], equal_nan=True)
    assert np.isnan(highest_stated(CASES, "blind")).all()
    assert highest_stated([], "stated").shape == (0,)


def test_groups_tell_of_products_that_are_known_and_identified() -> None:
    modes = found().modes
    assert {name: modes["blind"]["by"][name]["n"] for name in ("known", "identified", "exact", "trusted")} == {
        "known": 3,
        "identified": 2,
        "exact": 1,
        "trusted": 2,
    }
    assert modes["others"]["by"]["known"]["n"] == 1


def test_goods_are_offered_at_parts_of_their_market_price_with_nothing_stated() -> None:
    cases = [case(price=50.0, market=200.0, references=(stated("next_best", 900),)), case(price=50.0, market=200.0)]
    answers = [answer(200, "exact", spread=1.1), answer(200, "similar", spread=20)]
    pushed = asyncio.run(pushed_at(cases, answers, lambda _: MODEL, RULE))
    assert pushed.tolist() == [[False, True, True, True], [False] * 4]
    modes = asyncio.run(figures(cases, answers, lambda _: MODEL, RULE)).modes
    assert modes["blind"]["pushed_at"] == {"1.0": 0.0, "0.7": 500.0, "0.5": 500.0, "0.3": 500.0}
    assert modes["blind"]["by"]["identified"]["pushed_at"] == {"1.0": 0.0, "0.7": 1000.0, "0.5": 1000.0, "0.3": 1000.0}
    assert modes["others"]["pushed_at"] == dict.fromkeys(("1.0", "0.7", "0.5", "0.3"))
