"""What a person asks, as an address and a form hold it."""

from urllib.parse import parse_qs

import pytest

from common.errors import InvalidInputError
from dashboard.price.asking import Asking, field_of
from dashboard.price.schemas import ProductPage


@pytest.mark.parametrize(
    ("typed", "url", "description"),
    [
        ("https://shop.example/drill", "https://shop.example/drill", ""),
        ("  HTTP://shop.example/a?b=c#d \r\n", "HTTP://shop.example/a?b=c#d", ""),
        ("www.shop.example/drill", "https://www.shop.example/drill", ""),
        ("Cordless drill, 20 V", "", "Cordless drill, 20 V"),
        ("A drill\r\nas of https://shop.example/drill", "", "A drill\nas of https://shop.example/drill"),
        ("javascript:alert(1)", "", "javascript:alert(1)"),
    ],
)
def test_an_address_is_told_apart_from_a_text(typed: str, url: str, description: str) -> None:
    asked = Asking(what=typed).settled()
    assert (asked.url, asked.description, asked.what) == (url, description, "")


def test_a_title_alone_is_what_is_priced() -> None:
    asked = Asking(title=" Cordless drill ").settled()
    assert (asked.product.description, asked.product.title) == ("Cordless drill", None)


@pytest.mark.parametrize(
    ("given", "name", "value", "title", "description"),
    [
        ({"title": "Phone", "description": "blue"}, "storage", "64 GB", "Phone, 64 GB", "blue"),
        ({"title": "Phone", "description": "blue"}, "year", "2024", "Phone (2024)", "blue"),
        ({"description": "Phone\nblue"}, "storage", "64 GB", "", "Phone, 64 GB\nblue"),
        ({"description": "x" * 300}, "storage", "64 GB", "", f"64 GB. {'x' * 300}"),
    ],
)
def test_a_value_is_said_where_pricers_look_for_it(
    given: dict[str, str], name: str, value: str, title: str, description: str
) -> None:
    asked = Asking(**given, attribute=name, value=value).settled()
    assert (asked.title, asked.description, asked.value) == (title, description, "")


def test_a_condition_is_no_part_of_the_text_but_of_the_offer_and_of_what_is_priced() -> None:
    asked = Asking(description="Phone", attribute="condition", value="open-box", price="$1,099").settled()
    assert asked.product.description == "Phone"
    assert asked.request.description == "Phone\nCondition: open box"
    assert asked.offer
    assert (asked.offer.price, asked.offer.condition) == (1099.0, "open-box")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"description": "x" * 10_001}, "what"),
        ({"description": ""}, "what"),
        ({"description": "x", "title": "y" * 1_001}, "title"),
        ({"description": "x", "category": "y" * 301}, "category"),
        ({"description": "x", "price": "cheap"}, "price"),
        ({"description": "x", "price": "20000000"}, "price"),
        ({"description": "x", "price": "9", "list_price": "-1"}, "list_price"),
        ({"description": "x", "price": "9", "retailer": "y" * 201}, "retailer"),
        ({"description": "x", "condition": "broken"}, "condition"),
    ],
)
def test_what_cannot_be_used_names_the_field_of_the_form(given: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        (Asking(**given).product, Asking(**given).offer)
    assert field_of(caught.value) == field


def test_a_page_gives_what_was_not_typed() -> None:
    page = ProductPage(
        url="https://a.example/", title="Drill", description="y" * 10_500, price=50.0, dollars=55.0, list_price=100.0
    )
    asked = Asking(url="https://a.example/", title="My drill", price="40", show="words").of_page(page)
    assert (asked.title, len(asked.description), asked.price, asked.list_price) == ("My drill", 10_000, "40", "110.00")
    assert (asked.url, asked.page, asked.show) == ("", "https://a.example/", "words")


@pytest.mark.parametrize("dollars", [None, 0.0, 0.004, 1e9])
def test_a_page_whose_price_is_none_makes_no_offer(dollars: float | None) -> None:
    page = ProductPage(url="https://a.example/", title="Drill", price=1.0, dollars=dollars)
    assert Asking(url="https://a.example/").of_page(page).offer is None


def test_the_address_holds_all_that_is_asked_and_the_id_in_place_of_long_texts() -> None:
    asked = Asking(
        title="T&t", description="d", category="c", price="9", condition="used", retailer="Shop", list_price="20", page="p"
    )
    plain = {name: values[0] for name, values in parse_qs(asked.query()).items()}
    assert Asking(**plain) == asked
    kept = {name: values[0] for name, values in parse_qs(asked.query("id-1", show="words")).items()}
    assert Asking(**kept) == Asking(
        price="9", condition="used", retailer="Shop", list_price="20", page="p", kept="id-1", show="words"
    )


def test_a_quote_is_cut_in_code_points_and_never_beyond_the_text() -> None:
    asked = Asking(title="🔩 Acme", description="x")
    assert asked.quoted("title", 2, 6) == "Acme"
    for field, start, end in (("title", 2, 60), ("title", -2, 1), ("title", 3, 3), ("facts", 0, 1), ("product", 0, 1)):
        assert asked.quoted(field, start, end) == ""
