"""What products of the asked name say of its price."""

import math

import pytest

from frontier_rag.estimator.matched_price import EXACT, SHORT, SPREAD, VARIANT, Matched, joined, matched_of
from frontier_rag.names.match import Match
from frontier_rag.products import Neighbour, Product


def found(price: float, match: Match, covers: bool = False) -> Neighbour:
    return Neighbour(Product("", price), 0.5, match=match, covers=covers)


def test_the_best_kind_of_match_speaks_alone() -> None:
    exact, short, variant, other = found(99, "exact"), found(199, "model", True), found(299, "model"), found(1, "similar")
    assert matched_of([other, variant, short, exact]) == Matched(math.log(100), EXACT)
    assert matched_of([other, variant, short]) == Matched(math.log(200), SHORT)
    assert matched_of([other, variant]) == Matched(math.log(300), VARIANT)
    assert matched_of([other]) is None


def test_variants_of_different_prices_make_a_name_less_sure() -> None:
    matched = matched_of([found(99, "model", True), found(199, "model", True)])
    assert matched is not None
    assert matched.log == pytest.approx(math.log(100) + math.log(2) / 2)
    assert matched.deviation == pytest.approx(math.hypot(SHORT, math.log(2) / SPREAD))


def test_who_is_surer_counts_more_and_both_together_are_surer_than_either() -> None:
    unsure, sure = joined(3.0, 2.0, 4.0, Matched(5.0, 0.2)), joined(3.0, 2.8, 3.2, Matched(5.0, 0.2))
    assert unsure[0] > 4.6
    assert sure[0] < 4.0
    assert unsure[2] - unsure[1] < 2 * 1.2816 * 0.2
    assert sure[2] - sure[1] < 0.4
