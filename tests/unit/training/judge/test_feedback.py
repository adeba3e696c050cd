"""Claimed chances are held against what people said afterwards."""

from typing import Any

import pytest

from tests.unit.training.judge.own_deals import record, save
from training.judge.cases import read_cases
from training.judge.feedback import feedback_figures, was_right
from training.judge.references import read_deals


def said(verdict: str, chance: float | None = 0.95, **others: Any) -> dict[str, Any]:
    row = {"source": "feedback", "market_price": None, "market_kind": None, "text_states_market": False, "market_quote": ""}
    return record(**row | {"verdict": verdict, "said_chance": chance, "pushed": True} | others)


@pytest.mark.parametrize(
    ("verdict", "worth", "right"),
    [
        ("right", None, True),
        ("bought", None, True),
        ("wrong_price", None, False),
        ("not_this_product", None, False),
        ("not_worth_that", None, False),
        ("not_worth_that", 130.0, True),  # less than was claimed, and a fifth of it saved all the same
        ("not_worth_that", 120.0, False),
        ("right", 110.0, False),
        ("not_this_product", 900.0, False),
        ("wrong_price", 900.0, False),
    ],
)
def test_a_claim_is_right_where_something_real_was_saved(verdict: str, worth: float | None, right: bool) -> None:
    assert was_right(said(verdict, market_price=worth)) is right


def test_the_table_tells_shares_by_claimed_chance() -> None:
    rows = [said("right"), said("bought", 0.92), said("not_worth_that", 0.55, pushed=False), said("wrong_price", None)]
    assert feedback_figures([record(), *rows]) == {
        "n": 4,
        "verdicts": {"bought": 1, "not_worth_that": 1, "right": 1, "wrong_price": 1},
        "right": 0.5,
        "pushed": {"n": 3, "right": 0.6667},
        "claimed": 3,
        "brier": round((0.05**2 + 0.08**2 + 0.55**2) / 3, 4),
        "bins": [[0.55, 0.0, 1], [0.935, 1.0, 2]],
    }


def test_rows_without_verdicts_have_no_table() -> None:
    assert feedback_figures([record()]) is None


def test_what_a_person_says_it_is_worth_is_trusted_and_stands_in_no_text(tmp_path: Any) -> None:
    row = said("not_worth_that", market_price=150.0, market_kind="person", market_quote="It was $150.", text="It was $90.")
    (case,) = read_cases(save(tmp_path, [row, said("right")]))
    assert (case.kind, case.is_trusted, case.market) == ("person", True, 150.0)
    (reading,) = read_deals([row])
    assert (reading.is_right, reading.is_false, reading.is_stated) == (False, False, False)
