"""The demo catalogue is complete, varied and within the bounds of an item: what users of the demo see as similar products."""

import json
import re
from collections import Counter
from importlib.resources import files
from itertools import combinations

import pytest

CATEGORIES = {
    "Appliances",
    "Automotive",
    "Cell Phones",
    "Electronics",
    "Musical Instruments",
    "Office Products",
    "Tools",
    "Toys",
}
BAND_STARTS = (0.5, 25, 50, 100, 200, 400)


@pytest.fixture(scope="module")
def products() -> list[dict[str, str | float]]:
    text = files("frontier_rag").joinpath("demo/catalogue.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def shingles(text: str, length: int = 6) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def test_every_line_is_one_product_with_the_four_fields(products: list[dict[str, str | float]]) -> None:
    assert len(products) >= 440
    assert {tuple(product) for product in products} == {("title", "description", "category", "price")}


def test_each_of_the_eight_categories_has_at_least_fifty_products(products: list[dict[str, str | float]]) -> None:
    counts = Counter(product["category"] for product in products)
    assert set(counts) == CATEGORIES
    assert min(counts.values()) >= 50


def test_prices_stay_within_the_bounds_of_an_item_and_have_cents_at_most(products: list[dict[str, str | float]]) -> None:
    prices = [float(product["price"]) for product in products]
    assert [price for price in prices if not 0.5 <= price <= 999.49 or price != round(price, 2)] == []


@pytest.mark.parametrize("start", BAND_STARTS)
def test_every_price_band_is_well_filled(products: list[dict[str, str | float]], start: float) -> None:
    end = next((bound for bound in BAND_STARTS if bound > start), 1000)
    assert sum(start <= float(product["price"]) < end for product in products) >= 30


def test_titles_are_unique(products: list[dict[str, str | float]]) -> None:
    counts = Counter(str(product["title"]).lower() for product in products)
    assert [title for title, count in counts.items() if count > 1] == []


def test_descriptions_have_35_to_90_words(products: list[dict[str, str | float]]) -> None:
    lengths = {product["title"]: len(str(product["description"]).split()) for product in products}
    assert {title: length for title, length in lengths.items() if not 35 <= length <= 90} == {}


def test_no_two_descriptions_share_their_phrases(products: list[dict[str, str | float]]) -> None:
    described = [(product["title"], shingles(str(product["description"]))) for product in products]
    alike = [(a, b) for (a, x), (b, y) in combinations(described, 2) if len(x & y) > 0.4 * min(len(x), len(y))]
    assert alike == []
