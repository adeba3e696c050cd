"""What is news: not what is old, dearer than before, or told already."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.deal_data import Feed, Told
from scanner.intake.novelty import NoveltyRule
from tests.unit.scanner.fakes import NOW

RULE = NoveltyRule()
SILENT = NoveltyRule(baseline="silent")
FIRST = Feed(1, "https://a.example/rss", "A")  # is read for the first time
KNOWN = replace(FIRST, last_fetched=1.0)


def told(price: float, title: str = "Acme QX100 Blender", **values: str) -> Told:
    return Told(**{"entry": title, "title": title, "condition": "new", "price": price} | values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "is_first", "why"),
    [
        (0, True, None),
        (23, True, None),
        (25, True, "it was published 25 hours before its feed was read for the first time"),
        (71, False, None),
        (73, False, "it was published 3 days before it was seen"),
        (73, True, "it was published 3 days before it was seen"),
        (24 * 365 * 8, False, "it was published 2,920 days before it was seen"),
    ],
)
def test_what_is_old_is_no_news_and_sooner_where_a_feed_is_new(hours: int, is_first: bool, why: str | None) -> None:
    assert RULE.why_old(NOW - timedelta(hours=hours), NOW, FIRST if is_first else KNOWN) == why


def test_where_older_deals_may_be_told_a_new_feeds_may_not() -> None:
    patient = NoveltyRule(max_age=timedelta(days=30))
    week = NOW - timedelta(days=7)
    assert patient.why_old(week, NOW, KNOWN) is None
    assert patient.why_old(week, NOW, FIRST) == "it was published 7 days before its feed was read for the first time"
    hasty = NoveltyRule(max_age=timedelta(hours=2))
    assert hasty.why_old(NOW - timedelta(hours=3), NOW, FIRST) == "it was published 3 hours before it was seen"


def test_what_stands_in_a_feed_when_it_is_first_read_is_no_news() -> None:
    said = "it stood in its feed when that was read for the first time"
    assert SILENT.why_old(NOW, NOW, FIRST) == said
    assert SILENT.why_old(NOW, NOW, KNOWN) is None
    assert SILENT.why_old(NOW, NOW, replace(FIRST, items_seen=3)) is None  # as an earlier version left it


def test_a_feed_may_have_its_own_first_reading_and_the_demo_always_shows_something() -> None:
    assert SILENT.why_old(NOW, NOW, replace(FIRST, baseline="recent")) is None
    assert SILENT.why_old(NOW - timedelta(hours=25), NOW, replace(FIRST, baseline="recent")) is not None
    assert RULE.why_old(NOW, NOW, replace(FIRST, baseline="silent")) is not None
    assert SILENT.why_old(NOW, NOW, replace(FIRST, demo=True, baseline="silent")) is None


def test_a_feed_may_have_its_own_age() -> None:
    day = NOW - timedelta(hours=24)
    assert RULE.why_old(day, NOW, replace(KNOWN, max_age_hours=12)) == "it was published 24 hours before it was seen"
    assert RULE.why_old(NOW - timedelta(days=9), NOW, replace(KNOWN, max_age_hours=24 * 10)) is None


@pytest.mark.parametrize(
    ("price", "before", "is_news"),
    [
        (60.0, [100.0], True),
        (95.0, [100.0], True),
        (96.0, [100.0], False),
        (100.0, [100.0], False),
        (120.0, [100.0], False),
        (91.0, [100.0, 97.0, 94.0], True),  # little by little, and now enough
        (60.0, [60.0, 90.0], False),  # back to what it was
        (70.0, [100.0, 60.0, 80.0], False),  # lower than yesterday, and no new low
        (58.0, [60.0, 90.0], False),
        (57.0, [60.0, 90.0], True),
        (60.0, [], True),
    ],
)
def test_a_changed_price_is_news_where_it_is_a_new_low_by_as_much_as_is_asked(
    price: float, before: list[float], is_news: bool
) -> None:
    assert (RULE.why_no_new_low(price, before) is None) == is_news


def test_why_a_changed_price_is_no_news_is_said() -> None:
    assert RULE.why_no_new_low(60.99, [60.0]) == "it was $60.00 before, and no dearer"
    assert RULE.why_no_new_low(59.0, [60.0]) == "it was $60.00 before: not 5% more than now"


@pytest.mark.parametrize(("price", "is_repeat"), [(60.0, True), (63.0, True), (59.01, True), (57.0, False), (30.0, False)])
def test_the_same_product_is_a_repeat_unless_it_costs_less(price: float, is_repeat: bool) -> None:
    assert (RULE.why_told(told(price, "Acme QX-100 Quiet Blender"), told(60.0)) is not None) == is_repeat


def test_another_product_or_condition_is_none_and_the_same_entry_is_one_whatever_its_title() -> None:
    assert RULE.why_told(told(60.0, "Acme QX200 Blender"), told(60.0)) is None
    assert RULE.why_told(told(60.0, condition="used", entry="another"), told(60.0)) is None
    said = "the same was pushed at $60.00, and this is not 5% less"
    assert RULE.why_told(told(60.0, "A rewritten title", entry="Acme QX100 Blender"), told(60.0)) == said


def test_how_much_less_is_asked_can_be_set() -> None:
    strict = NoveltyRule(new_low=0.2)
    assert strict.why_told(told(49.0), told(60.0)) is not None
    assert strict.why_told(told(48.0), told(60.0)) is None
    assert strict.why_no_new_low(49.0, [60.0]) == "it was $60.00 before: not 20% more than now"
