"""Estimates are combined by the rule that was fitted for exactly those pricers."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ArtifactError
from ensemble.combine import CATEGORY_WORDS, RULES, Combined, Weights, load_weights, member_of, subset_key
from ensemble.groups import KINDS, CategoryWords
from ensemble.rule import BRIEF, STRANGER, Factors, Interval, Lead, Rule, Shift, lead_of
from tests.unit.ensemble.flat_rules import NO_SHIFT, NO_WORDS, group

WIDE = Interval([1.0, 5.0], [-0.5, -1.0], [0.5, 1.5])
CURVES = {"name": [0.0, 0.1], "title": [0.2, -0.2], "listing": [0.3, 0.3]}
BOTH = Rule({"forest": 0.25, "rag": 0.75}, Shift([2.0, 6.0], CURVES), WIDE)
SURE = Rule({"forest": 0.5, "rag": 0.5}, NO_SHIFT, Interval([0.0], [-1.0], [1.0]), 1.0, {"forest": 1.0, "rag": 2.0})
ALONE = Rule({"forest": 1.0}, NO_SHIFT, WIDE)
WEIGHTS = Weights(["forest", "rag"], {"forest+rag": BOTH, "forest": ALONE}, NO_WORDS)
TITLE = group("title")


def test_the_answer_is_the_weighted_mean_of_logs_with_the_shift_of_its_level() -> None:
    combined = WEIGHTS.combine({"rag": math.exp(4), "forest": math.exp(4)}, TITLE)
    assert combined.price == pytest.approx(math.exp(4))  # the shift is zero half-way between 2 and 6
    assert WEIGHTS.combine({"rag": math.exp(2), "forest": math.exp(2)}, TITLE).price == pytest.approx(math.exp(2.2))


def test_each_subset_has_its_own_rule_and_interval() -> None:
    combined = WEIGHTS.combine({"forest": math.exp(3)}, TITLE)
    assert math.log(combined.low) == pytest.approx(3 - 0.75)
    assert math.log(combined.high) == pytest.approx(3 + 1.0)
    assert combined.shares == {"forest": 1.0}


def test_shares_tell_what_each_pricer_counted() -> None:
    assert WEIGHTS.combine({"rag": 10.0, "forest": 12.0}, TITLE).shares == {"forest": 0.25, "rag": 0.75}


def combine(rule: Rule, **said: tuple[float, float, float]) -> Combined:
    """`said`: low, price and high by pricer."""
    weights = Weights(list(said), {subset_key(said): rule}, NO_WORDS)
    return weights.combine(
        {name: p for name, (_, p, _) in said.items()}, TITLE, {name: (low, high) for name, (low, _, high) in said.items()}
    )


def test_who_is_surer_than_usual_counts_more() -> None:
    usual = combine(SURE, forest=(10 / math.exp(0.5), 10, 10 * math.exp(0.5)), rag=(20 / math.e, 20, 20 * math.e))
    assert usual.shares == {"forest": 0.5, "rag": 0.5}
    surer = combine(SURE, forest=(10 / math.exp(0.5), 10, 10 * math.exp(0.5)), rag=(20 / math.exp(0.5), 20, 20 * math.exp(0.5)))
    assert surer.shares == pytest.approx({"forest": 1 / 3, "rag": 2 / 3}, abs=1e-4)
    assert surer.price == pytest.approx(math.exp((math.log(10) + 2 * math.log(20)) / 3))


def test_our_interval_is_wider_where_the_pricers_are_less_sure() -> None:
    sure = combine(SURE, forest=(9, 10, 11), rag=(15, 20, 25))
    unsure = combine(SURE, forest=(2, 10, 40), rag=(1, 20, 99))
    assert math.log(unsure.high / unsure.low) > 1.5 * math.log(sure.high / sure.low)


@pytest.mark.parametrize("ends", [(20.0, 20.0), (0.0, 30.0), (-5.0, 30.0), (20.0, math.inf)])
def test_an_interval_that_says_nothing_counts_as_usual(ends: tuple[float, float]) -> None:
    said = combine(SURE, forest=(10 / math.exp(0.5), 10, 10 * math.exp(0.5)), rag=(ends[0], 20, ends[1]))
    assert said.shares == {"forest": 0.5, "rag": 0.5}


LONG = "a lamp of brass with a shade of linen"


def test_one_that_has_found_the_product_itself_counts_most() -> None:
    prices = {"forest": 10.0, "rag": 1000.0}
    led = WEIGHTS.combine(prices, TITLE, lead=lead_of(LONG, ["rag"], ["rag"]))
    assert led.shares == pytest.approx({"rag": 0.952, "forest": 0.048}, abs=1e-3)
    assert led.price > WEIGHTS.combine(prices, TITLE).price
    assert WEIGHTS.combine(prices, TITLE, lead=lead_of(LONG, ["forest", "rag"], [])).shares == WEIGHTS.combine(prices, TITLE).shares
    alone = WEIGHTS.combine({"forest": 10.0}, TITLE, lead=lead_of(LONG, ["forest"], []))
    assert alone.price == WEIGHTS.combine({"forest": 10.0}, TITLE).price


def test_for_a_bare_name_those_count_more_that_look_products_up() -> None:
    prices = {"forest": 10.0, "rag": 1000.0}
    usual = WEIGHTS.combine(prices, TITLE).shares
    ratio = BRIEF * usual["forest"] / usual["rag"]
    led = WEIGHTS.combine(prices, TITLE, lead=lead_of("brass lamp", [], ["rag"]))
    assert led.shares["rag"] == pytest.approx(1 / (1 + ratio), abs=1e-3)
    assert lead_of("brass lamp", ["rag"], ["rag"]).others == STRANGER
    assert lead_of("one two three four five six", [], ["rag"]).others == BRIEF
    assert lead_of(LONG, [], ["rag"]) == lead_of("brass lamp", [], []) == Lead()
    alone = WEIGHTS.combine({"forest": 10.0}, TITLE, lead=lead_of("lamp", [], ["rag"]))
    assert alone.price == WEIGHTS.combine({"forest": 10.0}, TITLE).price


def test_a_pricer_that_claims_to_be_certain_does_not_silence_the_others() -> None:
    said = combine(SURE, forest=(10 / math.exp(0.5), 10, 10 * math.exp(0.5)), rag=(19.999, 20, 20.001))
    assert said.shares == pytest.approx({"forest": 1 / 3, "rag": 2 / 3}, abs=1e-4)


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.floats(1.0, 3.0))
def test_the_answer_never_falls_when_a_pricer_says_more(forest: float, rag: float, factor: float) -> None:
    less = WEIGHTS.combine({"forest": forest, "rag": rag}, TITLE)
    more = WEIGHTS.combine({"forest": forest, "rag": rag * factor}, TITLE)
    assert more.price >= less.price * (1 - 1e-12)
    assert less.low < less.price < less.high


CENTS = st.floats(0.01, 1e5)
FACTORS = st.floats(1.0, 50.0)


@given(CENTS, CENTS, st.tuples(FACTORS, FACTORS), st.tuples(FACTORS, FACTORS), FACTORS)
def test_it_never_falls_either_where_the_interval_rises_along_or_stands_still(
    forest: float, rag: float, far: tuple[float, float], near: tuple[float, float], factor: float
) -> None:
    other = (forest / near[0], forest, forest * near[1])
    less = combine(SURE, forest=other, rag=(rag / far[0], rag, rag * far[1]))
    along = combine(SURE, forest=other, rag=(factor * rag / far[0], factor * rag, factor * rag * far[1]))
    still = combine(SURE, forest=other, rag=(rag / far[0], factor * rag, rag * far[1]))
    for more in (along, still):
        assert more.price >= less.price * (1 - 1e-9)
    assert sum(less.shares.values()) == pytest.approx(1, abs=1e-3)


def frontier() -> Weights:
    both = Rule({"frontier-rag": 0.6, "forest": 0.4}, NO_SHIFT, WIDE, 0.0, {"frontier-rag": 1.0, "forest": 1.0})
    alone = Rule({"frontier-rag": 1.0}, NO_SHIFT, WIDE)
    return Weights(["forest", "frontier-rag"], {"forest+frontier-rag": both, "frontier-rag": alone, "forest": ALONE}, NO_WORDS)


@pytest.mark.parametrize(
    ("pricer", "told", "member"),
    [
        ("frontier-rag", "frontier-rag-chat", "frontier-rag-chat"),
        ("frontier-rag", None, "frontier-rag"),
        ("frontier-rag", "specialist", "frontier-rag"),
        ("specialist", "frontier-rag-chat", "specialist"),
        ("specialist", None, "specialist"),
    ],
)
def test_a_chat_model_behind_frontier_rag_is_a_member_of_its_own(pricer: str, told: str | None, member: str) -> None:
    assert member_of(pricer, told) == member


def test_a_chat_model_that_training_has_not_seen_gets_half_of_the_local_estimators_weight() -> None:
    combined = frontier().combine({"frontier-rag-chat": 90.0, "forest": 30.0}, TITLE)
    assert combined.shares == pytest.approx({"frontier-rag-chat": 0.3 / 0.7, "forest": 0.4 / 0.7}, abs=1e-4)
    assert frontier().combine({"frontier-rag-chat": 90.0}, TITLE).shares == {"frontier-rag-chat": 1.0}


def test_a_chat_model_that_training_has_seen_has_its_own_rule() -> None:
    own = Rule({"frontier-rag-chat": 0.9, "forest": 0.1}, NO_SHIFT, WIDE)
    seen = Weights([*frontier().members, "frontier-rag-chat"], {**frontier().subsets, "forest+frontier-rag-chat": own}, NO_WORDS)
    assert seen.combine({"frontier-rag-chat": 90.0, "forest": 30.0}, TITLE).shares["frontier-rag-chat"] == 0.9


@pytest.mark.parametrize("prices", [{}, {"rag": 5.0}, {"stranger": 5.0}, {"forest": 0.0}, {"forest": -1.0}])
def test_what_cannot_be_combined_is_refused(prices: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"no weights|not a positive price"):
        WEIGHTS.combine(prices, TITLE)


@pytest.mark.parametrize("price", [math.nan, math.inf])
def test_something_else_than_a_price_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="not a positive price"):
        WEIGHTS.combine({"forest": price, "rag": 10.0}, TITLE)


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    factors = Factors({"name": 1.1}, {"<25": 1.2}, {"Appliances": 0.9}, {"no": 1.3})
    told = Rule({"rag": 1.0}, NO_SHIFT, Interval([0.0], [-1.0], [1.0], factors), 1.5, {"rag": 2.0})
    words = CategoryWords({**NO_WORDS.shares, "Appliances": -1.5}, {"dishwasher": ("Appliances", 4.5)})
    weights = Weights(["forest", "rag"], {"forest+rag": BOTH, "rag": told}, words)
    weights.save(tmp_path)
    assert load_weights(tmp_path) == weights


def test_a_subset_is_named_by_its_sorted_members() -> None:
    assert subset_key(["specialist", "frontier-rag"]) == "frontier-rag+specialist"


def spoiled(**changes: object) -> str:
    curves = {kind: [0.0] for kind in KINDS}
    rule: dict[str, object] = {"weights": {"forest": 1.0}, "shift": {"knots": [0.0], "offsets": curves}}
    rule |= {"interval": {"knots": [0.0], "low": [-1.0], "high": [1.0], "factors": {}}, "sharpness": 0.0, "widths": {"forest": 1.0}}
    return json.dumps({"members": ["forest"], "subsets": {"forest": {**rule, **changes}}})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        spoiled(weights={"forest": -1.0}),
        spoiled(weights={"rag": 1.0}),
        spoiled(shift={}),
        spoiled(shift={"knots": [0.0], "offsets": [0.0]}),
        spoiled(shift={"knots": [0.0], "offsets": {"name": [0.0]}}),
        spoiled(shift={"knots": [0.0, 1.0], "offsets": {kind: [0.0] for kind in KINDS}}),
        spoiled(interval=3),
        spoiled(interval={"knots": [0.0], "low": [-1.0], "high": [1.0]}),
        spoiled(interval={"knots": [0.0], "low": [-1.0], "high": [1.0], "factors": {"known": {"no": -1.0}}}),
        spoiled(sharpness=-1.0),
        spoiled(widths={"forest": 0.0}),
        spoiled(widths=None),
    ],
)
def test_a_file_that_holds_no_weights_names_the_command(tmp_path: Path, content: str) -> None:
    NO_WORDS.save(tmp_path / CATEGORY_WORDS)
    (tmp_path / RULES).write_text(content)
    with pytest.raises(ArtifactError, match=r"training\.ensemble_train"):
        load_weights(tmp_path)


def test_what_is_not_spoiled_is_read(tmp_path: Path) -> None:
    NO_WORDS.save(tmp_path / CATEGORY_WORDS)
    (tmp_path / RULES).write_text(spoiled())
    assert load_weights(tmp_path).subsets["forest"].weights == {"forest": 1.0}


@pytest.mark.parametrize("content", ["", "[]", '{"shares": {}}', '{"shares": {}, "words": {"Appliances": 3}}'])
def test_a_file_that_holds_no_words_of_categories_names_the_command(tmp_path: Path, content: str) -> None:
    WEIGHTS.save(tmp_path)
    (tmp_path / CATEGORY_WORDS).write_text(content)
    with pytest.raises(ArtifactError, match=r"training\.ensemble_train"):
        load_weights(tmp_path)


def test_a_level_is_shifted_by_kind_of_text_and_by_the_square_of_the_spread() -> None:
    at_six = {"rag": math.exp(6), "forest": math.exp(6)}
    shifts = {kind: math.log(WEIGHTS.combine(at_six, group(kind)).price) - 6 for kind in KINDS}
    assert shifts == pytest.approx({"name": 0.1, "title": -0.2, "listing": 0.3})
    unsure = Rule({"rag": 1.0}, Shift([0.0], {kind: [0.1] for kind in KINDS}), WIDE, widths={"rag": 1.0})
    wide = Weights(["rag"], {"rag": unsure}, NO_WORDS).combine({"rag": 10.0}, TITLE, {"rag": (10 / math.e, 10 * math.exp(0.5))})
    assert math.log(wide.price / 10) == pytest.approx(0.1 * 1.5 ** (1.5 * 2))


def test_intervals_are_as_wide_as_the_groups_of_what_is_asked_say() -> None:
    factors = Factors({"listing": 1.2}, {"25-50": 2.0, "50-100": 0.5}, {"Appliances": 1.1}, {"no": 1.5})
    weights = Weights(["rag"], {"rag": Rule({"rag": 1.0}, NO_SHIFT, Interval([0.0], [-0.5], [1.0], factors))}, NO_WORDS)
    low = weights.combine({"rag": 30.0}, group("listing", "Appliances", "no"))
    assert math.log(low.high / 30) == pytest.approx(1.2 * 2.0 * 1.1 * 1.5)
    assert math.log(low.low / 30) == pytest.approx(-0.5 * 1.2 * 2.0 * 1.1 * 1.5)
    assert math.log(weights.combine({"rag": 60.0}, group("name")).high / 60) == pytest.approx(0.5)
    assert math.log(weights.combine({"rag": 2000.0}, group("name")).high / 2000) == pytest.approx(1.0)
