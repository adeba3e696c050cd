"""Weights in one unit, pounds."""

import json

import pytest

from training.data.weight import pounds_in, weight_of


@pytest.mark.parametrize(
    ("text", "pounds"),
    [
        ("4.9 Pounds", 4.9),
        ("8 ounces", 0.5),
        ("1 kg", 2.20462),
        ("500g", 1.10231),
        ("0.14 Kilograms", 0.30865),
        ("250 milligrams", 0.00055116),
        ("5 hundredths pounds", 0.05),
        ("4 lb 8 oz", 4.5),
        ("4 pounds and 8 ounces", 4.5),
        ("1,200 lbs", 1200.0),
        (".5 oz", 0.03125),
        ("12 x 10 x 3 inches; 4.9 Pounds", 4.9),
        ("1.5 pounds (680 g)", 1.5),
    ],
)
def test_every_unit_becomes_pounds(text: str, pounds: float) -> None:
    assert pounds_in(text) == pytest.approx(pounds, rel=1e-4)


@pytest.mark.parametrize("text", ["", "1 089", "heavy", "12 x 10 inches", "0 pounds", "3 gallons", "5 gadgets", "90000 tons"])
def test_what_names_no_weight_is_not_guessed_at(text: str) -> None:
    assert pounds_in(text) is None


def test_the_items_own_weight_goes_before_that_of_its_package() -> None:
    details = {
        "Package Dimensions": "9 x 9 x 9 inches; 3 pounds",
        "Item Weight": "2 pounds",
        "Maximum Weight Capacity": "200 pounds",
    }
    assert weight_of(json.dumps(details)) == 2.0
    assert weight_of(json.dumps({"Package Dimensions": "9 x 9 x 9 inches; 3 pounds"})) == 3.0


@pytest.mark.parametrize("details", ["", "{", "[]", '{"Maximum Weight Capacity": "200 pounds"}', '{"Item Weight": null}'])
def test_details_without_a_weight_give_none(details: str) -> None:
    assert weight_of(details) is None
