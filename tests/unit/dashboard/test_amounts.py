"""Amounts as people type them."""

import pytest

from common.errors import InvalidInputError
from dashboard.alerts.draft import Draft
from dashboard.html.amounts import amount, number
from dashboard.opportunities.filters import filters_of


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1299", 1299.0),
        (" $1,299.00 ", 1299.0),
        ("1,234,567.5", 1234567.5),
        ("12.50", 12.5),
        (".5", 0.5),
        ("95 %", 95.0),
        ("1e3", 1000.0),
    ],
)
def test_a_number_is_read_as_it_is_typed(typed: str, value: float) -> None:
    assert number(typed) == value
    assert amount(typed, "price") == value
    assert Draft({"price": [typed]}).number("price") == value


@pytest.mark.parametrize("typed", ["12,50", "1.299,00", "1,2345", ",500", "12 50", "1_000", "nan", "inf", "٣", "$", ".", "e", "-"])
def test_what_may_mean_another_number_is_none(typed: str) -> None:
    """Twelve and a half as a European types it was 1250: a wish or a rule for a hundred times as much."""
    assert number(typed) is None
    with pytest.raises(InvalidInputError, match=r"99\.95"):
        amount(typed, "price")
    assert filters_of(f"max_price={typed}").max_price == ""


@pytest.mark.parametrize("typed", ["9" * 400, "10000001", "1e300"])
def test_what_no_price_is_as_high_as_is_refused_before_a_service_is_asked(typed: str) -> None:
    with pytest.raises(InvalidInputError, match="at most 10,000,000"):
        amount(typed, "price")


@pytest.mark.parametrize(
    ("typed", "said"), [("12,50", "A number such as"), ("9" * 400, "from 0 to 10,000,000"), ("-5", "from 0 to")]
)
def test_a_form_says_beside_the_field_what_is_wrong_with_its_number(typed: str, said: str) -> None:
    draft = Draft({"max_price": [typed]})
    assert draft.number("max_price") is None
    assert said in draft.errors["max_price"]
