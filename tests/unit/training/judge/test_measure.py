"""Each figure, reckoned by hand on five deals."""

import math

import numpy as np
import pytest

from common.judging import Judgement
from ensemble.judge.density import Floats
from tests.unit.training.judge.own_deals import answer, case
from training.judge.cases import Case
from training.judge.measure import Outcome, bins_of, score, scores

# Asked, market, worth, low, high, saving, chance, kind; at the end the highest stated reference.
DEALS = [
    (100.0, 200.0, 180.0, 150.0, 220.0, 80.0, 0.95, "next_best", 200.0),
    (100.0, 150.0, 165.0, 140.0, 190.0, 65.0, 0.92, "history", math.nan),
    (100.0, 110.0, 150.0, 120.0, 180.0, 50.0, 0.91, "list", 150.0),
    (50.0, 60.0, 55.0, 45.0, 70.0, 5.0, 0.30, "regular", math.nan),
    (200.0, 200.0, 200.0, 180.0, 230.0, 0.0, 0.05, "next_best", math.nan),
]
CASES = [case(row[0], row[1], row[7]) for row in DEALS]
PUSHED = np.array([[0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)


def judgement(worth: float, low: float, high: float, saving: float, chance: float) -> Judgement:
    said, known = answer(worth), {"known": True, "identified": False}
    told = {"worth": worth, "low": low, "high": high, "saving": saving, "chance": chance, "support": chance, "margin": 0.25}
    return Judgement.model_validate({**told, "model": "judge@1", "evidence": [], "answer": said, **known})


def outcome() -> Outcome:
    pairs: list[tuple[Case, Judgement]] = [(each, judgement(*row[2:7])) for each, row in zip(CASES, DEALS, strict=True)]
    return Outcome.of(pairs, lambda judged, price: judged.saving >= 0.4 * price, PUSHED, references())


def references() -> Floats:
    return np.array([row[8] for row in DEALS])


def test_errors_are_of_logarithms() -> None:
    found = score(outcome())
    worths = [180 / 200, 165 / 150, 150 / 110, 55 / 60, 1.0]
    assert found["ln"] == pytest.approx(sum(abs(math.log(each)) for each in worths) / 5, abs=1e-4)
    # The best constant factor on the asked price is the median of 2, 1.5, 1.1, 1.2 and 1.
    ratios = [1.2 / 2, 1.2 / 1.5, 1.2 / 1.1, 1.0, 1.2]
    assert found["ln_price"] == pytest.approx(sum(abs(math.log(each)) for each in ratios) / 5, abs=1e-4)
    assert found["ln_reference"] == pytest.approx(math.log(150 / 110) / 2, abs=1e-4)  # of the two that state one
    assert found["coverage80"] == 0.8  # the third costs less than the interval's lower end


def test_savings_are_of_the_alerts() -> None:
    found = score(outcome())
    assert found["n"] == 5
    assert found["alerts_per_1000"] == 600.0  # the first three
    assert found["claimed"] == 65.0  # of 80, 65 and 50
    assert found["true"] == pytest.approx(53.33)  # of 100, 50 and 10
    assert found["right30"] == pytest.approx(0.6667)  # 50 % and 33 % of the market price, and 9 %


def test_chances_are_those_of_a_margin_of_a_quarter() -> None:
    found = score(outcome())
    squares = [0.05**2, 0.08**2, 0.91**2, 0.3**2, 0.05**2]
    assert found["brier"] == pytest.approx(sum(squares) / 5, abs=1e-4)
    assert found["bins"] == [[0.05, 0.0, 1], [0.3, 0.0, 1], [pytest.approx(0.9267, abs=1e-4), pytest.approx(0.6667, abs=1e-4), 3]]


def test_a_market_price_of_just_the_margin_counts() -> None:
    only = outcome().only(np.array([True, False, False, False, False]))
    exact = Outcome.of([(case(100.0, 125.0), judgement(125, 120, 130, 25, 1.0))], lambda *_: False, PUSHED[:1], only.reference)
    assert score(exact)["brier"] == 0.0


def test_bins_hold_both_ends_and_those_without_chances_are_left_out() -> None:
    chances = np.array([0.0, 0.1, 0.19, 0.9, 1.0])
    assert bins_of(chances, np.array([False, True, False, True, True])) == [[0.0, 0.0, 1], [0.145, 0.5, 2], [0.95, 1.0, 2]]
    assert bins_of(np.array([]), np.array([], bool)) == []


def test_pushes_are_counted_at_each_part_of_the_market_price() -> None:
    assert score(outcome())["pushed_at"] == {"1.0": 200.0, "0.7": 400.0, "0.5": 600.0, "0.3": 800.0}


def test_groups_are_kinds_the_trusted_ones_together_and_those_given() -> None:
    cheap = np.array([False, False, False, True, False])
    found = scores(CASES, outcome(), {"cheap": cheap})
    assert {name: each["n"] for name, each in found["by"].items()} == {
        **{"next_best": 2, "history": 1, "regular": 1, "list": 1},
        **{"trusted": 3, "cheap": 1},
    }
    assert found["by"]["trusted"]["claimed"] == 72.5
    assert found["by"]["trusted"]["true"] == 75.0
    assert found["by"]["next_best"]["ln_reference"] == 0.0
    assert found["by"]["cheap"] | {"bins": []} == found["by"]["regular"] | {"bins": []}
    assert found["n"] == 5


def test_what_nothing_is_known_of_is_none_under_the_same_keys() -> None:
    found = score(outcome().only(np.zeros(5, bool)))
    assert found.keys() == score(outcome()).keys()
    assert {name: value for name, value in found.items() if value is not None} == {
        "n": 0,
        "bins": [],
        "pushed_at": dict.fromkeys(("1.0", "0.7", "0.5", "0.3")),
    }
    silent = score(outcome().only(np.array([False, False, False, True, True])))
    assert [silent[name] for name in ("ln_reference", "claimed", "true", "right30")] == [None] * 4
    assert silent["alerts_per_1000"] == 0.0
