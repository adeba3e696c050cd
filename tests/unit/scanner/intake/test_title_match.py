"""What a corrected, an added and an exchanged word mean."""

import pytest

from scanner.intake.title_match import is_reworded, is_same_product, may_be_edited


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Drill for $160", "Acme Drill for $60"),
        ("Acme Dril for $60", "Acme Drill for $60"),
        ("Acme Drill for $60", "Acme 20V Drill Kit w/ Case for $60 + free shipping"),
        ("$60 Acme Drill", "Acme Drill, now $45 with code SAVE"),
        ("Acme Portable Headphone", "UPDATED: Acme Portable Headphones"),
        ("Acme QX100 Blender", "Acme QX1000 Blender"),
        ("Deal of the day: $60", "Deal of the day: $45"),
        ("$2 off $20 on garden tools", "$3 off $20 on garden tools and more"),
        ("Лампа Acme 9 Вт", "Лампа Acme"),
    ],
)
def test_a_title_may_be_an_edit_of_one_that_names_the_same(one: str, other: str) -> None:
    assert may_be_edited(one, other)
    assert may_be_edited(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Drill for $60", "Acme Saw for $70"),
        ("Acme Drill", "Bmart Drill"),
        ("Acme 55-inch Television", "Acme 65-inch Television"),
        ("Acme Laptop 256GB Silver", "Acme Laptop 512GB Silver"),
        ("Deal of the day at Bmart: Acme Drill for $60", "Deal of the day at Bmart: Cora Lamp for $60"),
        ("Today only: save on select laptops + free shipping", "Today only: save on select mowers + free shipping"),
        ("Лампа Acme", "Стул Bmart"),
        ("$2 off $20, $5 off $50 on garden tools", "Acme Drill for $60"),
        ("Deal of the day: $60", "Acme Drill for $60"),
    ],
)
def test_it_is_none_of_one_that_shares_only_a_brand_or_boilerplate(one: str, other: str) -> None:
    assert not may_be_edited(one, other)
    assert not may_be_edited(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Drill for $60", "Acme Cordless Drill for $60"),
        ("Acme Drill for $60 + free shipping", "Drill: Acme $60"),
        ("Acme Cordless Drill Driver", "Acme Cordless Drill Driver Kit"),
    ],
)
def test_a_word_more_is_the_same_offer(one: str, other: str) -> None:
    assert is_reworded(one, other)
    assert is_reworded(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Drill", "Acme Drill 3"),
        ("Acme Phone", "Acme Phone Max"),
        ("Acme Polo Shirt Navy", "Acme Polo Shirt Olive"),
        ("Acme Cable USB-A to Micro", "Acme Cable USB-C to Micro"),
        ("Headphones", "Acme Headphones"),
        ("Acme Drill", "Acme Impact Cordless Driver Drill"),
        ("Deal of the day for $5", "Deal of the week for $5"),
    ],
)
def test_an_exchanged_word_a_number_a_tier_or_several_words_are_another(one: str, other: str) -> None:
    assert not is_reworded(one, other)
    assert not is_reworded(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme QX100 Blender for $60", "Acme QX-100 Quiet Countertop Blender, refurbished $49"),
        ("Acme Drill for $60", "Acme Drill for $63 with code"),
        ("Acme Travel Mug, Black", "Acme Travel Mug, Blue"),
    ],
)
def test_a_product_is_the_same_at_another_price_and_in_another_colour(one: str, other: str) -> None:
    assert is_same_product(one, other)
    assert is_same_product(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme QX100 Blender", "Acme QX200 Blender"),
        ("Acme Laptop 256GB", "Acme Laptop 512GB"),
        ("Acme Drill", "Acme Saw"),
        ("Acme Phone", "Acme Phone Case"),
        ("Acme Watch 2", "Acme Watch 3"),
    ],
)
def test_another_number_size_or_noun_is_another_product(one: str, other: str) -> None:
    assert not is_same_product(one, other)
    assert not is_same_product(other, one)
