"""What another shop asks is nearly what the thing is worth; sellers' claims lie in between; kinds that few state stay at START."""

import math

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy (make training)")

from ensemble.judge.density import GRID, Floats
from ensemble.judge.model import ReferenceFacts
from tests.unit.training.judge.own_deals import case, stated
from training.judge.cases import Case
from training.judge.reference_fit import START, fit_references
from training.judge.reference_fit import stated as highest

SLOPE = 0.4  # of what a seller claims above his price, in logs, so much is true
KINDS = {"next_best", "history", "all_time_low", "regular", "was", "list", "new_price", "seen"}


def deals(count: int = 240) -> list[Case]:
    """Lamps at $100: worth as others ask to the dollar, and claims of whose excess a part is true."""
    rng, found = np.random.default_rng(5), []
    for number in range(count):
        y, claimed = (float(value) for value in rng.uniform((0.05, 0.2), (0.6, 1.2)))
        if number % 2:
            market, references = 100 * math.exp(y), (stated("next_best", round(100 * math.exp(y))),)
        else:
            market = 100 * math.exp(SLOPE * claimed + 0.05 * float(rng.standard_normal()))
            references = (stated(("list", "was", "regular")[number % 3], 100 * math.exp(claimed)),)
        found.append(case(100.0, market, product=f"lamp {number}", references=references))
    return found


def flat(cases: list[Case]) -> list[Floats]:
    """What a price by itself says where it says nothing."""
    return [np.zeros(len(GRID)) for _ in cases]


def test_another_shops_price_is_nearly_exact_and_claims_lie_in_between() -> None:
    cases = deals()
    found = fit_references(cases, flat(cases))
    assert found.keys() == KINDS
    other, claim = found["next_best"], found["list"]
    assert other.density(100.0, ReferenceFacts("next_best", 150.0), 1.0).mode == pytest.approx(math.log(1.5), abs=0.02)
    assert max(other.shape.low, other.shape.high) <= 0.02
    assert claim.density(100.0, ReferenceFacts("list", 200.0), 1.0).mode == pytest.approx(SLOPE * math.log(2), abs=0.03)
    assert claim.shape.low > 2 * other.shape.low
    assert found["list"] == found["was"] == found["regular"]


def test_what_no_trusted_deal_states_stays_where_it_starts() -> None:
    cases = [*deals(20), *(case(kind="list", market=300.0, references=(stated("history", 300),)) for _ in range(20))]
    found = fit_references(cases, flat(cases))
    assert {kind: found[kind] for kind in ("history", "all_time_low", "new_price", "seen")} == {
        kind: START[kind] for kind in ("history", "all_time_low", "new_price", "seen")
    }


def test_three_deals_move_a_kind_a_part_of_the_way() -> None:
    few = [case(market=150.0, references=(stated("all_time_low", 100),)) for _ in range(3)]
    many = few * 40
    biases = [fit_references(cases, flat(cases))["all_time_low"].bias for cases in (few, many)]
    assert START["all_time_low"].bias < biases[0] < biases[1]
    assert biases[1] == pytest.approx(math.log(1.5), abs=0.05)


def test_the_highest_of_some_kinds_counts() -> None:
    deal = case(references=(stated("was", 150), stated("list", 170), stated("next_best", 200)))
    assert highest(deal, ("was", "list")) == 170.0
    assert highest(deal, ("history",)) is None
