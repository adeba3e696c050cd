"""What is shown of the neighbours."""

from frontier_rag.products import NEAR, Neighbour, choose_shown, describe
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
