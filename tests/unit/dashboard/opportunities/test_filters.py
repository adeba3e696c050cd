"""What a person asks of the list, read of an address and written into one."""

import pytest

from dashboard.opportunities.filters import Filters, filters_of


@pytest.mark.parametrize(
    "query",
    [
        "q=oled",
        "q=a+%26+b%3Dc&category=TVs&retailer=Best+Buy&min_saving=20&min_chance=80&max_price=1%2C200&state=all&sort=price",
        "feed=1&feed=22&condition=new&condition=used",
        "q=oled&cursor=abc",
        "",
    ],
)
def test_an_address_is_written_as_it_was_read(query: str) -> None:
    filters = filters_of(query)
    assert filters_of(filters.after(filters.cursor)) == filters


def test_the_scanner_is_asked_in_its_units() -> None:
    asked = filters_of("q=drill&min_chance=85&min_saving=$1,000&max_price=12.5&feed=3&condition=used&sort=newest").asked
    assert dict(asked) == {
        "q": "drill",
        "feed": "3",
        "condition": "used",
        "min_saving": "1000",
        "min_chance": "0.85",
        "max_price": "12.5",
        "state": "listed",
        "sort": "newest",
    }


@pytest.mark.parametrize(
    "query",
    [
        "sort=odd",
        "state=odd",
        "condition=odd",
        "feed=x",
        "feed=99999999999",
        "min_saving=much",
        "max_price=-1",
        "max_price=nan",
        "min_chance=1e99",
        "x=y",
        "&&=&",
    ],
)
def test_what_makes_no_sense_in_an_address_is_left_out(query: str) -> None:
    filters = filters_of(query)
    assert filters == Filters()
    assert filters.is_plain


def test_words_without_a_letter_or_digit_are_not_asked_for() -> None:
    assert "retailer" not in dict(filters_of("retailer=%3F%3F").asked)


def test_a_filter_counts_once_and_the_words_not() -> None:
    assert filters_of("q=a&category=b&feed=1&feed=2&min_saving=3&sort=price").narrows == 3
