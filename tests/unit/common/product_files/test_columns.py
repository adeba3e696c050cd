"""A table's columns are known by the names that shops give them, and prices as people write them."""

import pytest

from common.product_files.columns import dollars, recognised
from common.product_files.spreadsheet_text import harmless


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["title", "description", "price"], {"title": "title", "description": "description", "price": "price"}),
        (
            ["SKU", "Product Name", "Our_Price", "Product Category"],
            {"title": "Product Name", "price": "Our_Price", "category": "Product Category"},
        ),
        (["Name", "Title", "Body (HTML)", "Vendor"], {"title": "Title", "description": "Body (HTML)", "retailer": "Vendor"}),
        (["whatever"], {"description": "whatever"}),
        (["SKU", "EAN"], {}),
        ([], {}),
    ],
)
def test_columns_are_known_by_their_names(header: list[str], found: dict[str, str]) -> None:
    columns = recognised(header)
    assert dict(columns.by_field) == found
    assert columns.tells_products == bool({"title", "description"} & found.keys())


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        (12.5, 12.5),
        (99, 99.0),
        ("$1,299.00", 1299.0),
        ("1,299", 1299.0),
        ("12,50", 12.5),
        ("US$ 12.50", 12.5),
        ("1299 USD", 1299.0),
        ("12.5", 12.5),
        *(
            (each, None)
            for each in (None, "", "free", 0, -5, "-5", True, "€12.50", "12 EUR", float("nan"), 1e12, "12-15", "9" * 5_000)
        ),
    ],
)
def test_a_price_is_read_as_people_write_it(cell: object, price: float | None) -> None:
    assert dollars(cell) == price


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+SUM(A1)", "-2+3", "@A1", "\tx", "＝1"])
def test_a_text_that_could_be_a_formula_is_shown_as_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["A kettle", "-5", "+1.5", "-12,000.50", "", 5, None, "a=b"])
def test_all_else_stays_what_it_is(value: object) -> None:
    assert harmless(value) == value
