"""What a feed says today, and what it said before: the same deal, or another one."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.scanner.intake.days import DRILL, LINK, Days, over_days, told


def counts(folder: Path, *days: Sequence[str]) -> list[int]:
    """How many are new on each day, and on one more on which nothing changes."""
    found: list[int] = []

    async def use(scanner: Days) -> None:
        for items in [*days, days[-1]]:
            found.append((await scanner.scan(*items))[0])

    over_days(folder, use)
    return found


SAW = "Acme Saw for $70"
TARGET = "https://go.example/out?affurl=https%3A%2F%2Fshop.example%2F"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (told(DRILL, LINK, "today"), told(SAW, "https://deals.example/2", "today")),
        (told(DRILL, LINK, "1"), told(SAW, LINK, "2")),
        (told(DRILL, LINK, LINK), told(SAW, LINK, LINK)),
        (told(DRILL, f"{LINK}#101"), told(SAW, f"{LINK}#102")),
        (told(DRILL, "https://deals.example/?101"), told(SAW, "https://deals.example/?102")),
        (told(DRILL, TARGET + "1"), told(SAW, TARGET + "2")),
        (told("Deal of the day: Acme Drill for $60", LINK), told("Deal of the day: Cora Lamp for $60", LINK)),
        (told(DRILL, "https://a.example/drill"), told(DRILL, "https://b.example/drill")),
        (told("Acme Drill", text="for only $60"), told("Acme Drill", text="for only $30")),
        (told("Acme Drill", LINK, text="for just $60"), told("Acme Drill", LINK, text="for just $30")),
        (told("Acme Drill for $160", LINK, LINK), told(DRILL, LINK, LINK)),
        (told("Acme Drill for $160", LINK, "a"), told(DRILL, LINK, "b")),
        (told(DRILL, LINK, LINK), told("Acme Drill for $75", LINK, LINK)),
        (told("Acme Drill, price in the cart", LINK), told(DRILL, LINK)),
        (told(DRILL, LINK), told("Refurbished Acme Drill for $60", LINK)),
    ],
)
def test_another_deal_and_another_price_are_new(tmp_path: Path, first: str, second: str) -> None:
    assert counts(tmp_path, [first], [second]) == [1, 1, 0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (told("Acme Dril for $60", f"{LINK};jsessionid=AB12"), told(DRILL, f"{LINK};jsessionid=CD34")),
        (told(DRILL, LINK, "1"), told("Acme Drill (Black) for $60 with code", LINK, "2")),
        (told(DRILL, LINK, LINK), told("Acme Drill with free bag for $60", "https://deals.example/moved", LINK)),
        (told(DRILL, f"{LINK}?utm_source=a&sid=1#top"), told(DRILL, "http://www.deals.example/1/?fbclid=b&sid=2")),
        (told(DRILL, LINK), told("Acme Cordless Drill for $60", "https://deals.example/2")),
        (
            told(DRILL, LINK, text="It drills. 14 comments, 3 hours ago"),
            told(DRILL, LINK, text="It drills. 90 comments, a day ago"),
        ),
        (told(DRILL, LINK, days=0), told(DRILL, LINK, days=-0.5)),
        (told("Acme Drill for $60", LINK), told("Acme Drill for $60.00 (was $99)", LINK, text="Was $99 before.")),
    ],
)
def test_an_edit_is_not(tmp_path: Path, first: str, second: str) -> None:
    assert counts(tmp_path, [first], [second]) == [1, 0, 0]


def test_two_that_stand_side_by_side_are_two_though_a_word_is_all_that_parts_them(tmp_path: Path) -> None:
    both = [told("Acme Polo Shirt $60", LINK), told("Acme Striped Polo Shirt $60", "https://deals.example/2")]
    assert counts(tmp_path, both[:1], both) == [1, 1, 0]


def test_an_item_that_stands_twice_in_a_fetch_is_one_at_the_first_price(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        twice = [told("Acme Drill", LINK, text=f"for just ${price}") for price in (60, 75)]
        assert await scanner.scan(*twice) == (1, 1)
        assert await scanner.scan(*twice) == (0, 0)
        assert await scanner.listed() == [(60.0, None)]

    over_days(tmp_path, use)


def test_two_prices_under_one_link_in_one_fetch_are_two_deals_and_no_change(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        both = [told(DRILL, LINK), told("Acme Drill for $75", LINK)]
        assert await scanner.scan(*both) == (2, 1)
        assert await scanner.scan(*both) == (0, 0)

    over_days(tmp_path, use)


def test_the_same_title_at_the_same_price_is_the_next_sale_when_it_was_away_for_long(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        assert await scanner.scan(told(DRILL, LINK)) == (1, 1)
        assert await scanner.scan(told(DRILL, "https://deals.example/2")) == (0, 0)
        await scanner.scan(days=30)
        assert await scanner.scan(told(DRILL, "https://deals.example/3", days=-40)) == (1, 1)

    over_days(tmp_path, use)


def test_two_items_whose_prices_their_texts_alone_tell_are_two_and_stay_two(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        both = [told("Acme Drill", f"{LINK}/{price}", text=f"for just ${price}") for price in (60, 75)]
        assert await scanner.scan(*both) == (2, 1)
        assert await scanner.scan(*both) == (0, 0)

    over_days(tmp_path, use)


def test_two_titles_that_take_turns_under_one_link_are_two_deals_and_no_more(tmp_path: Path) -> None:
    async def use(scanner: Days) -> None:
        found = [await scanner.scan(told(title, LINK, LINK)) for title in (DRILL, SAW) * 3]
        assert found == [(1, 1), (1, 1)] + [(0, 0)] * 4

    over_days(tmp_path, use)
