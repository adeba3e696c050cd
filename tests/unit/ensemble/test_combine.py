"""Estimates are combined by the rule that was fitted for exactly those pricers."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ArtifactError
from ensemble.combine import Interval, Offsets, Rule, Weights, load_weights, subset_key

WIDE = Interval([1.0, 5.0], [-0.5, -1.0], [0.5, 1.5])
BOTH = Rule({"forest": 0.25, "rag": 0.75}, 0.0, Offsets([2.0, 6.0], [0.2, -0.2]), WIDE)
ALONE = Rule({"forest": 1.0}, 0.0, Offsets([0.0], [0.0]), WIDE)
WEIGHTS = Weights(["forest", "rag"], {"forest+rag": BOTH, "forest": ALONE})


def test_the_answer_is_the_weighted_mean_of_logs_with_the_shift_of_its_level() -> None:
    combined = WEIGHTS.combine({"rag": math.exp(4), "forest": math.exp(4)})
    assert combined.price == pytest.approx(math.exp(4))  # the shift is zero half-way between 2 and 6
    assert WEIGHTS.combine({"rag": math.exp(2), "forest": math.exp(2)}).price == pytest.approx(math.exp(2.2))


def test_each_subset_has_its_own_rule_and_interval() -> None:
    combined = WEIGHTS.combine({"forest": math.exp(3)})
    assert math.log(combined.low) == pytest.approx(3 - 0.75)
    assert math.log(combined.high) == pytest.approx(3 + 1.0)
    assert combined.shares == {"forest": 1.0}


def test_shares_tell_what_each_pricer_counted() -> None:
    assert WEIGHTS.combine({"rag": 10.0, "forest": 12.0}).shares == {"forest": 0.25, "rag": 0.75}


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.floats(1.0, 3.0))
def test_the_answer_never_falls_when_a_pricer_says_more(forest: float, rag: float, factor: float) -> None:
    less = WEIGHTS.combine({"forest": forest, "rag": rag})
    more = WEIGHTS.combine({"forest": forest, "rag": rag * factor})
    assert more.price >= less.price * (1 - 1e-12)
    assert less.low < less.price < less.high


@pytest.mark.parametrize("prices", [{}, {"rag": 5.0}, {"stranger": 5.0}, {"forest": 0.0}, {"forest": -1.0}])
def test_what_cannot_be_combined_is_refused(prices: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"no weights|not a positive price"):
        WEIGHTS.combine(prices)


@pytest.mark.parametrize("price", [math.nan, math.inf])
def test_something_else_than_a_price_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="not a positive price"):
        WEIGHTS.combine({"forest": price, "rag": 10.0})


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    WEIGHTS.save(tmp_path / "weights.json")
    assert load_weights(tmp_path / "weights.json") == WEIGHTS


def test_a_subset_is_named_by_its_sorted_members() -> None:
    assert subset_key(["specialist", "frontier-rag"]) == "frontier-rag+specialist"


def spoiled(**changes: object) -> str:
    rule = {"weights": {"forest": 1.0}, "intercept": 0.0, "shift": {"knots": [0.0], "offsets": [0.0]}}
    rule["interval"] = {"knots": [0.0], "low": [-1.0], "high": [1.0]}
    return json.dumps({"members": ["forest"], "subsets": {"forest": {**rule, **changes}}})


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", spoiled(weights={"forest": -1.0}), spoiled(weights={"rag": 1.0}), spoiled(shift={}), spoiled(interval=3)],
)
def test_a_file_that_holds_no_weights_names_the_command(tmp_path: Path, content: str) -> None:
    (tmp_path / "weights.json").write_text(content)
    with pytest.raises(ArtifactError, match=r"training\.ensemble_train"):
        load_weights(tmp_path / "weights.json")
