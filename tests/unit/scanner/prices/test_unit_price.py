"""What one piece, ounce or foot costs is said where a deal says so or says how many there are, and never guessed."""

import pytest

from scanner.prices.unit_price import read_unit_price


@pytest.mark.parametrize(
    ("title", "price", "expected"),
    [
        ("Acme Coffee 40-oz. for $4.80 ($0.12/oz)", 4.80, (0.12, "ounce")),
        ("Acme Wipes $9.60, 12¢ per count", 9.60, (0.12, "piece")),
        ("Acme Board 8-ft. $20 ($2.50 per foot)", 20.0, (2.5, "foot")),
        ("Acme Filament $15/kg on a 2 kg spool, $30", 30.0, (15.0, "kilogram")),
        ("Acme Disk 8TB for $120 ($15 per TB)", 120.0, (15.0, "terabyte")),
        ("Acme AA Batteries 24-pack for $12", 12.0, (0.5, "piece")),
        ("32-Count Acme Pods for $16", 16.0, (0.5, "piece")),
        ("Acme Clips (6 Pack) for $12", 12.0, (2.0, "piece")),
        ("Acme Gel, pack of 2, $10", 10.0, (5.0, "piece")),
        ("Acme Water 3 x 500 ml for $6", 6.0, (4.0, "litre")),
        ("Acme Soda 12 x 12 oz $7.20", 7.20, (0.05, "ounce")),
        ("Acme Towels 12-Pack $12 ($1 each)", 12.0, (1.0, "piece")),
        ("Acme Clips 1,000-count for $10", 10.0, (0.01, "piece")),
    ],
)
def test_a_unit_price_that_is_said_or_follows_is_read(title: str, price: float, expected: tuple[float, str]) -> None:
    found = read_unit_price(title, "", price)
    assert found is not None
    assert (found.price, found.unit) == expected


def test_a_text_may_say_it() -> None:
    found = read_unit_price("Acme Batteries for $10", "That's about 28¢ per battery. Buy Now.", 10.0)
    assert found is not None
    assert (found.price, found.unit) == (0.28, "battery")


@pytest.mark.parametrize(
    ("title", "price"),
    [
        ("Acme Drill for $60", 60.0),
        ("Acme Plan $9.99 per month", 120.0),
        ("Acme RAM 16GB (2 x 8GB) for $60", 60.0),
        ("Acme Card RTX 3060 Ventus 2X 12G OC", 300.0),
        ("Gregory Arrio 18 Pack", 90.0),
        ("Acme Fans 4-in-1 Pack for $10", 10.0),
        ("Acme 5-Piece Cookware for $100", 100.0),
        ("Acme 20-Count Lug Nuts & Key Set for $6", 6.0),
        ("Acme AA Batteries with Charger 10-Pack for $19", 19.0),
        ("Acme AA 24-Pack + AAA 24-Pack for $20", 20.0),
        ("Acme Dowels (200 pcs.) 1/4in (100pcs.)", 9.0),
        ("2 or 3-Pk Acme Screen Protectors $4", 4.0),
        ("Acme SSD 256GB $150 ($130 after rebate) ~$0.51/gb", 150.0),
        ("Acme Coffee from $0.12/oz", 12.0),
        ("Acme Coffee $0.12/oz or $0.10/oz", 12.0),
        ("Acme Shirts 4-Pack $40 ($15 each)", 40.0),
        ("Acme Shirt 1-Pack $40", 40.0),
        ("Acme Toy Building Bricks 500-pcs for $20", 20.0),
    ],
)
def test_what_may_count_something_else_has_none(title: str, price: float) -> None:
    assert read_unit_price(title, "", price) is None


def test_what_costs_more_than_the_whole_is_no_price_of_a_unit() -> None:
    assert read_unit_price("Acme Saffron 0.1 oz. $8 ($80 per oz)", "", 8.0) is None
