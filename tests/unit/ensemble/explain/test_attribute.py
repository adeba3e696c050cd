"""Attributes are read of a text in words that the pricers know, and what is open gets plausible values."""

import pytest

from ensemble.explain.attribute import told_by
from ensemble.explain.plausible import MOST_ATTRIBUTES, MOST_VALUES, unsaid


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("Apple iPhone 13 128GB blue", "phone", {"storage": "128 GB"}),
        (
            "Acme Phone, 8GB RAM + 256GB, refurbished",
            "phone",
            {"memory": "8 GB RAM", "storage": "256 GB", "condition": "refurbished"},
        ),
        (
            'HP 840G5 14" Laptop Intel Core i5 8350U 8GB RAM 1TB',
            "laptop",
            {"memory": "8 GB RAM", "storage": "1 TB", "screen": "14 inch", "processor": "Core i5"},
        ),
        ("Samsung 50 Smart 4K UHD TV - Black", "tv", {"screen": "50 inch", "resolution": "4K"}),
        ("Brother Smart 4K label", "", {}),
        ("Drill, 20 V, two 2 Ah batteries", "drill", {"voltage": "20 V", "battery": "2 Ah"}),
        ("Power bank 20000mAh", "powerbank", {"battery": "20,000 mAh"}),
        ("Instant pressure cooker 6 qt (2021), brand new", "cooker", {"capacity": "6 quarts", "year": "2021", "condition": "new"}),
        ("Puzzle of 1000 pieces", "puzzle", {}),
        ("Socks, 6 pack", "sock", {"pack": "6 pack"}),
        ("New Balance shoes, full size", "shoe", {}),
        ("Queen mattress 10 inch", "mattress", {"bed size": "queen", "size": "10 inch"}),
    ],
)
def test_what_a_text_states(text: str, kind: str, values: dict[str, str]) -> None:
    found = told_by(text)
    assert (found.kind, dict(found.values)) == (kind, values)


def test_what_the_description_says_behind_the_title_is_read_too() -> None:
    found = told_by("Acme laptop", "Much is said. " * 40 + "It has 16GB of memory and a 512GB SSD.")
    assert dict(found.values) == {"memory": "16 GB RAM", "storage": "512 GB"}
    assert told_by("Acme X1", "", kind="phone").kind == "phone"


def names(text: str, *similar: str, year: int = 2026) -> dict[str, tuple[str, list[str]]]:
    found = unsaid(told_by(text), [told_by(each) for each in similar], year)
    return {each.name: (each.source, list(each.shares)) for each in found}


def test_what_a_kind_s_price_hangs_on_is_asked_unless_it_is_stated() -> None:
    open_ones = names("Acme laptop 16GB RAM, used")
    assert "memory" not in open_ones
    assert "condition" not in open_ones
    assert open_ones["storage"] == ("usual", ["128 GB", "256 GB", "512 GB", "1 TB"])
    assert open_ones["year"][1] == ["2019", "2022", "2024", "2026"]


def test_similar_products_say_what_is_plausible_where_they_differ() -> None:
    similar = ("Acme phone 128GB", "Acme phone 256GB", "Acme phone 256GB red", "Acme phone")
    assert names("Acme phone", *similar)["storage"] == ("similar", ["256 GB", "128 GB", "64 GB", "512 GB"])
    assert names("Acme phone", *similar[1:])["storage"][0] == "usual"
    assert names("Acme widget", "widget 4 pack", "widget 2 pack")["pack"] == ("similar", ["4 pack", "2 pack"])
    assert list(names("Acme widget")) == ["condition"]


def test_shares_sum_to_one_and_no_more_is_asked_than_two_slices_of_a_batch_take() -> None:
    similar = [told_by(f"laptop {4 * n}GB RAM {n}TB {10 + n} inch {n} V {n} W {n} ft {n} lb {n} pack 201{n}") for n in range(1, 9)]
    found = unsaid(told_by("laptop"), similar, 2026)
    assert all(sum(each.shares.values()) == pytest.approx(1.0) for each in found)
    assert len(found) <= MOST_ATTRIBUTES
    assert all(len(each.shares) <= 2 * MOST_VALUES for each in found)
    assert sum(len(each.shares) for each in found) < 64
