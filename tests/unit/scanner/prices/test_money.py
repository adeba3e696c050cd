"""How much is asked, whatever characters it is written with: the whole number in its currency, or nothing. Our own wordings."""

import math

import pytest

from scanner.prices.legible_text import legible
from scanner.prices.mention import Role
from scanner.prices.money import MOST, find_money
from scanner.prices.rule_extractor import Extraction, extract


def read(amount: str, currency: str = "USD") -> Extraction:
    return extract(f"Acme Grill {amount}", "", currency)


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("$2,349", 2349.0),
        ("$2,349.50", 2349.5),
        ("$1,002,349", 1002349.0),
        ("$2.349,50", 2349.5),
        ("€2.349", 2349.0),
        ("2.349 €", 2349.0),
        ("2.349 EUR", 2349.0),
        ("2.349.000 €", 2349000.0),
        ("2 349,50 €", 2349.5),
        ("€2,349", 2349.0),
        ("R$ 2.349", 2349.0),
        ("$2'349.50", 2349.5),
        ("$2\u2019349", 2349.0),
        ("$2\u02bc349", 2349.0),
        ("$2\u00b4349", 2349.0),
        ("$2\u2032349", 2349.0),
        ("$2 349.50", 2349.5),
        ("$2\u00a0349", 2349.0),
        ("$2\u2009349", 2349.0),
        ("$2\u2007349", 2349.0),
        ("$2\u202f349", 2349.0),
        ("$2\u3000349", 2349.0),
        ("$.75", 0.75),
        ("€0,75", 0.75),
        (",75 €", 0.75),
        ("$12,5", 12.5),
        ("€49,-", 49.0),
        ("49,- €", 49.0),
        ("$49.-", 49.0),
        ("EUR 2.349,50", 2349.5),
        ("EUR 2.349", 2349.0),
        ("75¢", 0.75),
        (".75¢", 0.75),
        ("0.75 ¢", 0.75),
        ("$0.75¢", 0.75),
    ],
)
def test_a_number_is_read_whole(written: str, price: float) -> None:
    assert read(written).price == price


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\u2063", "\ufeff", "\u00ad", "\u034f", "\ufe0f"]
)
@pytest.mark.parametrize("written", ["${}249.75", "$2{}49.75", "$249{}.75", "$249.{}75", "$24{}9.7{}5", "{}$249.75{}"])
def test_what_nobody_sees_changes_no_number(hidden: str, written: str) -> None:
    assert read(written.replace("{}", hidden)).price == 249.75


@pytest.mark.parametrize(
    "digits",
    [
        "\uff12\uff14\uff19",
        "\u0662\u0664\u0669",
        "\u06f2\u06f4\u06f9",
        "\u0968\u096a\u096f",
        "\u09e8\u09ea\u09ef",
        "\u0e52\u0e54\u0e59",
        "\U0001d7d0\U0001d7d2\U0001d7d7",
    ],
)
def test_digits_of_every_script_are_digits(digits: str) -> None:
    assert read(f"${digits}").price == 249.0
    assert read(f"${digits}.{digits[:2]}").price == 249.24


@pytest.mark.parametrize(
    "written",
    [
        "$2 ,349",
        "$2, 349",
        "$2. 349",
        "$2 .349",
        "$2 '349",
        "$2' 349",
        "$249 .75",
        "$249. 75",
        "$24 75",
        "$24 75 shipped",
        "$2 49.75",
        "$2 349 Deluxe",
        "$2.349",
        "US$2.349",
        "£2.349",
        "2.349 USD",
        "$2,34,900",
        "$2,3,4",
        "$24.9.75",
        "$2,349,50",
        "$2.349.50",
        "$0,349",
        "$2_349",
        "$2,,349",
        "$249..75",
        "$2 , 3 4 9",
        "$2 4 9",
        "$2 . 49",
        "EUR 42",
        "$2`349x",
        "$2·349",
        "£2·49",
        "$2^49",
        "$2|349",
        "$2\ufffd349",
        "$2\u201a349",
        "$2⁴⁹",
        "$249⁷⁵",
        "$249.⁷⁵",
        "$2½",
        "$2\ufe0f\u20e34\ufe0f\u20e39\ufe0f\u20e3",
        "$2\u03364\u03369\u0336",
        "\u202e$57.942",
        "$2O9",
        "$24l",
        "$2l9",
        "$2,O49",
        "$24e3",
        "$24k",
        "$2.4 M",
        "$24bn",
        "$24 thousand",
        "$24% off",
        "$24¢",
        "1.5¢",
        "$1234567890123",
        "iPhone 16 899 €",
        "$2,349 pesos",
        "$249 Canadian dollars",
        "US$249 CAD",
    ],
)
def test_a_number_that_is_not_surely_whole_is_no_price(written: str) -> None:
    assert read(written).price is None


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("$24 2-pack", 24.0),
        ("$24 12 Pack", 24.0),
        ('$24 50" wide', 24.0),
        ("$24 256GB", 24.0),
        ("$24 2026 model", 24.0),
        ("$24 (50% off)", 24.0),
        ("$24, 55-inch", 24.0),
        ("$24 , 55% off", 24.0),
        ("$24. 55 left", 24.0),
        ("$24. 5¢/sheet", 24.0),
        ("$24.99 500 sheets", 24.99),
        ("$24shipped", 24.0),
        ("$24!", 24.0),
        ("$24→", 24.0),
        ("Switch 2 $24", 24.0),
    ],
)
def test_numbers_beside_an_amount_do_not_spoil_it(written: str, price: float) -> None:
    assert read(written).price == price


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("$249 CAD", "CAD"),
        ("$249CAD", "CAD"),
        ("$249 (CAD)", "CAD"),
        ("$249 cad", "CAD"),
        ("CAD 249", "CAD"),
        ("CAD $249", "CAD"),
        ("CDN$249", "CAD"),
        ("$249 Cdn", "CAD"),
        ("C$249", "CAD"),
        ("CA$249", "CAD"),
        ("Can$249", "CAD"),
        ("$249 + free shipping (CAD)", "CAD"),
        ("$249 [prices in CAD]", "CAD"),
        ("A$249", "AUD"),
        ("AU$249", "AUD"),
        ("AU $249", "AUD"),
        ("$249 AUD", "AUD"),
        ("NZ$249", "NZD"),
        ("$249.00 NZD", "NZD"),
        ("HK$249", "HKD"),
        ("$249 HKD", "HKD"),
        ("S$249", "SGD"),
        ("$249 SGD", "SGD"),
        ("MX$4,249", "MXN"),
        ("Mex$4,249", "MXN"),
        ("$4,249 MXN", "MXN"),
        ("NT$249", "TWD"),
        ("R$ 249", "BRL"),
        ("$249 ARS", "ARS"),
        ("$249 COP", "COP"),
        ("US$249", "USD"),
        ("U.S. $249", "USD"),
        ("$249 USD", "USD"),
        ("USD 249", "USD"),
        ("£249", "GBP"),
        ("249 GBP", "GBP"),
        ("249€", "EUR"),
        ("$249", "NZD"),
        ("A $249 grill", "NZD"),
        ("$249 cop show", "NZD"),
    ],
)
def test_a_currency_is_the_one_that_is_named_else_the_feeds(written: str, currency: str) -> None:
    found = read(written, "NZD")
    assert found.price is not None
    assert found.currency == currency


@pytest.mark.parametrize("written", ["¥24900", "₹2,490", "249 kr", "CHF 249", "J$249", "Rs 249", "249 zł"])
def test_an_amount_in_no_currency_that_is_known_is_no_price(written: str) -> None:
    assert read(written).price is None


def test_an_unreadable_amount_is_told_as_such() -> None:
    (found,) = find_money("Acme Grill $2 ,349")
    assert found.role is Role.UNREADABLE
    assert math.isnan(found.amount)


def test_no_more_amounts_are_looked_at_than_a_deal_names() -> None:
    assert len(find_money("$1 a " * 500)) == MOST


def test_legible_text_keeps_what_is_seen() -> None:
    assert legible("Café  “Déjà vu”\u00a0– 5\u2033 naïve ☕ m²") == 'Café "Déjà vu" – 5" naïve ☕ m²'
    assert legible("wire\u00adless\u200bmouse non\u2011stick\n") == "wireless mouse non-stick"


def test_an_amount_is_not_cut_where_reading_ends() -> None:
    filler = "x" * 387
    assert extract("Acme Grill", f"{filler} drops to $249.75 today.").price is None
    assert extract("Acme Grill " + "y " * 493 + "$249.75", "").price is None
