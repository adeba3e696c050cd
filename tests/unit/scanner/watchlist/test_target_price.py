"""What of a wish's words is its target price, and what is a size."""

import pytest

from common.errors import InvalidInputError
from scanner.watchlist.target_price import read_target


@pytest.mark.parametrize(
    ("text", "words", "price"),
    [
        ("65 inch OLED TV under 1200", "65 inch OLED TV", 1200.0),
        ("AirPods Pro 2 below $180", "AirPods Pro 2", 180.0),
        ("256GB iPhone 15 refurbished < 500", "256GB iPhone 15 refurbished", 500.0),
        ("desk <= 99.50", "desk", 99.5),
        ("sofa for less than 1,250", "sofa", 1250.0),
        ("OLED TV up to $1.2k", "OLED TV", 1200.0),
        ("OLED TV max 2k", "OLED TV", 2000.0),
        ("drill for at most 80 dollars", "drill", 80.0),
        ("drill no more than 80 bucks", "drill", 80.0),
        ("drill $99 max", "drill", 99.0),
        ("card $500 or less", "card", 500.0),
        ("monitor between $100 and $200", "monitor", 200.0),
        ("tent $120", "tent", 120.0),
        ("tent for $120", "tent", 120.0),
        ("iPhone 15 for 500", "iPhone 15", 500.0),
        ("blender target price: 60", "blender", 60.0),
        ("lamp 40 usd", "lamp", 40.0),
        ("LEGO 75192", "LEGO 75192", None),
        ("TV under 65 inch", "TV under 65 inch", None),
        ('monitor under 27"', 'monitor under 27"', None),
        ("charger up to 140W", "charger up to 140W", None),
        ("SSD max 2TB", "SSD max 2TB", None),
        ("bench up to 300 lbs", "bench up to 300 lbs", None),
        ("tent for 4 people", "tent for 4 people", None),
        ("case for iPhone 15", "case for iPhone 15", None),
        ("up to 140W charger under 40", "up to 140W charger", 40.0),
        ("headphones under 50% of their price", "headphones under 50% of their price", None),
    ],
)
def test_the_price_is_read_and_taken_out(text: str, words: str, price: float | None) -> None:
    read = read_target(text)
    assert (read.words, read.price) == (words, price)


@pytest.mark.parametrize("text", ["TV under 300€", "TV under £300", "drill max 100 eur", "TV under C$300"])
def test_another_currency_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is in US dollars") as refusal:
        read_target(text)
    assert refusal.value.field == "text"


@pytest.mark.parametrize("text", ["TV under 0", "TV under $99999k"])
def test_what_cannot_be_paid_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="above"):
        read_target(text)


def test_a_hostile_text_costs_no_more_than_a_long_one() -> None:
    assert read_target("under " * 5_000 + "1" * 5_000).price is None
