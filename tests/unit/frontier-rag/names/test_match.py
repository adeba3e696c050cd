"""Whether a product is the one that was asked for."""

import pytest

from common.product_files.product_identity import identity_of
from frontier_rag.names.match import covers, match_of


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


@pytest.mark.parametrize(
    ("asked", "product", "expected"),
    [
        ("ps5 digital slim", "Sony PlayStation 5 Slim Digital Edition Console", "exact"),
        ("airpods 4 anc", "Apple AirPods 4 with Active Noise Cancellation", "exact"),
        ("i9 14900k", "Intel Core i9-14900K", "exact"),
        ("ryzen 5 5600x", "AMD Ryzen 5 5600X Boxed Processor", "exact"),
        ("switch oled", "Nintendo Switch OLED Model Console", "exact"),
        ("fuji xt5 body", "Fujifilm X-T5 Mirrorless Camera Body", "exact"),
        ("Sony A7 IV body", "Sony Alpha a7 IV Full-Frame Mirrorless Body ILCE-7M4", "exact"),
        ("Sony A7 IV body", "Sony Alpha a7C II Full-Frame Compact Body ILCE-7CM2", "similar"),
        ("Sony a7R", "Sony Alpha a7R V Body", "model"),
        ("canon r6 mk2", "Canon EOS R6 Mark II Mirrorless Camera Body", "model"),
        ("sony 24-70 gm ii", "Sony FE 24-70mm f/2.8 GM II Lens", "exact"),
        ("sony 24-70 gm ii", "Sony FE 70-200mm f/2.8 GM OSS II Lens", "similar"),
        ("Panasonic Lumix G 20mm f/1.7 II", "Panasonic LUMIX S5 II Full-Frame Mirrorless Body", "similar"),
        ("macbook pro 14 m4", 'Apple MacBook Pro 14" M4 16GB 512GB', "model"),
        ("macbook pro 14 m4", 'Apple MacBook Pro 14" M4 Pro 24GB 512GB', "similar"),
        ("dell xps 13", "Dell XPS 13 9340 Core Ultra 7 16GB 512GB", "model"),
        ("rx 7800xt", "Sapphire Pulse Radeon RX 7800 XT 16GB", "model"),
        ("rtx 4080 super", "NVIDIA GeForce RTX 4080 Super Founders Edition 16GB", "model"),
        ("rtx 4080 super", "Lenovo Legion Pro 7i 16 i9-14900HX RTX 4080 32GB 1TB", "similar"),
        ("dji mini 3", "DJI Mini 3 Drone with RC-N1", "exact"),
        ("insta360 x3", "Insta360 GO 3S 128GB", "similar"),
        ("lg c3 55", 'LG C3 65" OLED evo 4K Smart TV OLED65C3PUA', "model"),
        ("samsung galaxy", "Samsung Galaxy Fit3", "model"),
        ("blackstone 36 griddle", 'Blackstone 1554 36" Griddle Cooking Station', "model"),
        ("Motorola Moto G Power 64GB", "Motorola Moto G Play 64GB", "similar"),
        ("Ryobi 18V ONE+ drill kit", 'Ryobi ONE+ 18V 13" String Trimmer and Blower Kit', "similar"),
        ("The Lord of the Rings: The Card Game", "LEGO Rivendell 10316 The Lord of the Rings", "similar"),
        ("Camera battery for Nikon Coolpix", "Nikon Coolpix P1000 Camera", "similar"),
        ("Nexpow Cordless Tire Inflator Air Compressor", "Cordless Tire Inflator Air Compressor 150 PSI", "similar"),
    ],
)
def test_a_name_as_people_type_it_finds_the_product(asked: str, product: str, expected: str) -> None:
    assert match_of(asked, product) == expected


@pytest.mark.parametrize(
    ("asked", "product", "is_covered"),
    [
        ("Mac mini M4", "Apple Mac mini M4 16GB 256GB", True),
        ("iphone 16", "Apple iPhone 16 128GB", True),
        ("iphone 16 256GB", "Apple iPhone 16 128GB", False),
        ("dewalt dcf887", "DEWALT 20V MAX XR Impact Driver Tool Only DCF887B", True),
        ("Fujifilm X100V", "Fujifilm X100VI", False),
        ("blackstone 36 griddle", 'Blackstone 1554 36" Griddle Cooking Station', True),
        ("lg c3 55", 'LG C3 65" OLED evo 4K Smart TV OLED65C3PUA', False),
        ("samsung galaxy", "Samsung Galaxy Fit3", False),
        ("dewalt miter saw", "DEWALT 12 in Single Bevel Compound Miter Saw DWS715", False),
    ],
)
def test_a_product_covers_a_name_that_is_short_for_its_own(asked: str, product: str, is_covered: bool) -> None:
    assert covers(identity_of(product), identity_of(asked)) == is_covered


def test_identities_may_stand_for_texts() -> None:
    assert match_of(identity_of("wh-1000xm5"), identity_of("Sony WH1000XM5")) == "exact"


def test_texts_that_name_nothing_match_nothing() -> None:
    assert match_of("", "") == "similar"
    assert match_of("!!!", "Sony WH-1000XM5") == "similar"
