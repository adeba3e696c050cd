"""What is shown of the neighbours."""

from dataclasses import replace

import pytest

from frontier_rag.products import (
    KNOWN_BY_MEANING,
    KNOWN_BY_WORDS,
    NEAR,
    Neighbour,
    Product,
    choose_shown,
    describe,
    is_known,
    nameless_title,
    with_identical,
)
from tests.unit.frontier_rag_fakes import neighbour


def titles(shown: list[Neighbour]) -> list[str]:
    return [each.product.title for each in shown]


def test_a_product_with_a_text_is_shown_rather_than_one_without_where_it_is_nearly_as_near() -> None:
    found = [neighbour("Tools", 1, 0.9), neighbour("Tools", 2, 0.8), neighbour("a drill", 3, 0.8 - NEAR / 2, "a drill")]
    assert titles(choose_shown(found, 2)) == ["Tools", "a drill"]
    assert choose_shown(found, 2)[0].product.price == 1


def test_a_product_with_a_text_that_is_much_farther_off_is_not_shown() -> None:
    found = [neighbour("Tools", 1, 0.9), neighbour("Tools", 2, 0.8), neighbour("a drill", 3, 0.8 - NEAR * 2, "a drill")]
    assert [each.product.price for each in choose_shown(found, 2)] == [1, 2]


def test_products_with_texts_are_never_replaced() -> None:
    found = [neighbour("one", 1, 0.9, "x"), neighbour("two", 2, 0.8, "x"), neighbour("three", 3, 0.8, "x")]
    assert titles(choose_shown(found, 2)) == ["one", "two"]


def test_fewer_products_than_asked_for_are_all_shown() -> None:
    assert titles(choose_shown([neighbour("one", 1, 0.9, "x")], 5)) == ["one"]
    assert choose_shown([], 5) == []


def test_a_bundled_product_is_named_honestly() -> None:
    assert describe(neighbour("Tools", 12.499999, 0.91234)).model_dump() == {
        "title": "A product in Tools, about $12",
        "price": 12.5,
        "similarity": 0.9123,
        "match": "similar",
    }


@pytest.mark.parametrize(
    ("category", "price", "title"),
    [
        ("Shoes > Sneakers", 119.99, "A product in Sneakers, about $120"),
        ("Home_and_Kitchen", 1234.0, "A product in Home and Kitchen, about $1,200"),
        ("6_household", 0.75, "A product in household, about $1"),
        ("", 18.5, "A product, about $18"),
    ],
)
def test_what_has_no_name_is_told_by_category_and_price(category: str, price: float, title: str) -> None:
    assert nameless_title(Product(category, price, category, source="bundled")) == title


def test_the_product_itself_is_shown_whatever_its_category() -> None:
    exact = replace(neighbour("WH-1000XM5", 300, 0.5, "x"), match="exact")
    others = [neighbour("one", 1, 0.9, "x"), neighbour("two", 2, 0.8, "x")]
    assert titles(with_identical([*others, exact], others)) == ["WH-1000XM5", "one", "two"]


def test_something_near_is_known_by_its_name_its_words_or_its_meaning() -> None:
    far = neighbour("lamp", 20, KNOWN_BY_MEANING - 0.01, "x")
    assert not is_known([far, replace(far, lexical=KNOWN_BY_WORDS - 0.01)])
    assert not is_known([])
    for near in (
        replace(far, similarity=KNOWN_BY_MEANING),
        replace(far, lexical=KNOWN_BY_WORDS),
        replace(far, match="model"),
    ):
        assert is_known([far, near])
