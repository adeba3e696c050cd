"""When two deals offer the same product: by what their titles state."""

import pytest

from scanner.judging.product_key import LONGEST, product_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sony WH-1000XM5 Wireless Headphones for $248", "Sony WH1000XM5 Noise Canceling Headphones $278 + free shipping"),
        ("LEGO Star Wars Millennium Falcon 75192 for $700", "LEGO 75192 Falcon"),
        ("Apple AirPods Pro 2 for $169", "Refurb Apple AirPods Pro (2nd Gen) $120"),
        ("Acme QX100 Blender, Black", "Acme QX-100 Blender in White"),
    ],
)
def test_the_same_product_has_the_same_key_however_it_is_written(one: str, other: str) -> None:
    assert product_key(one) == product_key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Apple iPhone 15 128GB", "Apple iPhone 15 256GB"),
        ("Apple iPhone 15 128GB", "Apple iPhone 15 Pro 128GB"),
        ("Apple iPhone 15 128GB", "Apple iPhone 14 128GB"),
        ('Insignia 65" Class F50 Series QLED TV', 'Insignia 50" Class F50 Series QLED TV'),
        ("Acme QX100 Blender", "Acme QX100 Blender 2-Pack"),
        ("Acme QX100 Blender", "Acme QX200 Blender"),
        ("Sony WH-1000XM5 Headphones", "Leather Travel Storage Case Bag for Sony WH-1000XM5"),
        ("Yes4All Rubber Grip Hex Dumbbell Weights", "Yes4All Urethane Dumbbell with Anti-Slip Handle"),
        ("Pinspark Men's UPF 50+ Hoodie Zip Jacket", "Pinspark Men's UPF 50+ Tank Top Shirt"),
    ],
)
def test_other_products_have_other_keys(one: str, other: str) -> None:
    assert product_key(one) != product_key(other)


@pytest.mark.parametrize("title", ["Nike Men's Shoes $40", "Acme Drill for $60", "Headphones", ""])
def test_a_kind_of_goods_has_no_key(title: str) -> None:
    assert product_key(title) is None


def test_a_key_fits_its_column() -> None:
    assert len(str(product_key("word" + " ".join(f"word{'x' * n}" for n in range(200))))) <= LONGEST
