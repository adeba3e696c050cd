"""Whether a product is the one that was asked for."""

import pytest

from common.product_files.product_identity import identity_of
from frontier_rag.names.match import match_of


@pytest.mark.parametrize(
    ("asked", "product", "expected"),
    [
        ("Sony WH-1000XM5", "Sony WH1000XM5 Wireless Noise Canceling Headphones, Black", "exact"),
        ("wh 1000xm5", "Sony WH-1000XM5", "exact"),
        ("Sony WH-1000XM5", "Sony WH-1000XM4 Wireless Headphones", "similar"),
        ("Sony WH-1000XM5", "Sony WH-1000 XM4 Wireless Headphones", "similar"),
        ("Sony WH-1000XM5", "Ear pads for Sony WH-1000XM5", "similar"),
        ("Sony WH-1000XM5", "Hard Case for Sony WH-1000XM5 Headphones", "similar"),
        ("Sony WH-1000XM5", "Sony WH-1000XM5 (Renewed)", "model"),
        ("AirPods Pro 2", "Apple AirPods Pro 2 USB-C", "exact"),
        ("AirPods Pro 2", "Apple AirPods Pro (2nd Generation)", "exact"),
        ("AirPods Pro 2", "Apple AirPods Pro", "model"),
        ("AirPods Pro 2", "Apple AirPods 3", "similar"),
        ("AirPods Pro 2", "Apple AirPods Pro 3", "similar"),
        ("AirPods Pro 2", "Apple AirPods Pro (2nd Generation) with USB-C MagSafe Case", "exact"),
        ("RTX 4090", "Razer Blade 16 i9-14900HX RTX 4090 32GB 2TB", "similar"),
        ("iPhone 15 128GB", "Apple iPhone 15 128GB", "exact"),
        ("iPhone 15 128GB", "Apple iPhone 15 256GB", "model"),
        ("iPhone 15 128GB", "Apple iPhone 15 Pro 128GB", "similar"),
        ("iPhone 15 128GB", "Apple iPhone 14 128GB", "similar"),
        ("iPhone 15 128GB", "Clear Case for iPhone 15", "similar"),
        ("MacBook Pro 14 M3", 'Apple MacBook Pro 14" M3', "exact"),
        ("MacBook Pro 14 M3", 'Apple MacBook Pro 14" M3 8GB 512GB', "model"),
        ("MacBook Pro 14 M3", 'Apple MacBook Pro 16" M3 18GB 512GB', "model"),
        ("MacBook Pro 14 M3", 'Apple MacBook Air 13" M3', "similar"),
        ("LEGO 75192", "LEGO Star Wars Millennium Falcon 75192", "exact"),
        ("LEGO 75192", "LEGO Star Wars Millennium Falcon 75257", "similar"),
        ("Dyson V15 Detect", "Dyson V15 Detect Cordless Vacuum", "exact"),
        ("Dyson V15 Detect", "Dyson V11 Cordless Vacuum", "similar"),
        ("RTX 4090", "NVIDIA GeForce RTX 4090", "exact"),
        ("RTX 4090", "NVIDIA GeForce RTX 4080", "similar"),
        ("RTX 4090", "ASUS ROG Strix Gaming Laptop i9 RTX 4090", "similar"),
        ("RTX 4070", "NVIDIA GeForce RTX 4070 Ti", "similar"),
        ("KitchenAid Artisan 5 qt", "KitchenAid Artisan 5-Quart Stand Mixer KSM150PS", "model"),
        ("Instant Pot Duo 6 qt", "Instant Pot Duo 7-in-1 6-Quart", "exact"),
        ("Instant Pot Duo 6 qt", "Instant Pot Duo 7-in-1 8-Quart", "model"),
        ("Nintendo Switch OLED", "Nintendo Switch OLED Model White", "exact"),
        ("Nintendo Switch OLED", "Nintendo Switch Lite", "similar"),
        ("Samsung UN55TU7000B", "Samsung 55 Class 4K TV UN55TU7000BXZA", "model"),
        ("Affresh Tablets 6-Count", "Affresh Tablets 3-Count", "model"),
        ("Nikon D750 Camera", "Nikon D850 Camera", "similar"),
        ("Canon EF 400mm f/5.6L USM Lens", "Canon EF 11-24mm f/4L USM Lens", "similar"),
        ("AMD Ryzen 5 2600X Processor", "AMD Ryzen 5 3600X Processor", "similar"),
        ("Radeon RX 480 Gigabyte 4GB Graphics Card", "Radeon RX 460 Gigabyte 4GB Graphics Card", "similar"),
        ("Dell 5401 14 Laptop Core i7-1165G7", "Lenovo 82BG 14 Laptop Core i7-1165G7", "similar"),
        ("Samsung Galaxy Watch", "Samsung Galaxy Fit3", "similar"),
        ("Apple iPhone 15 128GB", "Apple iPhone XR 128GB", "similar"),
        ("LG 34WN80C-B 34 inch", '34WN80C-B 34" UltraWide monitor by LG', "model"),
        ("Sony headphones", "Sony WH-1000XM5 Wireless Headphones", "similar"),
        ("wireless headphones", "Sony WH-1000XM5 Wireless Headphones", "similar"),
        ("headphones", "headphones", "similar"),
    ],
)
def test_a_product_matches_as_a_person_would_say(asked: str, product: str, expected: str) -> None:
    assert match_of(asked, product) == expected


def test_identities_may_stand_for_texts() -> None:
    assert match_of(identity_of("wh-1000xm5"), identity_of("Sony WH1000XM5")) == "exact"


def test_texts_that_name_nothing_match_nothing() -> None:
    assert match_of("", "") == "similar"
    assert match_of("!!!", "Sony WH-1000XM5") == "similar"
