"""Weight, rank, brand and length are read from raw details as shops and marketplaces write them."""

import json
import math

import numpy as np
import pytest

from training.baseline.features import (
    Facts,
    Features,
    brand_of,
    details_of,
    facts_of,
    least_squares,
    predict_linear,
    rank_of,
)
from training.data.rows import Row


def weight(**details: str) -> float:
    return facts_of(Row(title="lamp", details=json.dumps(details))).weight


@pytest.mark.parametrize(
    ("text", "pounds"), [("5 pounds", 5.0), ("1,200 lbs", 1200.0), ("8 ounces", 0.5), ("1 Kilograms", 2.20462), ("500 g", 1.10231)]
)
def test_a_weight_is_in_pounds(text: str, pounds: float) -> None:
    assert weight(**{"Item Weight": text}) == pytest.approx(pounds, rel=1e-4)


@pytest.mark.parametrize("text", ["", "heavy", "0 pounds", "170.09 Kilowatt Hours Per Year", "12"])
def test_what_is_no_weight_is_missing(text: str) -> None:
    assert math.isnan(weight(**{"Item Weight": text}))


def test_a_shops_shipping_weight_is_bare_pounds_with_a_space_for_the_point() -> None:
    assert weight(shipweight="1 82") == pytest.approx(1.82)
    assert weight(shipweight="0 058") == pytest.approx(0.058)
    assert weight(shipweight="7") == 7.0
    assert math.isnan(weight(shipweight="0"))
    assert weight(**{"shipweight": "7", "Item Weight": "2 pounds"}) == 2.0


def test_a_rank_is_the_mean_over_its_categories() -> None:
    assert rank_of({"best sellers rank": {"Lamps": 10, "Home": 30}}) == 20.0
    assert rank_of({"best sellers rank": "#1,234 in Lamps (See Top 100 in Lamps) #6 in Desk Lamps"}) == 620.0


@pytest.mark.parametrize("value", [None, {}, "none", {"Lamps": "first"}, {"Lamps": 0}, [1, 2], 7])
def test_what_is_no_rank_is_none(value: object) -> None:
    assert rank_of({"best sellers rank": value}) is None


def test_a_brand_goes_before_its_maker_and_is_in_lower_case_words() -> None:
    assert brand_of({"manufacturer": "Acme Works, Inc.", "brand": "  "}) == "acme works inc"
    assert brand_of({"manufacturer": "Acme", "brand": "Glow-Co"}) == "glow co"
    assert brand_of({}) == ""


@pytest.mark.parametrize("details", ["", "not json", "[1, 2]", "null", '{"brand"'])
def test_details_that_are_no_object_give_no_facts(details: str) -> None:
    assert details_of(Row(title="lamp", details=details)) == {}


def test_details_nested_beyond_reason_give_no_facts() -> None:
    row = Row(title="lamp", details='{"weight":' * 100_000)
    assert details_of(row) == {}


def test_the_facts_of_a_row() -> None:
    details = {"Item Weight": "2 pounds", "Best Sellers Rank": {"Lamps": 8}, "Brand": "Glow"}
    facts = facts_of(Row(title="Desk lamp", description=("bright",), details=json.dumps(details)))
    assert (facts.weight, facts.rank, facts.brand) == (2.0, 8.0, "glow")
    assert facts.length >= len("Desk lamp\nbright")
    bare = facts_of(Row(title="Desk lamp"))
    assert math.isnan(bare.weight)
    assert math.isnan(bare.rank)


def test_what_is_missing_stands_at_the_mean_of_the_fitted_rows_with_a_column_that_says_so() -> None:
    known = [Facts(math.e - 1, math.nan, 10, "glow"), Facts(math.e**3 - 1, 99.0, 10, "glow"), Facts(math.nan, math.nan, 10, "")]
    features = Features.fitted(known, top=1)
    matrix = features.matrix([Facts(math.nan, 99.0, 0, "unheard of")])
    columns = dict(zip(features.names, matrix[0], strict=True))
    assert columns["log weight"] == pytest.approx(2.0)
    assert (columns["no weight"], columns["no rank"], columns["no brand"]) == (1, 0, 0)
    assert columns["log rank"] == pytest.approx(math.log(100))
    assert columns["brand glow"] == 0
    assert features.matrix(known)[:, -1].tolist() == [1, 1, 0]


def test_only_the_most_frequent_brands_have_a_column() -> None:
    facts = [Facts(1.0, 1.0, 1, brand) for brand in ("b", "b", "a", "a", "a", "c", "")]
    assert Features.fitted(facts, top=2).brands == ("a", "b")


def test_rows_of_which_nothing_is_known_still_give_finite_columns() -> None:
    facts = [Facts(math.nan, math.nan, 0, "")] * 3
    assert np.isfinite(Features.fitted(facts).matrix(facts)).all()


def test_least_squares_finds_the_line_and_heeds_weights() -> None:
    inputs = np.array([[0.0], [1.0], [2.0], [3.0]])
    line = least_squares(inputs, np.array([1.0, 3.0, 5.0, 7.0]), np.ones(4))
    assert predict_linear(np.array([[10.0]]), line)[0] == pytest.approx(21.0)
    bent = np.array([1.0, 3.0, 5.0, 100.0])
    spared = least_squares(inputs, bent, np.array([1.0, 1.0, 1.0, 0.0]))
    assert predict_linear(inputs[:3], spared) == pytest.approx([1.0, 3.0, 5.0])


def test_columns_that_repeat_each_other_do_no_harm() -> None:
    inputs = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [2.0, 2.0, 1.0]])
    line = least_squares(inputs, np.array([1.0, 3.0, 5.0]), np.ones(3))
    assert predict_linear(inputs, line) == pytest.approx([1.0, 3.0, 5.0])
