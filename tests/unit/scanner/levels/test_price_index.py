"""Price levels by category and week."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest

from scanner.levels.price_index import ALL, LEAST, MOST_CATEGORIES, Asked, price_levels

START = datetime(2026, 9, 7, 12, tzinfo=UTC)  # a Monday


def week(number: int, ratio: float, count: int = 20, *, category: str = "Tools", spread: float = 0.1) -> list[Asked]:
    """Offers of all prices at so much of their estimates, half a little above and half below."""
    moment = START + timedelta(weeks=number)
    return [
        Asked(category, moment + timedelta(hours=i % 24), ratio * (10 + i) * math.exp(spread * (-1) ** i), 10 + i)
        for i in range(count)
    ]


def test_a_rise_is_told_whatever_is_on_offer() -> None:
    tools = next(each for each in price_levels([*week(0, 0.5), *week(1, 0.55), *week(2, 0.6)]) if each.category == "Tools")
    assert [each.index for each in tools.weeks] == pytest.approx([100, 110, 120])
    assert [each.week for each in tools.weeks] == [date(2026, 9, 7), date(2026, 9, 14), date(2026, 9, 21)]
    assert tools.change == pytest.approx(0.2)
    assert tools.weeks[0].low == tools.weeks[0].high == 100
    assert tools.weeks[1].low < 110 < tools.weeks[1].high


def test_all_categories_come_first_and_then_those_with_the_most_offers() -> None:
    offers = [
        each for number in range(2) for name, count in (("A", 10), ("B", 30)) for each in week(number, 1.0, count, category=name)
    ]
    assert [each.category for each in price_levels(offers)] == [ALL, "B", "A"]


def test_a_week_of_few_offers_and_a_category_of_one_week_are_left_out() -> None:
    offers = [*week(0, 1.0), *week(1, 1.2, LEAST - 1), *week(2, 1.1), *week(0, 1.0, category="Once")]
    levels = price_levels(offers)
    assert [each.category for each in levels] == [ALL, "Tools"]
    assert [each.week for each in levels[1].weeks] == [date(2026, 9, 7), date(2026, 9, 21)]


def test_what_was_not_understood_moves_nothing() -> None:
    wild = [Asked("Tools", START + timedelta(weeks=1), price, 10.0) for price in (0.1, 500.0, 0.0, -1.0)]
    plain = [*week(0, 1.0), *week(1, 1.1)]
    assert price_levels([*plain, *wild]) == price_levels(plain)


def test_sunday_belongs_to_the_week_before() -> None:
    (levels,) = price_levels([*week(0, 1.0, category=""), *week(1, 1.0, category="")])
    assert [each.n for each in levels.weeks] == [20, 20]
    sunday = [Asked("", START + timedelta(days=6, hours=11), 10.0, 10.0)]
    assert price_levels([*week(0, 1.0, category=""), *week(1, 1.0, category=""), *sunday])[0].weeks[0].n == 21


def test_there_are_so_many_categories_and_no_more() -> None:
    offers = [each for name in range(30) for number in range(2) for each in week(number, 1.0, category=f"C{name}")]
    assert len(price_levels(offers)) == MOST_CATEGORIES + 1


def test_nothing_comes_of_nothing() -> None:
    assert price_levels([]) == []
